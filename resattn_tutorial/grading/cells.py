"""The code cells of a notebook file, and Python without what only Jupyter reads."""

from __future__ import annotations

import ast
import json
import re
from typing import Any, NamedTuple

# The first line of the cell that installs the package.
INSTALLS = "# @title Get the book's package"
# A line that Jupyter reads, and Python does not: %pip, !ls, files = !ls, help?
MAGIC = re.compile(r"^(\s*)((?:\w+\s*=\s*)?)(?:[%!].*|[\w.]+\?{1,2}\s*)$")
# Beginnings of cells that are no Python as a whole.
WHOLE = re.compile(r"%%(?!time\b|timeit\b|capture\b|prun\b)(\w+)")


class BrokenNotebook(ValueError):
    """A file that is no notebook; the message says why."""


class Cell(NamedTuple):
    """One code cell.

    Attributes:
        number: among the code cells, from 1.
        source: as it stands in the file.
        tags: those of its metadata, none where a copy has lost them.
    """

    number: int
    source: str
    tags: frozenset[str] = frozenset()

    @property
    def installs(self) -> bool:
        """Whether it fetches the package, which is here already."""
        return self.source.lstrip().startswith(INSTALLS)


def read_cells(content: bytes) -> list[Cell]:
    """The code cells of a notebook's file, in order.

    Raises:
        BrokenNotebook: it is no JSON, no notebook, or an older form of one.
    """
    try:
        whole = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise BrokenNotebook(f"the file is no JSON: {error}") from None
    if not isinstance(whole, dict):
        raise BrokenNotebook("the file is JSON, but no notebook")
    if "worksheets" in whole:
        raise BrokenNotebook("an old form of notebook: open and save it in Jupyter")
    cells = whole.get("cells")
    if not isinstance(cells, list):
        raise BrokenNotebook("the file is JSON, but no notebook: it has no cells")
    codes = [
        cell for cell in cells
        if isinstance(cell, dict) and cell.get("cell_type") == "code"
    ]
    return [
        Cell(number, _source(cell, number), _tags(cell))
        for number, cell in enumerate(codes, 1)
    ]


def _source(cell: dict[str, Any], number: int) -> str:
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise BrokenNotebook(f"the source of code cell {number} is no text")
    return source


def _tags(cell: dict[str, Any]) -> frozenset[str]:
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return frozenset(x for x in tags if isinstance(x, str)) if (
        isinstance(tags, list)) else frozenset()


def without_magics(source: str) -> tuple[str, list[str]]:
    """A cell's source as Python, and the lines that were left out of it.

    A magic or a shell's line becomes ``pass``, or ``None`` where it was to give a
    value. A cell of another language is left out as a whole. Python that is wrong
    stays as it is.
    """
    if found := WHOLE.match(source.lstrip()):
        return "", [f"%%{found[1]}"]
    if _is_python(source):
        return source, []
    lines, left_out = [], []
    for line in source.split("\n"):
        if found := MAGIC.match(line):
            left_out.append(line.strip())
            line = found[1] + (f"{found[2]}None" if found[2] else "pass")
        lines.append(line)
    return "\n".join(lines), left_out


def _is_python(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
