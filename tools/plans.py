"""Plans for a class, as tables whose minutes are the rule's.

    ```{plan} Half a day
    :lasts: 210 to 240
    15 min: arrive | opens the first notebook | that it runs
    01_residual_units | asks | the slides
    ex-growth | works in pairs | nothing yet
    home: ex-identity-unit | works alone |
    ```

A line is a chapter without its exercises, a section or an exercise, by its name or
label; or minutes that the plan sets itself. Behind the bars stand what the group does
and what the instructor shows. Each line's minutes are the rule's (``tools.teaching``),
rounded up to five. ``lasts`` holds what the plan promises, in minutes of class, and
``home`` those at home: another sum stops the build.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tools.chapters import ChapterError
from tools.settings import ROOT
from tools.teaching import Part, parts

FIVE = 5
SET = re.compile(r"(\d+) min: (.+)")
PROMISE = re.compile(r"(\d+) to (\d+)")
HOME = "home: "


class Step(NamedTuple):
    """A line of a plan: minutes, where it is done, what it is, who does what."""

    minutes: int
    home: bool
    what: str
    group: str
    shows: str


def steps(body: str, root: Path = ROOT) -> list[Step]:
    """The lines of a plan.

    Raises ``ChapterError`` for a line that has not three parts, and for a chapter,
    section or exercise that is not there.
    """
    known, found = parts(root), []
    for line in body.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 3 or not all(cells):
            raise ChapterError(f"plan: expected three parts, got {line!r}")
        name, home = cells[0].removeprefix(HOME), cells[0].startswith(HOME)
        minutes, what = _part(name, known)
        found.append(Step(minutes, home, what, *cells[1:]))
    return found


def _part(name: str, known: Mapping[str, Part]) -> tuple[int, str]:
    """Minutes, rounded up to five, and the link of what a line names."""
    if given := SET.fullmatch(name):
        return int(given[1]), given[2]
    if name not in known:
        raise ChapterError(f"plan: no chapter, section or exercise {name!r}")
    part = known[name]
    return int(-(-part.minutes // FIVE)) * FIVE, part.link


def as_myst(
    title: str, lasts: str, body: str, root: Path = ROOT, home: str = ""
) -> str:
    """The plan as a table.

    Raises ``ChapterError`` where the minutes in class, or those at home, are not what
    the plan promises.
    """
    found = steps(body, root)
    lines = [
        f"| From | Min. | {title} | The group | You show |", "|--:|--:|:--|:--|:--|",
    ]
    begun = 0
    for step in found:
        start = "at home" if step.home else clock(begun)
        lines.append(
            f"| {start} | {step.minutes} | {step.what} | {step.group} | {step.shows} |"
        )
        begun += 0 if step.home else step.minutes
    later = sum(step.minutes for step in found if step.home)
    require(title, "in class", begun, lasts)
    if later or home:
        require(title, "at home", later, home)
    told = f", and {later} minutes at home" if later else ""
    lines.append(f"| {clock(begun)} | {begun} | the end, by the rule{told} | | |")
    return "\n".join(lines)


def require(title: str, where: str, minutes: int, promised: str) -> None:
    """Raise ``ChapterError`` unless ``minutes`` lie within what is promised."""
    ends = PROMISE.fullmatch(promised.strip())
    if not ends:
        raise ChapterError(
            f"plan: {title}: expected minutes {where} such as 60 to 90, "
            f"got {promised!r}"
        )
    if not int(ends[1]) <= minutes <= int(ends[2]):
        raise ChapterError(
            f"plan: {title}: {minutes} minutes {where}, promised {promised}"
        )


def clock(minutes: int) -> str:
    """Minutes since the beginning, as ``1:05``."""
    return f"{minutes // 60}:{minutes % 60:02}"
