"""Chapter files, read once and in one way for every tool.

A chapter is a MyST notebook, ``chapters/NN_name.md``. It is read by the reader that
the book itself uses, so that a tool sees the very cells that a page shows.
"""

from __future__ import annotations

import re
from pathlib import Path

from myst_nb.core.read import read_myst_markdown_notebook
from nbformat import NotebookNode

from tools.settings import ROOT

NAME = re.compile(r"\d\d_[a-z0-9_]+\.md")


class ChapterError(ValueError):
    """Something in a chapter that stops a tool; says which chapter and which line."""


def place(path: Path, line: int) -> str:
    """Where something stands, such as ``chapters/01_residual_units.md:34``."""
    return f"{path.parent.name}/{path.name}:{line}"


def chapter_paths(root: Path = ROOT) -> list[Path]:
    """The chapter files under ``root``, in the order in which they are read.

    Raises ``FileNotFoundError`` without any chapter, and ``ChapterError`` for a file
    whose name does not fit ``NN_name.md``, which would otherwise silently be left out.
    """
    paths = sorted((root / "chapters").glob("*.md"))
    if not paths:
        raise FileNotFoundError(f"no chapter in {root / 'chapters'}")
    for path in paths:
        if not NAME.fullmatch(path.name):
            raise ChapterError(f"{path}: a chapter is named NN_name.md")
    return paths


def read_chapter(path: Path) -> NotebookNode:
    """The cells of a chapter, with their tags.

    Cells are called ``cell-0``, ``cell-1``, …; ``metadata.source_map`` holds, for each
    cell, the line of the file (counted from zero) on which its text begins. Raises
    ``ChapterError`` where the file is no notebook.
    """
    text = path.read_text(encoding="utf-8")
    notebook = read_myst_markdown_notebook(text, add_source_map=True, path=path)
    if "kernelspec" not in notebook.metadata:
        raise ChapterError(f"{place(path, 1)}: no kernelspec in the front matter")
    lines, starts = text.splitlines(), notebook.metadata.source_map
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"
        starts[k] = _first_line(lines, cell.source.splitlines(), starts[k])
    return notebook


def _first_line(lines: list[str], source: list[str], start: int) -> int:
    """The reader's line is that of the options or blank lines above the text."""
    while source and lines[start].rstrip() != source[0].rstrip():
        start += 1
    return start


def tags(cell: NotebookNode) -> set[str]:
    """The tags of a cell, such as ``{"exercise"}``."""
    return set(cell.metadata.get("tags", []))
