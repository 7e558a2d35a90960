"""Which checks a learner's answers have passed, noted in the folder of the answers.

Each check that has passed is one small file, ``my_answers/progress/chapter01.growth``
with the ending ``.json``: its name, the day when it first passed, and the package's
version then. So two notebooks that run at once never change one file both, and no lock
is needed; mounted Drives do not keep locks. Nothing leaves the folder.

A file that is there is never written again. One that cannot be read, or holds something
else, is named to the learner and left as it is.
"""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from resattn_tutorial import __version__
from resattn_tutorial.checks.engine.answers_folder import folder
from resattn_tutorial.files import write_whole

FORM = 1                                             # of the files
PLACE = "progress"                                   # within the folder of the answers
CHECK = re.compile(r"chapter\d\d\.[A-Za-z_]\w{0,60}", re.ASCII)
NOT_NOTED = "It passed, but your progress does not say so"
LARGEST = 10_000                                     # bytes; a file has about a hundred


@dataclass(frozen=True)
class Passed:
    """One check that has passed.

    Attributes:
        check: its name, ``chapter01.growth``.
        day: when it first passed, ``2026-11-28``.
        package: the package's version then.
        form: of the file.
    """

    check: str
    day: str
    package: str
    form: int = FORM


def note(check: str, answer: Any) -> str:
    """Write down that a check has passed, unless that is written already.

    Only an answer of the learner's own counts (:func:`is_own`). A failure ends nothing.

    Args:
        check: its name; empty for a check that is not the book's.
        answer: what has passed.

    Returns:
        Why it was not written down, which the learner is told; else nothing.
    """
    place = folder()
    if place is None or not check or not is_own(answer):
        return ""
    path = place / PLACE / f"{check}.json"
    try:
        if os.path.lexists(path):
            found = read_one(path).check
            if found != check:
                raise ValueError(f"{path} speaks of another check, {found}")
            return ""
        path.parent.mkdir(parents=True, exist_ok=True)
        passed = Passed(check, date.today().isoformat(), __version__)
        write_whole(path, json.dumps(asdict(passed)) + "\n")
    except OSError as error:
        return f"{NOT_NOTED}: {error}."
    except ValueError as error:
        return f"{NOT_NOTED}: {error}. Move that file away, and run the check again."
    return ""


def is_own(answer: Any) -> bool:
    """Whether an answer is the learner's own: of this notebook or program.

    In a notebook what comes from a file of theirs is, too. The package's own parts and
    solutions are not.
    """
    module = getattr(answer, "__module__", None) or ""
    if module.partition(".")[0] == "resattn_tutorial":
        return False
    return module == "__main__" or in_a_kernel()


def in_a_kernel() -> bool:
    """Whether a notebook's kernel runs this; IPython in a terminal has none."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


def read_all(place: Path) -> tuple[dict[str, date], list[str]]:
    """The day when each check first passed, and why files were left out.

    What counts is what a file holds, not what it is called: a Drive may keep two
    copies, and of these the earlier day is right.

    Args:
        place: the folder of the answers.

    Raises:
        OSError: the folder with the progress cannot be listed.
    """
    days: dict[str, date] = {}
    left_out = []
    within = place / PLACE
    names = os.listdir(within) if os.path.lexists(within) else []
    for path in sorted(within / name for name in names if name.endswith(".json")):
        try:
            passed = read_one(path)
        except (OSError, ValueError) as error:
            left_out.append(str(error))
            continue
        day = date.fromisoformat(passed.day)
        days[passed.check] = min(day, days.get(passed.check, day))
    return days, left_out


def read_one(path: Path) -> Passed:
    """What one file says has passed.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no such file; says why, and names it.
    """
    if path.exists() and not path.is_file():         # out of a pipe may come no end
        raise ValueError(f"{path} is no file")
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    try:
        if len(content) > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes")
        return _passed(json.loads(content.decode()))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} does not tell of a passed check ({error})") from error


def _passed(told: Any) -> Passed:
    """What a text in JSON says; raises ValueError where it says something else."""
    if not isinstance(told, dict) or "form" not in told:
        raise ValueError("no form")
    if told["form"] != FORM:
        raise ValueError(f"its form is not {FORM}: another version's")
    if told.keys() != {"form", "check", "day", "package"}:
        raise ValueError("not the fields of this form")
    if not all(isinstance(told[name], str) for name in ("check", "day", "package")):
        raise ValueError("a field is no text")
    if not CHECK.fullmatch(told["check"]):
        raise ValueError("no name of a check")
    date.fromisoformat(told["day"])
    return Passed(**told)
