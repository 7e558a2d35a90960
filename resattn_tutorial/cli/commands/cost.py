"""``resattn cost ...``, as it is typed (chapter 8)."""

from __future__ import annotations

from resattn_tutorial import names
from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn cost cifar_attention92",
    "resattn cost attention56 --size 320",
    "resattn cost cifar_attention56 --attention trunk",
)
# How the package's arguments are typed that have another name here.
NAMES = {"images": "--size"}


def command(
    network: options.Network,
    attention: options.Attention = names.AttentionName.RESIDUAL,
    size: options.Size = None,
    classes: options.Classes = None,
) -> None:
    """Count a network's parameters and multiply-adds."""
    from resattn_tutorial.cli import tables

    show(tables.cost_lines(network, attention, size, classes))
