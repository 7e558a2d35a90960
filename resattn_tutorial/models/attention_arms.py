"""What can stand where a network's masks stand: the arms of a comparison (chapter 12).

Parts are exchanged in a built network, so that its classes need no options for it. The
trunk stays the same, unit for unit, in every arm but the one that is given more units.
"""

from __future__ import annotations

from collections.abc import Callable

from torch import nn

from resattn_tutorial.models.attention_module import (
    AttentionModule,
    local_mask_branch,
    naive_attention,
)
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.channel_gates import CbamGate, SqueezeGate
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    spatial_attention,
)
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import row_of_units
from resattn_tutorial.names import AttentionName

# Residual units that cost what one mask does, by its poolings: its units work on
# smaller maps, a quarter of the cost for each pooling, and its two 1x1 convolutions at
# full size cost 32/17 of a unit. 2.38, 2.76, 2.85: to within 2 % of a whole network.
UNITS_PER_MASK = {1: 2, 2: 3, 3: 3}
# A mask without poolings and with one unit costs 2.88 units.
LOCAL_UNITS = 1


def exchange_attention(
    network: nn.Module, attention: str = AttentionName.RESIDUAL.value
) -> nn.Module:
    """Put something else where a network's masks stand; return the network.

    Args:
        network: a new network, changed in place unless ``attention`` is ``residual``,
            its own form.
        attention: an :class:`~resattn_tutorial.names.AttentionName`.

    Raises:
        TypeError: the network has no attention modules that could be exchanged.
        ValueError: there is no such attention, or no count of units that costs what
            the network's masks do.

    Paper: Equations 1, 3, 5 and 6; Tables 1, 3 and 4.
    """
    attention = AttentionName(attention)
    if attention is AttentionName.RESIDUAL:
        return network
    if not isinstance(network, ResidualAttentionNetwork):
        kind = type(network).__name__
        raise TypeError(
            "network must be a ResidualAttentionNetwork for any attention but its own, "
            f"got {kind} and {attention.value!r}."
        )
    for stage in network.stages:
        for place, part in enumerate(stage):
            if isinstance(part, AttentionModule):
                stage[place] = ARMS[attention](part)
    return network


def _naive(module: AttentionModule) -> nn.Module:
    module.merge = naive_attention
    return module


def _channel(module: AttentionModule) -> nn.Module:
    module.mask.activation = channel_attention
    return module


def _spatial(module: AttentionModule) -> nn.Module:
    module.mask.activation = spatial_attention
    return module


def _local(module: AttentionModule) -> nn.Module:
    module.mask = he_initialise(local_mask_branch(module.mask.channels, LOCAL_UNITS))
    return module


def _none(module: AttentionModule) -> nn.Module:
    return nn.Sequential(*module.before, *module.trunk, *module.after)


def _trunk(module: AttentionModule) -> nn.Module:
    poolings = module.mask.smallest.bit_length() - 1
    if poolings not in UNITS_PER_MASK:
        raise ValueError(
            "network must have masks of one to three poolings to be given their cost "
            f"in units, got one of {poolings}."
        )
    more = row_of_units(module.mask.channels, UNITS_PER_MASK[poolings])
    units = *module.before, *module.trunk, *he_initialise(more), *module.after
    return nn.Sequential(*units)


def _gated(gate: Callable[[int], nn.Module]) -> Callable[[AttentionModule], nn.Module]:
    """What leaves the mask out, and ends each unit's branch with a gate."""

    def exchanged(module: AttentionModule) -> nn.Module:
        units = _none(module)
        for unit in units:
            assert isinstance(unit, ResidualUnit)
            unit.conv3 = nn.Sequential(unit.conv3, gate(unit.in_channels))
        return units

    return exchanged


ARMS = {
    AttentionName.NAIVE: _naive, AttentionName.CHANNEL: _channel,
    AttentionName.SPATIAL: _spatial, AttentionName.LOCAL: _local,
    AttentionName.NONE: _none, AttentionName.TRUNK: _trunk,
    AttentionName.SQUEEZE: _gated(SqueezeGate), AttentionName.CBAM: _gated(CbamGate),
}
