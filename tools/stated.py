"""The gate for measured numbers: none stands in prose without something behind it.

A percentage, a time, a rate, an amount of memory, a score: in a sentence each must be
rendered from a run file by the role ``{run}``, stand in a sentence that cites its
source, or be listed in ``tests/data/stated_numbers.toml`` with what holds it: a test,
the cell that computes it, where the paper says it, or why it is no measurement.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.chapters import chapter_paths, place, read_chapter
from tools.exercises import EFFORT
from tools.markdown import Block, blocks, flow
from tools.references import figure_of
from tools.roles import INLINE
from tools.settings import ROOT

LIST = "tests/data/stated_numbers.toml"
REASONS = ("tested", "computed", "source", "setting", "definition")
# A plan for a class holds its minutes itself: tools/plans.py.
NOT_PROSE = ("code-cell", "math", "eval-rst", "bibliography", "plan")
SENTENCE = re.compile(r"(?<=[.?!])[*_\")]*\s+(?=[^a-z\s])|\n\s*\n|\n(?=\s*[-|])")
# The source's own words, unless the sentence speaks of ours, too.
CITES = re.compile(r"<cite>|\b(?:paper|authors?|Table \d|Figure \d)\b", re.I)
OURS = re.compile(r"\b(?:we|our|ours|us|here|counted)\b", re.I)

WORDS = (
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty "
    "thirty forty fifty sixty ninety hundred thousand dozen"
)
AMOUNT = rf"(?<![\w/.,])(?:\d[\d,]*(?:\.\d+)?|{'|'.join(WORDS.split())}|half[ ]an?)"
PER = r"(?:\w+[ ])?\w+s[ ](?:per|an?|each|every)"
FASTER = (
    r"(?:as (?:fast|quick|slow|long|much (?:time|memory))|faster|quicker|slower|longer"
    r"|shorter|(?:the|its|their) (?:speed|time|rate|memory|accuracy|error))"
)
QUANTITY = re.compile(
    rf"""
    {AMOUNT}\s?%
  | {AMOUNT}[\s-](?:per\ ?cent|percentage\ points?)\b
  | {AMOUNT}[\s-](?:{PER}\ )?(?:[mµn]?s|(?:milli|micro)?seconds?|min(?:utes?)?
        |hours?|h|days?|weeks?)\b
  | {AMOUNT}\s?[kKMGT]i?B\b | {AMOUNT}\s(?:kilo|mega|giga|tera)bytes?\b
  | {AMOUNT}\s?[kKMGTP](?:FLOP|i?B)/s\b | \d[mµn]s\b
  | (?:{AMOUNT}\s?(?:×|x|times)|\btwice|\bhalf)\s{FASTER.replace(" ", "[ ]")}\b
    """,
    re.X | re.I,
)
SCORE = re.compile(r"\b(?:AUC|accurac|error|loss|score|average)", re.I)
DECIMAL = re.compile(
    r"(?<!Section )(?<![\w/.,])\d+\.\d+(?!\.?\d|\s?(?:million|billion|%))"
)


class StatedError(ValueError):
    """An entry of the list that cannot be used; says which one, and why."""


@dataclass(frozen=True)
class Sentence:
    """A sentence of a page without code, mathematics and roles, and where it stands."""

    text: str
    place: str

    def quantities(self) -> list[re.Match[str]]:
        """What in it looks measured; nothing if all of it is a cited source's own."""
        if CITES.search(self.text) and not OURS.search(self.text):
            return []
        found = list(QUANTITY.finditer(self.text))
        if SCORE.search(self.text):
            found += DECIMAL.finditer(self.text)
        return found


@dataclass(frozen=True)
class Stated:
    """An entry of the list: ``says`` is words of ``page``, ``because`` holds them."""

    page: str
    says: str
    reason: str
    because: str

    def covers(self, sentence: Sentence, found: re.Match[str]) -> bool:
        """Whether the quantity lies within the words that the entry repeats."""
        spans = (hit.span() for hit in re.finditer(re.escape(self.says), sentence.text))
        return any(a <= found.start() and found.end() <= b for a, b in spans)


