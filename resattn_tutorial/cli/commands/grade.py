"""``resattn grade ...``, as it is typed."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn grade class",
    "resattn grade class --to grades-week-2 --minutes 10 --memory 8",
    "resattn grade class --every-cell",
)


def command(
    folder: options.ClassFolder,
    to: options.Grades = Path("grades"),
    minutes: options.Minutes = 5.0,
    memory: options.Memory = 4.0,
    every_cell: options.EveryCell = False,
    unsafe: options.Unsafe = False,
) -> None:
    """Grade a class's notebooks by the checks; for those who teach from the book.

    Each runs on a copy, in a sandbox of its own: without network, and with limits. It
    may be stopped at any moment; the same command goes on.
    """
    from resattn_tutorial.cli.grade import run
    from resattn_tutorial.grading.allowance import Allowance

    show(run(folder, to, Allowance(minutes, memory), every_cell, unsafe))
