"""Chapters with right answers that are written otherwise than the printed solutions."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

from nbformat import NotebookNode, v4

from resattn_tutorial.checks.engine.source import NotKept, source_of
from tools.chapters import read_chapter, tags
from tools.short_runs import first_cell

STANDS_ASIDE = {"exercise", "check"}


def asked(notebook: NotebookNode) -> list[tuple[str, str]]:
    """Each exercise's check and the name that it judges, ``("halve", "my_halve")``."""
    found = []
    for cell in notebook.cells:
        if "check" in tags(cell):
            call = ast.parse(cell.source).body[-1].value
            found.append((call.func.attr, call.args[0].id))
    return found


def other(chapter: str, check: str) -> tuple[str, str]:
    """The source of the bank's first right answer to a check, and its name.

    Raises ``LookupError`` where the bank has no such answer that stands by itself.
    """
    bank, reasons = importlib.import_module(f"tests.banks.{chapter}"), []
    for answer in bank.RIGHT:
        if answer.exercise == check:
            try:
                source = source_of(answer.answer)
            except NotKept as error:
                reasons.append(f"{answer.story}: {error}")
            else:
                return source, defined_last(source)
    raise LookupError(f"{chapter}, {check}: no right answer alone: {reasons}")


def defined_last(source: str) -> str:
    """The name of what a source defines last."""
    node = ast.parse(source).body[-1]
    return getattr(node, "name", None) or node.targets[0].id


def answered(path: Path) -> NotebookNode:
    """A chapter in which the bank's right answers stand in the solutions' place."""
    notebook = read_chapter(path)
    waiting = iter(asked(notebook))
    cells, lines = [], []
    if shortened := first_cell(path.name):
        cells.append(v4.new_code_cell(shortened))
        lines.append(1)
    for cell, line in zip(notebook.cells, notebook.metadata.source_map, strict=True):
        if STANDS_ASIDE & tags(cell):
            continue
        if "solution" in tags(cell):
            check, name = next(waiting)
            source, own = other(f"chapter{path.name[:2]}", check)
            renamed = f"\n{name} = {own}" if own != name else ""
            cell = v4.new_code_cell(source + renamed)
        cells.append(cell)
        lines.append(line)
    notebook.cells, notebook.metadata.source_map = cells, lines
    return notebook