def unbacked(root: Path = ROOT) -> list[str]:
    """Every quantity with nothing behind it, every entry that holds nothing any more.

    Raises ``StatedError`` for an entry whose test or cell is not there.
    """
    listed, used, faults = read_list(root), set(), []
    names = set(titles(root))
    for path in prose_paths(root):
        page = path.relative_to(root).as_posix()
        entries = [entry for entry in listed if entry.page == page]
        for sentence in sentences(page_blocks(path), path):
            if sentence.text in names:
                continue
            for found in sentence.quantities():
                held = [one for one in entries if one.covers(sentence, found)]
                used.update(held)
                if not held:
                    faults.append(f"{sentence.place}: {found[0]!r} in {sentence.text}")
    idle = [entry for entry in listed if entry not in used]
    return faults + [f"{LIST}: nothing on {e.page} says {e.says!r}" for e in idle]


def prose_paths(root: Path) -> list[Path]:
    """The pages whose prose is looked at: the chapters and those beside them."""
    beside = sorted((root / "book").glob("*.md"))
    home = root / "index.md"
    return [*chapter_paths(root), *([home] if home.exists() else []), *beside]


def titles(root: Path) -> Iterator[str]:
    """The name of each chapter, which measures nothing: *Ten minutes*, for one."""
    for path in chapter_paths(root):
        for block in page_blocks(path):
            if (block.kind, block.name) == ("heading", "1"):
                yield " ".join(block.text.split())


def page_blocks(path: Path) -> list[Block]:
    """The blocks of a page; of a chapter also its code cells."""
    if path.parent.name == "chapters":
        return list(flow(read_chapter(path), path))
    return blocks(path.read_text(encoding="utf-8"), path)


def sentences(found: Iterable[Block], path: Path) -> Iterator[Sentence]:
    """The sentences of prose, headings, captions and what directives hold."""
    for text, line in _texts(found):
        bare = EFFORT.sub("", INLINE.sub(_bare, text))
        start = 0
        for end in [*SENTENCE.finditer(bare), None]:
            piece = bare[start : end.start() if end else None]
            at = line + bare.count("\n", 0, start)
            start = end.end() if end else 0
            if piece.strip():
                yield Sentence(" ".join(piece.split()), place(path, at))


def _texts(found: Iterable[Block]) -> Iterator[tuple[str, int]]:
    for block in found:
        if block.kind in ("prose", "heading"):
            yield block.text, block.line
        elif block.kind == "cell":
            yield figure_of(block.options).get("caption", ""), block.line
        elif block.kind == "directive" and block.name not in NOT_PROSE:
            if block.name != "figure":  # there it is the name of a file
                yield block.argument, block.line - 1
            yield from _texts(blocks(block.text, block.path, block.line))


def _bare(found: re.Match[str]) -> str:
    """An inline piece without what is code, mathematics or a role; lines are kept."""
    if (found["role"] or "").startswith("cite"):
        kept = "<cite>"
    else:
        kept = found["shown"] or "…"
    return kept + "\n" * (found[0].count("\n") - kept.count("\n"))


def read_list(root: Path = ROOT) -> list[Stated]:
    """The entries of the list. Raises ``StatedError`` for one that is not in order."""
    entries = tomllib.loads((root / LIST).read_text(encoding="utf-8"))
    return [_entry(one, root) for one in entries.get("stated", [])]


def _entry(one: dict[str, str], root: Path) -> Stated:
    reason = [key for key in one if key in REASONS]
    if set(one) - {"page", "says", *reason} or len(reason) != 1 or len(one) != 3:
        raise StatedError(f"{one}: expected page, says and one of {REASONS}")
    entry = Stated(one["page"], one["says"], reason[0], one[reason[0]])
    if not entry.because.strip():
        raise StatedError(f"{one}: no reason")
    if entry.reason == "tested":
        _require_test(entry, root)
    if entry.reason == "computed":
        cells = (b.text for b in page_blocks(root / entry.page) if b.kind == "cell")
        if not any(entry.because in cell for cell in cells):
            raise StatedError(f"{entry.page}: no cell holds {entry.because!r}")
    return entry


def _require_test(entry: Stated, root: Path) -> None:
    path, _, test = entry.because.partition("::")
    file = root / path
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    if not re.search(rf"^def {re.escape(test)}\(", text, re.M):
        raise StatedError(f"{entry.says!r}: there is no test {entry.because}")
