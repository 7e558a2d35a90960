"""How much a chapter shows: words, lines of code, the longest quotation, pictures.

Visible is what stands on the page before anything is opened: not what is folded, not a
stub, a check or a solution. ``python -m tools.visible`` prints a line for each chapter;
the limits are held by ``tests/tools/test_visible.py``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.ending import ended
from tools.exercises import GATES
from tools.markdown import Block, blocks, flow
from tools.quotes import MARKER
from tools.references import figure_of
from tools.settings import ROOT
from tools.sheet import HIDDEN

# Limits of a page; a quotation's is in lines.
WORDS, LINES, QUOTATION = 2500, 350, 40
# What is no text to be read: made elsewhere, or mathematics.
NO_WORDS = {"chapter-strip", "course", "math"}
TITLED = re.compile(r"\{[\w:-]+\}`([^`<]*?)\s*<[^>]*>`")
ROLE = re.compile(r"\{[\w:-]+\}`[^`]*`")
WORD = re.compile(r"\w[\w’'-]*")


class Visible(NamedTuple):
    """What a page shows: words, lines of code, its longest quotation, its captions."""

    words: int
    lines: int
    quotation: int
    captions: int


def visible(path: Path) -> Visible:
    """Count what a chapter shows."""
    words = lines = quotation = captions = 0
    for block in outside_solutions(flow(read_chapter(path), path)):
        if block.kind != "cell":
            words += said(block)
            continue
        if figure := figure_of(block.options):
            captions += 1
            words += count(figure["caption"])
        if block.tags & (HIDDEN | GATES.keys()):
            continue
        written = sum(bool(line.strip()) for line in block.text.splitlines())
        lines += written
        if block.text.startswith(MARKER):
            quotation = max(quotation, written)
    return Visible(words, lines, quotation, captions)


def outside_solutions(found: Iterable[Block]) -> Iterator[Block]:
    """The blocks that do not belong to a solution."""
    inside = False
    for block in found:
        starts = block.kind == "directive" and block.name == "solution-start"
        ends = block.kind == "directive" and block.name == "solution-end"
        inside = starts or (inside and not ends)
        if not inside and not ends:
            yield block


def said(block: Block) -> int:
    """The visible words of a block that is no cell."""
    if block.kind in ("prose", "heading"):
        return count(block.text)
    if block.kind != "directive" or block.name in NO_WORDS:
        return 0
    own = count(block.argument)
    closed = block.name in ("dropdown", "recall")
    if closed or "dropdown" in str(block.options.get("class", "")).split():
        return own
    return own + sum(map(said, blocks(block.text, block.path, block.line)))


def count(text: str) -> int:
    """The words of a text; a reference without a title is one word."""
    return len(WORD.findall(ROLE.sub("reference", TITLED.sub(r"\1", text))))


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Print what each chapter shows; returns 1 where one shows too much."""
    over = 0
    for path in chapter_paths(root):
        found = visible(path)
        much = (found.words > WORDS or found.lines > LINES
                or found.quotation > QUOTATION)
        over += much
        print(f"{path.stem:32s}{found.words:6,d} words {found.lines:4d} lines of code, "
              f"quotation {found.quotation:3d}, captions {found.captions:2d}"
              f"{'  too much' if much else ''}")
    return int(over > 0)


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError))
