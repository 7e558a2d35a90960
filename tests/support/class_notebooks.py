"""Notebooks that a class might hand in, made up cell by cell."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

Cells = Iterable[str | tuple[str, str]]


def notebook(cells: Cells) -> str:
    """The text of a notebook's file; a cell is its source, or source and tag."""
    made = []
    for cell in cells:
        source, *tags = (cell,) if isinstance(cell, str) else cell
        made.append({
            "cell_type": "code", "id": f"c{len(made)}", "metadata": {"tags": tags},
            "source": source.splitlines(True), "outputs": [], "execution_count": None,
        })
    words = {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# Title"]}
    whole = {"cells": [words, *made], "metadata": {}, "nbformat": 4,
             "nbformat_minor": 5}
    return json.dumps(whole)


def hand_in(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file into a class's folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
