"""The other order: convolution, batch norm, ReLU, and units made of it (chapter 7).

The first residual networks, and ResNeXt after them, put batch norm and ReLU behind
each convolution, and a last ReLU behind the sum. The paper's AttentionNeXt takes its
units from there; so do its baselines for ImageNet.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, fx, nn

from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from resattn_tutorial.models.stem_and_head import Head
from resattn_tutorial.tensor_validation import require_features, require_network
from resattn_tutorial.validation import require_callable, require_count, require_flag

# Leaves for torch.fx: see :mod:`~resattn_tutorial.models.residual`.
fx.wrap("require_features")


class PostActivationUnit(nn.Module):
    """A bottleneck of the first kind: ``(N, C_in, H, W)`` to ``(N, C_out, H', W')``.

    Three convolutions, each followed by batch norm, the first two by a ReLU as well;
    the sum with the shortcut goes through a last ReLU. The shortcut is the input where
    shape and size stay the same, else a 1x1 convolution of it and a batch norm.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output, a multiple of 4.
        stride: step of the unit, in pixels.
        groups: into how many groups the 3x3 convolution splits its channels.
        widening: channels inside, as a multiple of a quarter of ``out_channels``.
        stride_first: the step sits on the first 1x1 convolution, as in the first
            residual networks, not on the 3x3.

    Raises:
        TypeError, ValueError: as
            :class:`~resattn_tutorial.models.residual.ResidualUnit`.

    Paper: Section 4.2 and Table 7 (ResNeXt, ResNet); the released files of
    AttentionNeXt.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int = 1,
        groups: int = 1,
        widening: int = 1,
        stride_first: bool = False,
    ) -> None:
        super().__init__()
        require_count("in_channels", in_channels)
        require_count("out_channels", out_channels, multiple_of=4)
        require_count("stride", stride)
        require_count("groups", groups)
        require_count("widening", widening)
        require_flag("stride_first", stride_first)
        width = widening * out_channels // 4
        first, second = (stride, 1) if stride_first else (1, stride)
        self.in_channels = in_channels
        self.conv1 = nn.Conv2d(in_channels, width, 1, first, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(
            width, width, 3, second, padding=1, groups=groups, bias=False
        )
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.projection = nn.Identity()
        if stride != 1 or in_channels != out_channels:
            self.projection = nn.Sequential(
                nn.Conv2d(in_channels, out_channels, 1, stride, bias=False),
                nn.BatchNorm2d(out_channels),
            )

    def forward(self, x: Tensor) -> Tensor:
        """Add the bottleneck's output to the shortcut, and rectify the sum."""
        require_features(
            "x", x, self.in_channels, 1, self.training, self.conv1.weight
        )
        y = F.relu(self.bn1(self.conv1(x)))          # (N, width, H, W)
        y = F.relu(self.bn2(self.conv2(y)))          # (N, width, H', W')
        y = self.bn3(self.conv3(y))                  # (N, C_out, H', W')
        return F.relu(y + self.projection(x))        # (N, C_out, H', W')


def resnext_unit(
    in_channels: int, out_channels: int, stride: int
) -> PostActivationUnit:
    """The unit of ResNeXt in 32 groups, with twice the channels inside."""
    return PostActivationUnit(
        in_channels, out_channels, stride, groups=32, widening=2
    )


def exchange_units(
    network: nn.Module, unit: Callable[[int, int, int], nn.Module]
) -> nn.Module:
    """Put another unit in every residual unit's place; return the network.

    Units that end on a ReLU need no batch norm and no ReLU before what follows them.
    So the first batch norm of each mask's tail goes, and that of the head; the ReLU
    behind it stays, since it changes nothing that is already rectified.

    Args:
        network: changed in place; its weights are drawn anew.
        unit: makes a unit from ``(in_channels, out_channels, stride)``.

    Raises:
        TypeError: ``network`` is no module, or ``unit`` no function.
    """
    require_network(network)
    require_callable("unit", unit)
    for part in list(network.modules()):
        for name, child in part.named_children():
            if isinstance(child, ResidualUnit):
                outputs = child.conv3.out_channels
                stride = child.conv2.stride[0]
                new = unit(child.in_channels, outputs, stride)
                setattr(part, name, new)
        if isinstance(part, SoftMaskBranch):
            part.bn1 = nn.Identity()
        if isinstance(part, Head):
            part.bn = nn.Identity()
    return he_initialise(network)
