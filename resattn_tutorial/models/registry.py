"""The networks by their names (chapters 7 and 10)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from resattn_tutorial.models import small_networks
from resattn_tutorial.names import NetworkName
from resattn_tutorial.validation import require_seed

FIRST = {
    NetworkName.FIRST_ATTENTION: small_networks.FirstAttentionNetwork,
    NetworkName.FIRST_RESIDUAL: small_networks.FirstResidualNetwork,
}


def find_network(name: str) -> Callable[[int], nn.Module]:
    """What builds the network of a name for a number of classes.

    Raises:
        ValueError: no network has this name; the nearest is named.
    """
    name = NetworkName(name)
    if name in FIRST:
        return FIRST[name]
    # Here, since it brings torchvision, which takes seconds.
    from resattn_tutorial.models import zoo

    return lambda classes: getattr(zoo, name)(num_classes=classes)


def build_network(name: str, classes: int, seed: int = 0) -> nn.Module:
    """A new network by its name, its weights drawn from the seed.

    Raises:
        TypeError: ``classes`` or ``seed`` is no whole number.
        ValueError: no network has this name, or a number cannot be.
    """
    torch.manual_seed(require_seed(seed))
    return find_network(name)(classes)
