"""The networks by name (chapter 10)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from resattn_tutorial.models import small_networks

FIRST = {
    "first_attention": small_networks.FirstAttentionNetwork,
    "first_residual": small_networks.FirstResidualNetwork,
}


def find_network(name: str) -> Callable[[int], nn.Module]:
    """What builds the network of a name for a number of classes.

    Raises:
        ValueError: no network has this name.
    """
    if name in FIRST:
        return FIRST[name]
    # Here, since it brings torchvision, which takes seconds.
    from resattn_tutorial.models import zoo

    if name not in zoo.__all__:
        choices = ", ".join((*FIRST, *zoo.__all__))
        raise ValueError(f"network must be one of {choices}, got {name!r}.")
    return lambda classes: getattr(zoo, name)(num_classes=classes)


def build_network(name: str, classes: int, seed: int = 0) -> nn.Module:
    """A new network by its name, its weights drawn from the seed.

    Raises:
        ValueError: no network has this name.
    """
    torch.manual_seed(seed)
    return find_network(name)(classes)
