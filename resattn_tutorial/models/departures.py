"""Three ways in which public implementations depart from the authors' files (the aside
of chapter 7).

Each is an edit of a built network: no parameter is added, none goes, and none gets
another name. So weights fit before and after, and only the numbers that come out tell
the networks apart. With all three the network is the one that pytorchcv publishes as
``resattnet56`` and ``resattnet92``.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import DownUp, SoftMaskBranch
from resattn_tutorial.tensor_validation import require_features
from resattn_tutorial.validation import require_kind


def pad_poolings(network: nn.Module) -> nn.Module:
    """Let every max pooling see a border of one pixel, sizes rounded down.

    The files pool without a border and round sizes up. On a map of even size both give
    the same size, and every window lies one pixel further up and left than before. On
    one of odd size the padded pooling gives a pixel more: 4 of 7, not 3.

    Args:
        network: changed in place.

    Returns:
        the network.

    Raises:
        TypeError: it is no residual attention network.
    """
    for pool in _parts(network, nn.MaxPool2d):
        pool.padding, pool.ceil_mode = 1, False
    return network


def double_skips(network: nn.Module) -> nn.Module:
    """Add what enters a mask's skip to what its unit gives.

    The unit's own shortcut is such a sum already, so that the map counts twice:
    ``2x + f(x)`` in place of ``x + f(x)``.

    Args:
        network: changed in place; its names stay.

    Returns:
        the network.

    Raises:
        TypeError: it is no residual attention network, or a skip holds a unit of
            another kind than a :class:`~resattn_tutorial.models.residual.ResidualUnit`.
    """
    skips = [part.skip for part in _parts(network, DownUp) if part.skip is not None]
    for skip in skips:
        _require_own(skip, ResidualUnit, DoubledSkip)
    for skip in skips:
        # Not a new object, which would draw weights and lose what is attached.
        skip.__class__ = DoubledSkip
    return network


def add_trunk_to_mask(network: nn.Module) -> nn.Module:
    """Add a module's trunk to its mask, before the mask's two 1x1 convolutions.

    Args:
        network: changed in place; its names stay.

    Returns:
        the network.

    Raises:
        TypeError: it is no residual attention network, or its attention modules are of
            another kind than
            :class:`~resattn_tutorial.models.attention_module.AttentionModule`.
    """
    modules = list(_parts(network, AttentionModule))
    for module in modules:
        _require_own(module, AttentionModule, TrunkInMask)
    for module in modules:
        module.__class__ = TrunkInMask
    return network


DEPARTURES: dict[str, Callable[[nn.Module], nn.Module]] = {
    "poolings padded": pad_poolings,
    "skips doubled": double_skips,
    "trunk added into the mask": add_trunk_to_mask,
}


class DoubledSkip(ResidualUnit):
    """A unit with its input added once more: ``(N, C, H, W)`` to the same shape."""

    def forward(self, x: Tensor) -> Tensor:
        """The unit's output and its input."""
        return x + super().forward(x)                # (N, C, H, W)


class TrunkInMask(AttentionModule):
    """An attention module whose mask is told what its trunk says."""

    def with_mask(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """The module's output and its mask, both ``(N, C, H, W)``."""
        require_features(
            "x", x, self.mask.channels, self.mask.smallest, self.training
        )
        x = self.before(x)                           # (N, C, H, W)
        trunk = self.trunk(x)                        # (N, C, H, W)
        mask = mask_end(self.mask, self.mask.body(x) + trunk)
        return self.after(self.merge(mask, trunk)), mask


def mask_end(mask: SoftMaskBranch, y: Tensor) -> Tensor:
    """A mask's two 1x1 convolutions and its activation: ``(N, C, H, W)`` to the same.

    Args:
        mask: whose layers they are.
        y: what stands in the place of the mask's own last stretched map.
    """
    y = mask.conv1(F.relu(mask.bn1(y)))              # (N, C, H, W)
    y = mask.conv2(F.relu(mask.bn2(y)))              # (N, C, H, W)
    return mask.activation(y)                        # (N, C, H, W)


def _parts(network: nn.Module, kind: type[nn.Module]) -> list[nn.Module]:
    """All parts of a kind in a residual attention network."""
    require_kind(
        "network", network, ResidualAttentionNetwork, "a ResidualAttentionNetwork"
    )
    return [part for part in network.modules() if isinstance(part, kind)]


def _require_own(part: nn.Module, kind: type, departed: type) -> None:
    """Refuse a part whose class is neither the plain one nor the departed one."""
    if type(part) not in (kind, departed):
        raise TypeError(
            f"network must be made of {kind.__name__}s where it departs, "
            f"got a {type(part).__name__}."
        )
