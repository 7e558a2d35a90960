"""What a class takes, in minutes: the parts of the chapters by a rule, and as measured.

The rule is that of ``tools.hours``: what the strip says to read, half a minute for each
cell that belongs to no exercise, and what each exercise says of itself. A section takes
its part of the chapter's reading by its words. These are estimates; nobody was timed.

What was measured is how long the cells of a chapter ran when the book was built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools.chapters import ChapterError, chapter_paths, is_aside, read_chapter
from tools.execute import Record
from tools.exercises import GATES, collect
from tools.hours import Effort, effort, shown
from tools.markdown import Block, flow
from tools.settings import ROOT
from tools.visible import outside_solutions, said

# How the label of a section begins.
SECTION = "sec-"


class Part(NamedTuple):
    """Something that a class does: its minutes by the rule, and the link to it."""

    minutes: float
    link: str


@cache
def parts(root: Path = ROOT) -> Mapping[str, Part]:
    """Chapters without their exercises, sections and exercises, by name or label.

    Raises ``ChapterError`` where a strip does not say how long one reads.
    """
    found = {}
    for path in chapter_paths(root):
        blocks, whole = list(flow(read_chapter(path), path)), effort(path)
        link = f"{{doc}}`/chapters/{path.stem}`"
        found[path.stem] = Part(whole.read + whole.cells / 2, link)
        for label, minutes in sections(blocks, whole):
            if label.startswith(SECTION):
                found[label] = Part(minutes, f"{{ref}}`{label}`")
        for one in collect(blocks):
            found[one.label] = Part(one.minutes, f"{{ref}}`{one.label}`: {one.title}")
    return found


def sections(blocks: list[Block], whole: Effort) -> Iterator[tuple[str, float]]:
    """The labels of a chapter's sections, or their titles, with the minutes of each.

    All sections together, with what stands before the first, take what the chapter
    takes without its exercises.
    """
    words, cells, label, at = {}, {}, "", ""
    for block in outside_solutions(blocks):
        if block.kind == "heading" and block.name == "2":
            at = label or block.text
        label = block.text.strip() if block.kind == "target" else ""
        if block.kind == "cell":
            cells[at] = cells.get(at, 0) + (not block.tags & GATES.keys())
        else:
            words[at] = words.get(at, 0) + said(block)
    for name, count in words.items():
        share = whole.read * count / sum(words.values())
        yield name, share + cells.get(name, 0) / 2


def minutes_table(records: Mapping[str, Record], root: Path = ROOT) -> str:
    """A row for each chapter and page aside: by the rule, and as its cells ran.

    Args:
        records: of each chapter's execution, by its name.
        root: the project.

    Raises:
        ChapterError: a chapter has no record.
    """
    head = ("No.", "Chapter", "Read", "Other cells", "Exercises", "About", "Cells ran")
    lines = [_row(*head), _row("--:", ":--", *["--:"] * 5)]
    for path in chapter_paths(root):
        if path.stem not in records:
            raise ChapterError(f"{path.stem}: no record of its execution")
        asked, ran = effort(path), records[path.stem]
        lines.append(_row(
            "" if is_aside(path) else int(path.name[:2]),
            f"{{doc}}`/chapters/{path.stem}`", asked.read, f"{asked.cells / 2:g}",
            asked.exercises, shown(asked.minutes), f"{max(1, round(ran.seconds))} s",
        ))
    return "\n".join([*lines, "", *_machines(records)])


def _machines(records: Mapping[str, Record]) -> Iterator[str]:
    """A sentence for each machine, mode and number of threads that chapters ran on."""
    groups: dict[tuple[str, int, str], list[Record]] = {}
    for record in records.values():
        key = record.device, record.threads, record.mode
        groups.setdefault(key, []).append(record)
    for (device, threads, mode), ran in groups.items():
        seconds = sum(record.seconds for record in ran)
        dates = sorted({record.date for record in ran})
        days = " to ".join(dict.fromkeys((dates[0], dates[-1])))
        counted = "1 thread" if threads == 1 else f"{threads} threads"
        yield (
            f"Ran on {device}, {counted} for a chapter, mode {mode}, {days}: "
            f"{len(ran)} {'page' if len(ran) == 1 else 'pages'}, "
            f"{seconds / 60:.0f} minutes of their cells together, "
            "with the printed solutions. Other chapters ran beside them."
        )


def _row(*cells: object) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
