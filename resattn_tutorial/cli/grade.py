"""``resattn grade``: a class's notebooks, graded into one table."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.cli.plainly import show
from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.grade import CSV, HTML, Asked, grade
from resattn_tutorial.grading.workplace import Workplace


def run(
    folder: Path, to: Path, allowance: Allowance, every_cell: bool, unsafe: bool
) -> list[str]:
    """Grade a class; prints a line for each notebook, and returns the last ones.

    Raises:
        GradingError: there is nothing to grade, or nothing here that keeps a learner's
            code in.
    """
    with Workplace(unsafe) as workplace:
        asked = Asked(allowance, every_cell)
        rows = grade(folder, to, asked, workplace, lambda line: show([line]))
    look = sum(row.to_look_at for row in rows)
    stopped = sum(bool(row.stopped) for row in rows)
    return [
        f"Rows: {len(rows)}; not run to the end: {stopped}; checks to look at: {look}.",
        f"The table is {to / CSV} and {to / HTML}",
    ]
