"""``resattn ledger ...``, as it is typed (chapter 10)."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn ledger",
    "resattn ledger chapter03-masks",
    "resattn ledger --folder runs",
)


def command(name: options.RunName = None, folder: options.RunsFolder = None) -> None:
    """List the recorded runs; given a name, show how its runs went."""
    from resattn_tutorial.cli import tables
    from resattn_tutorial.ledger.store import RUNS

    folder = RUNS if folder is None else folder
    if name is None:
        show(tables.runs_table(folder))
    else:
        show(tables.run_lines(name, folder))
