"""The networks by their names (chapters 7 and 10)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from resattn_tutorial.models import small_networks
from resattn_tutorial.models.attention_arms import exchange_attention
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.names import AttentionName, NetworkName
from resattn_tutorial.validation import require_seed

FIRST = {
    NetworkName.FIRST_ATTENTION: small_networks.FirstAttentionNetwork,
    NetworkName.FIRST_RESIDUAL: small_networks.FirstResidualNetwork,
}
# Attention modules in each stage.
MINI = {
    NetworkName.MINI1: 1, NetworkName.MINI2: 2, NetworkName.MINI3: 3,
    NetworkName.MINI6: 6,
}


def find_network(name: str) -> Callable[[int], nn.Module]:
    """What builds the network of a name for a number of classes.

    Raises:
        ValueError: no network has this name; the nearest is named.
    """
    name = NetworkName(name)
    if name in FIRST:
        return FIRST[name]
    if name in MINI:
        return lambda classes: mini_network(MINI[name], classes)
    # Here, since it brings torchvision, which takes seconds.
    from resattn_tutorial.models import zoo

    return lambda classes: getattr(zoo, name)(num_classes=classes)


def build_network(
    name: str,
    classes: int,
    seed: int = 0,
    attention: str = AttentionName.RESIDUAL.value,
) -> nn.Module:
    """A new network by its name, its weights drawn from the seed.

    Args:
        name: of the network.
        classes: number of classes.
        seed: of the weights.
        attention: an :class:`~resattn_tutorial.names.AttentionName`: what stands where
            the network's masks stand.

    Raises:
        TypeError: ``classes`` or ``seed`` is no whole number; the network has no
            attention modules that could be exchanged.
        ValueError: there is no such network or attention, or a number is invalid.
    """
    torch.manual_seed(require_seed(seed))
    network = find_network(name)(classes)
    return exchange_attention(network, attention)
