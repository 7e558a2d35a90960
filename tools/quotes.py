"""Quotations: the package's definitions, shown in the chapters word for word.

A code cell that begins with ``# In the package: resattn_tutorial.module.Name`` quotes
that definition, without its docstrings. Several names stand in one line, with commas,
or in several such lines. ``python -m tools.quotes`` copies the package's text into the
cells; ``--check`` writes nothing and shows what has drifted.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.definitions import Definition, definitions, shape_of
from tools.ending import ended
from tools.exercises import GATES
from tools.files import write_whole
from tools.markdown import Block, flow
from tools.settings import ROOT, SettingsError

MARKER = "# In the package:"
FOLDED = "Compare with the package"
MAGIC = re.compile(r"^([ \t]*)[%!].*$", re.M)
LONGEST_DIFF = 24


@dataclass(frozen=True)
class Quotation:
    """A quoting cell, and the text that it should have."""

    cell: Block
    names: tuple[str, ...]
    expected: str

    @property
    def drifted(self) -> bool:
        """Whether the cell says something else than the package."""
        return self.cell.text != self.expected

    def difference(self) -> str:
        """Which chapter, which names, and the lines that differ."""
        old, new = self.cell.text.split("\n"), self.expected.split("\n")
        diff = list(difflib.unified_diff(old, new, "chapter", "package", n=1))
        more = len(diff) - LONGEST_DIFF
        shown = [line.rstrip() for line in diff[:LONGEST_DIFF]]
        shown += [f"… and {more} lines more"] if more > 0 else []
        names = ", ".join(self.names)
        head = f"{self.cell.place}: the quotation of {names} has drifted"
        return "\n".join([head, *shown])


def title_of_fold(text: str, metadata: Mapping[str, Any]) -> str:
    """The title over a folded cell; empty where the book's own is right."""
    own = (metadata.get("mystnb") or {}).get("code_prompt_show", "")
    return own or (FOLDED if text.startswith(MARKER) else "")


def quotations(path: Path, package: dict[str, Definition]) -> list[Quotation]:
    """The quotations of a chapter.

    Raises ``ChapterError`` for a name that the package does not define, and for a copy
    of the package's code, or another meaning of a package's name, without the marker.
    """
    found = []
    for cell in code_cells(path):
        if cell.text.startswith(MARKER):
            found.append(_quotation(cell, package))
        else:
            _refuse_copies(cell, package)
    return found


def quoted_names(text: str) -> tuple[str, ...]:
    """The names that a quoting cell gives at its head, in order."""
    heads = [line for line in text.split("\n") if line.startswith(MARKER)]
    listed = ",".join(head.removeprefix(MARKER) for head in heads).split(",")
    return tuple(name.strip() for name in listed)


def code_cells(path: Path) -> Iterator[Block]:
    """The code cells of a chapter."""
    blocks = flow(read_chapter(path), path)
    return (block for block in blocks if block.kind == "cell")


def _quotation(cell: Block, package: dict[str, Definition]) -> Quotation:
    lines = cell.text.split("\n")
    heads = [line for line in lines if line.startswith(MARKER)]
    if lines[: len(heads)] != heads:
        raise ChapterError(f"{cell.place}: '{MARKER}' stands at the head of a cell")
    names = quoted_names(cell.text)
    for name in names:
        if name not in package:
            raise ChapterError(
                f"{cell.place}: '{MARKER} {name}': the package has no such definition"
            )
    parts = ["\n".join([*heads, package[names[0]].text])]
    parts += [package[name].text for name in names[1:]]
    return Quotation(cell, names, "\n\n\n".join(parts))


def _refuse_copies(cell: Block, package: dict[str, Definition]) -> None:
    """The package's names mean the package's code, and it stands only in quotations."""
    for node in _statements(cell):
        for own in package.values():
            if own.name.rpartition(".")[2] != node.name:
                continue
            if shape_of(node) == own.shape:
                raise ChapterError(
                    f"{cell.place}: a copy of {own.name}, not marked. Begin the cell "
                    f"with '{MARKER} {own.name}', and run make sync"
                )
            if not cell.tags & set(GATES):
                raise ChapterError(
                    f"{cell.place}: {node.name} is not {own.name}, and a reader who "
                    "meets both would take one for the other: give it another name"
                )


def _statements(cell: Block) -> list[ast.ClassDef | ast.FunctionDef]:
    """The definitions of classes and functions at the top level of a cell."""
    try:
        body = ast.parse(MAGIC.sub(r"\1pass", cell.text)).body
    except SyntaxError as fault:
        raise ChapterError(f"{cell.place}: this is no Python: {fault}") from fault
    return [node for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)]


def rewritten(path: Path, found: list[Quotation]) -> str:
    """The chapter's text with every quotation in step; nothing else is touched.

    Nor is how the file ends its lines.
    """
    lines = path.read_bytes().decode("utf-8").split("\n")
    end = "\r" if lines[0].endswith("\r") else ""
    for quotation in reversed(found):
        first = quotation.cell.line - 1
        last = first + len(quotation.cell.text.split("\n"))
        lines[first:last] = [f"{x}{end}" for x in quotation.expected.split("\n")]
    return "\n".join(lines)


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Returns 1 where a quotation has drifted and ``--check`` is given."""
    options = argparse.ArgumentParser(prog="python -m tools.quotes")
    options.add_argument("--check", action="store_true", help="write nothing")
    check = options.parse_args(argv).check
    package = definitions(root)
    found = {path: quotations(path, package) for path in chapter_paths(root)}
    drifted = [q for quoted in found.values() for q in quoted if q.drifted]
    for quotation in drifted:
        copied = f"{quotation.cell.place}: copied {', '.join(quotation.names)}"
        print(quotation.difference() if check else copied)
    if check and drifted:
        return 1
    for path in {quotation.cell.path for quotation in drifted}:
        write_whole(path, rewritten(path, found[path]))
    count = sum(map(len, found.values()))
    print(f"in step: {count} quotations in {len(found)} chapters")
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, SettingsError))
