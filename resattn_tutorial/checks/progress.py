"""A learner's progress: which checks of the book have passed, notebook by notebook.

It is read from the files that passed checks have left in the folder of the answers
(:mod:`~resattn_tutorial.checks.engine.passed`). In a notebook::

    from resattn_tutorial.checks.progress import progress

    progress()
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path

from resattn_tutorial.checks.engine.answers_folder import folder as answers_folder
from resattn_tutorial.checks.engine.passed import PLACE, read_all
from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of
from resattn_tutorial.plotting.tables import TableOfResults, table
from resattn_tutorial.printable import printable
from resattn_tutorial.validation import require_path

HEAD = ("notebook", "passed", "open", "last passed")


@dataclass(frozen=True, repr=False)
class Progress:
    """Which checks have passed; a notebook shows it by itself. `progress` makes it.

    Attributes:
        table: a row for each notebook, and one for all; ``None`` where no check of the
            book has passed.
        notes: what else there is to say, a line each.
    """

    table: TableOfResults | None
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        """Table and notes as text, for a terminal."""
        return "\n".join([*([repr(self.table)] if self.table else []), *self.notes])

    def _repr_html_(self) -> str:
        """Table and notes as HTML."""
        shown = self.table._repr_html_() if self.table else ""
        return shown + "".join(f"<p>{escape(note)}</p>" for note in self.notes)


def progress(folder: str | os.PathLike[str] | None = None) -> Progress:
    """Which checks of the book have passed, which are open, and since when.

    Args:
        folder: where a learner's answers are kept; if left out, ``my_answers`` in the
            current folder, on Colab in the mounted Drive, or what ``RESATTN_ANSWERS``
            names.

    Raises:
        TypeError, ValueError: ``folder`` is no path.
        OSError: it was named and is not there, or cannot be read.
    """
    place = answers_folder() if folder is None else require_path("folder", folder)
    if place is None:
        return Progress(None, (
            "RESATTN_ANSWERS is off, so no check notes that it has passed.",))
    if folder is not None and not place.is_dir():
        raise FileNotFoundError(f"there is no folder {place}.")
    days, left_out = read_all(place)
    known = {name for notebook in NOTEBOOKS for name in checks_of(notebook)}
    gone = [f"not in the book any more, and not counted: {name}"
            for name in sorted(days.keys() - known)]
    notes = [*gone, *(f"left out: {printable(why)}" for why in left_out)]
    passed = {name: day for name, day in days.items() if name in known}
    if not passed:
        return Progress(None, (*nothing_yet(place), *notes))
    rows = [row(notebook, checks_of(notebook), passed) for notebook in NOTEBOOKS]
    rows.append((
        "all", f"{len(passed)} of {len(known)}", f"{len(known) - len(passed)} checks",
        max(passed.values()).isoformat(),
    ))
    title = f"Checks that have passed, as noted in {printable(str(place / PLACE))}"
    return Progress(table(HEAD, rows, title=title), tuple(notes))


def row(
    label: str, checks: Sequence[str], passed: dict[str, date]
) -> tuple[str, str, str, str]:
    """A row: how many of some checks have passed, which are open, and the last day.

    Args:
        label: what the row is called.
        checks: by name, ``chapter01.growth``.
        passed: the day when each first passed.
    """
    still_open = [name.partition(".")[2] for name in checks if name not in passed]
    days = [passed[name] for name in checks if name in passed]
    return (
        label, f"{len(days)} of {len(checks)}",
        ", ".join(still_open) if days else "all",
        max(days).isoformat() if days else "",
    )


def nothing_yet(place: Path) -> tuple[str, ...]:
    """What to do where no check has passed.

    Args:
        place: the folder of the answers, which need not be there.
    """
    first = next(iter(NOTEBOOKS))
    return (
        f"No check is noted as passed in {printable(str(place / PLACE))}.",
        f"Open a notebook, {first} for one, do an exercise, and run the cell with the "
        "check below it.",
        "If your notebooks lie elsewhere, name the folder my_answers beside them: "
        "resattn progress --folder notebooks/my_answers",
    )
