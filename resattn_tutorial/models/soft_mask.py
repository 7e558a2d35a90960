"""The soft mask branch: a small network that looks at everything, then weights it
(chapter 2), and the three things that a mask may say (chapter 4).

Its way down gathers the context of a whole image with a few poolings; its way up
spreads what was found over the pixels again (Section 3.2, Figures 2 and 3). The form
is that of the authors' released network files, whose pooling has no padding and whose
interpolation keeps the corners in place.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.tensor_validation import require_features, require_mask
from resattn_tutorial.validation import (
    require_callable,
    require_count,
    require_sequence,
)

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")
fx.wrap("require_mask")
fx.wrap("require_sequence")


def stretch(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize ``(N, C, h, w)`` to ``(N, C, *size)`` bilinearly, corners on corners.

    The released files' ``Interp`` layer: the sample grid runs from the first pixel's
    centre to the last one's, which PyTorch calls ``align_corners=True``.

    Raises:
        TypeError, ValueError: ``x`` is no such tensor, or ``size`` no pair.
    """
    require_features("x", x)
    require_sequence("size", size, 2)
    return F.interpolate(x, size=size, mode="bilinear", align_corners=True)


def row_of_units(channels: int, count: int) -> nn.Sequential:
    """``count`` identity units, one after another; raises as each of them."""
    require_count("count", count, at_least=0, at_most=1000)
    return nn.Sequential(*[ResidualUnit(channels) for _ in range(count)])


class DownUp(nn.Module):
    """One pooling of a mask, all that lies below it, and the way back up.

    A pooling and ``units`` residual units lead down. Below the last pooling nothing
    follows; elsewhere the next ``DownUp`` does, and its output is added to a skip that
    passes through one residual unit. Then ``units`` residual units and a stretch to
    the size of the input: ``(N, C, H, W)`` to ``(N, C, H, W)``.

    Args:
        channels: channels throughout.
        poolings: poolings from here down, at least 1.
        units: residual units between poolings, the paper's ``r``.

    Raises:
        TypeError, ValueError: as :class:`SoftMaskBranch`.

    Paper: Section 3.2, Figure 2.
    """

    def __init__(
        self, channels: int, poolings: int, units: int = 1
    ) -> None:
        super().__init__()
        require_count("poolings", poolings, at_most=16)
        self.pool = nn.MaxPool2d(3, stride=2, padding=0, ceil_mode=True)
        self.down = row_of_units(channels, units)
        self.skip = self.below = None
        if poolings > 1:
            self.skip = ResidualUnit(channels)
            self.below = DownUp(channels, poolings - 1, units)
        self.up = row_of_units(channels, units)

    def forward(self, x: Tensor) -> Tensor:
        """Go down, come up again at the size of ``x``."""
        require_features("x", x)
        y = self.down(self.pool(x))                  # (N, C, H//2, W//2)
        if self.below is not None:
            y = self.skip(y) + self.below(y)         # (N, C, H//2, W//2)
        return stretch(self.up(y), x.shape[-2:])     # (N, C, H, W)


class SoftMaskBranch(nn.Module):
    """The mask ``M(x)`` of an attention module: ``(N, C, H, W)`` to the same shape.

    A ``DownUp`` with ``poolings`` poolings, two 1x1 convolutions, each after a batch
    norm and a ReLU, and an activation. With the sigmoid every value lies in (0, 1).
    It holds ``2 * units * poolings + poolings - 1`` residual units. With no pooling
    the ``2 * units`` units stay at full size.

    Args:
        channels: channels throughout, a multiple of 4; a mask has its trunk's.
        poolings: how often the map is halved. The paper takes 3, 2 and 1 in its three
            stages, so that each mask's smallest map is the trunk's smallest.
        units: residual units between two poolings, the paper's ``r``.
        activation: what turns the last map into weights; the paper's mixed attention,
            its Equation 4, is the sigmoid.

    Raises:
        TypeError: a count is no whole number, ``activation`` no function; on a call,
            the input holds integers.
        ValueError: a count is too small; on a call, the input has other axes or
            channels, is smaller than ``2 ** poolings`` pixels, or is empty while
            training, or ``activation`` gives another shape.

    Paper: Section 3.2, Figure 2, Table 2; the released files' ``mask`` layers.
    """

    def __init__(
        self,
        channels: int,
        poolings: int,
        units: int = 1,
        activation: Callable[[Tensor], Tensor] = torch.sigmoid,
    ) -> None:
        super().__init__()
        require_count("channels", channels, multiple_of=4)
        require_count("poolings", poolings, at_least=0, at_most=16)
        require_count("units", units, at_most=1000)
        require_callable("activation", activation)
        self.channels, self.smallest = channels, 2**poolings
        if poolings:
            self.body = DownUp(channels, poolings, units)
        else:
            self.body = row_of_units(channels, 2 * units)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)
        self.activation = activation

    def forward(self, x: Tensor) -> Tensor:
        """Weigh every channel of every pixel of ``x``."""
        require_features(
            "x", x, self.channels, self.smallest, self.training
        )
        y = self.body(x)                             # (N, C, H, W)
        y = self.conv1(F.relu(self.bn1(y)))          # (N, C, H, W)
        y = self.conv2(F.relu(self.bn2(y)))          # (N, C, H, W)
        return require_mask(self.activation(y), y)   # (N, C, H, W)
