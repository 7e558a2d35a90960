"""``resattn progress ...``, as it is typed."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn progress",
    "resattn progress --folder notebooks/my_answers",
)


def command(folder: options.AnswersFolder = None) -> None:
    """List which checks of the book your answers have passed.

    It is read from what passed checks note beside your notebooks. Nothing is sent.
    """
    from resattn_tutorial.checks.progress import progress

    show(repr(progress(folder)).splitlines())
