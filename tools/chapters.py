"""Chapter files, read once and in one way for every tool.

A chapter is a MyST notebook, ``chapters/NN_name.md``. It is read by the reader that
the book itself uses, so that a tool sees the very cells that a page shows.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from myst_nb.core.read import MystMetadataParsingError, read_myst_markdown_notebook
from nbformat import NotebookNode, ValidationError

from tools.settings import ROOT

NAME = re.compile(r"\d\d_[a-z0-9_]+\.md")
ASIDE = re.compile(r"\d\d_aside_")
# What ends a line for Python, and not for Markdown: the book's reader counts both ways,
# and would show other lines than the chapter's.
LINE_ENDS = re.compile("[\r\v\f\x1c-\x1e\x85\u2028\u2029]")


# What the reader raises for options that are no YAML, or of another kind.
UNREADABLE = (yaml.YAMLError, MystMetadataParsingError, ValidationError)


class ChapterError(ValueError):
    """Something in a chapter that stops a tool; says which chapter and which line."""


def place(path: Path, line: int) -> str:
    """Where something stands, such as ``chapters/01_residual_units.md:34``."""
    return f"{path.parent.name}/{path.name}:{line}"


def chapter_paths(root: Path = ROOT) -> list[Path]:
    """The chapter files under ``root``, in the order in which they are read.

    Pages aside come behind the chapter whose number they bear. Raises
    ``FileNotFoundError`` without any chapter, and ``ChapterError`` for a file whose
    name does not fit ``NN_name.md``, which would otherwise silently be left out.
    """
    found = (root / "chapters").glob("*.md")
    paths = sorted(found, key=lambda path: (path.name[:2], is_aside(path), path.name))
    if not paths:
        raise FileNotFoundError(f"no chapter in {root / 'chapters'}")
    for path in paths:
        if not NAME.fullmatch(path.name):
            raise ChapterError(f"{path}: a chapter is named NN_name.md")
    return paths


def main_chapters(root: Path = ROOT) -> dict[int, Path]:
    """The file of each chapter by its number, in order; pages aside are left out."""
    paths = (path for path in chapter_paths(root) if not is_aside(path))
    return {int(path.name[:2]): path for path in paths}


def is_aside(path: Path) -> bool:
    """Whether a file is a page aside, which belongs to a chapter and is none itself."""
    return ASIDE.match(path.name) is not None


def read_chapter(path: Path) -> NotebookNode:
    """The cells of a chapter, with their tags.

    Cells are called ``cell-0``, ``cell-1``, …; ``metadata.source_map`` holds, for each
    cell, the line of the file (counted from zero) on which its text begins. Raises
    ``ChapterError`` where the file is no notebook.
    """
    text = read_text(path)
    notebook = _read(text, path)
    if "kernelspec" not in notebook.metadata:
        raise ChapterError(f"{place(path, 1)}: no kernelspec in the front matter")
    lines, starts = text.split("\n"), notebook.metadata.source_map
    for k, cell in enumerate(notebook.cells):
        cell.id = f"cell-{k}"
        starts[k] = _first_line(lines, cell.source.split("\n"), starts[k])
    return notebook


def read_text(path: Path) -> str:
    """The text of a chapter, its lines ended by ``\\n`` whatever the file has.

    Raises ``ChapterError`` where it is no text, and for a character that ends a line
    for some readers only.
    """
    try:
        text = path.read_bytes().decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ChapterError(f"{place(path, 1)}: this is no UTF-8: {error}") from error
    if found := LINE_ENDS.search(text):
        name = unicodedata.name(found[0], "a control character")
        where = place(path, text.count("\n", 0, found.start()) + 1)
        raise ChapterError(
            f"{where}: U+{ord(found[0]):04X} ({name}) ends a line for some readers "
            "only; take it out, or write it as an escape"
        )
    return text


def _read(text: str, path: Path) -> NotebookNode:
    if not text.strip():
        raise ChapterError(f"{place(path, 1)}: the chapter is empty")
    try:
        return read_myst_markdown_notebook(text, add_source_map=True, path=path)
    except UNREADABLE as error:
        why = " ".join(str(error).split())
        where = place(path, _unreadable(text))
        raise ChapterError(f"{where}: this cannot be read: {why}") from error


def _unreadable(text: str) -> int:
    """The line of the first cell that cannot be read, or else of the front matter."""
    lines = text.split("\n")
    for token in MarkdownIt().parse(text):
        if token.type != "fence" or not token.info.startswith("{code-cell}"):
            continue
        first, last = token.map
        try:
            read_myst_markdown_notebook("\n".join(lines[first:last]))
        except UNREADABLE:
            return first + 1
    return 1


def _first_line(lines: list[str], source: list[str], start: int) -> int:
    """The reader's line is that of the options or blank lines above the text."""
    while source and lines[start].rstrip() != source[0].rstrip():
        start += 1
    return start


def tags(cell: NotebookNode) -> set[str]:
    """The tags of a cell, such as ``{"exercise"}``."""
    return set(cell.metadata.get("tags", []))
