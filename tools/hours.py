"""How long a chapter takes, by a rule, and the course's tables of it.

The rule: what the strip says to read, what each exercise says of itself, and half a
minute for every other cell, to run it and to look at what it gives; rounded up to a
quarter of an hour. It is an estimate. Nobody was timed.

    ```{course} map
    01_residual_units | the question | what one builds
    ```

makes a table with a row for each chapter, and

    ```{course} ways
    An evening | 0, 1 | what one does
    ```

one with the sum of the named chapters' hours;

    ```{course} sum
    ```

says in a sentence what all of them take.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tools.chapters import ChapterError, main_chapters, read_chapter
from tools.exercises import GATES, collect
from tools.markdown import flow
from tools.settings import ROOT

QUARTER = 15


class Effort(NamedTuple):
    """What a chapter asks for: minutes to read, minutes of exercises, other cells."""

    read: int
    exercises: int
    cells: int

    @property
    def minutes(self) -> int:
        """All of it, rounded up to a quarter of an hour."""
        halves = 2 * (self.read + self.exercises) + self.cells
        return -(-halves // (2 * QUARTER)) * QUARTER


def effort(path: Path) -> Effort:
    """What a chapter asks for; raises ``ChapterError`` where its strip does not say."""
    found = list(flow(read_chapter(path), path))
    strips = [block for block in found if block.name == "chapter-strip"]
    if len(strips) != 1 or not str(strips[0].options.get("read", "")).isdecimal():
        raise ChapterError(f"{path.name}: no strip that says how many minutes to read")
    cells = [block for block in found if block.kind == "cell"]
    return Effort(
        int(strips[0].options["read"]),
        sum(exercise.minutes for exercise in collect(found)),
        sum(not block.tags & GATES.keys() for block in cells),
    )


def shown(minutes: int) -> str:
    """A whole number of quarters of an hour, such as ``1 h 15``, on one line."""
    hours, rest = divmod(minutes, 60)
    text = f"{hours} h {rest:02}" if hours else f"{rest} min"
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def as_myst(name: str, text: str, root: Path = ROOT) -> str:
    """One of the tables, its hours filled in.

    Raises ``ChapterError`` where there is none of this name, where a line has not
    three parts, where a chapter is unknown, and where the map leaves one out. Pages
    aside have no row.
    """
    if name not in TABLES:
        raise ChapterError(f"course shows one of {', '.join(TABLES)}, not {name!r}")
    rows = [[part.strip() for part in line.split("|")] for line in text.splitlines()]
    for row in rows:
        if len(row) != 3 or not all(row):
            raise ChapterError(f"course: expected three parts, got {' | '.join(row)!r}")
    paths = main_chapters(root).values()
    chapters = {path.stem: effort(path).minutes for path in paths}
    return TABLES[name](rows, chapters)


def _map(rows: Sequence[Sequence[str]], chapters: dict[str, int]) -> str:
    """A row for each chapter, and their sum."""
    if [name for name, _, _ in rows] != list(chapters):
        raise ChapterError(f"course: the map must name {', '.join(chapters)}, in order")
    lines = ["| No. | Chapter | About | It asks | You build |", "|--:|:--|:--|:--|:--|"]
    for name, question, built in rows:
        link = f"{{doc}}`/chapters/{name}`"
        taken = shown(chapters[name])
        lines.append(f"| {int(name[:2])} | {link} | {taken} | {question} | {built} |")
    lines.append(f"| | All | {shown(sum(chapters.values()))} | | |")
    return "\n".join(lines)


def _ways(rows: Sequence[Sequence[str]], chapters: dict[str, int]) -> str:
    """A row for each way, with the hours of its chapters."""
    minutes = {str(int(name[:2])): taken for name, taken in chapters.items()}
    lines = ["| Way | About | Chapters | In the end |", "|:--|:--|:--|:--|"]
    for name, listed, told in rows:
        chosen = list(minutes) if listed == "all" else listed.split(", ")
        if unknown := [number for number in chosen if number not in minutes]:
            raise ChapterError(f"course: there is no chapter {', '.join(unknown)}")
        taken = shown(sum(minutes[number] for number in chosen))
        lines.append(f"| **{name}** | {taken} | {listed} | {told} |")
    return "\n".join(lines)


def _sum(rows: Sequence[Sequence[str]], chapters: dict[str, int]) -> str:
    """All chapters' hours, in a sentence, to the nearest hour."""
    if rows:
        raise ChapterError("course: the sum takes no lines")
    hours = round(sum(chapters.values()) / 60)
    return (
        "**Time.** Ten minutes to see it work. All chapters with their exercises take "
        f"about {hours} hours; that is an estimate."
    )


TABLES: dict[str, Callable[[Sequence[Sequence[str]], dict[str, int]], str]] = {
    "map": _map, "ways": _ways, "sum": _sum,
}

