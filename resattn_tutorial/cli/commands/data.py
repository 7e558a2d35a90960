"""``resattn data ...``, as it is typed (chapter 9)."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn data",
    "resattn data cifar10",
    "RESATTN_MIRROR=https://example.org/data resattn data cifar100",
)


def command(name: options.NamedData = None) -> None:
    """List the data that is here; given a name, fetch it first.

    RESATTN_DATA names the folder that keeps it, RESATTN_MIRROR a place to try first.
    """
    from resattn_tutorial.cli import data

    if name is not None:
        data.make_ready(name)
    show(data.table())
