"""``resattn evaluate ...``, as it is typed (chapter 10)."""

from __future__ import annotations

from resattn_tutorial import names
from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn evaluate --folder runs/first-attention-builtin-quick-seed0",
    "resattn evaluate --folder runs/mine --data ~/photos",
    "resattn evaluate cifar_attention56 --data cifar10",
    "resattn evaluate cifar_attention56 --weights SCENES --data builtin",
)


def command(
    network: options.Pretrained = None,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    data: options.OtherData = None,
    data_name: options.DataName = None,
    skip_damaged: options.SkipDamaged = False,
    precision: options.Precision = names.Precision.AUTO,
) -> None:
    """Test a run's last checkpoint, or a network with weights; nothing is written."""
    from resattn_tutorial.cli.evaluate import Tested, lines

    tested = Tested(data, data_name, skip_damaged, precision)
    show(lines(network, weights, folder, tested))
