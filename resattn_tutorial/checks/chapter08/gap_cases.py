"""Small networks that PyTorch's counter and fvcore count differently."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.cost.flops import fvcore_count, operations, torch_count
from resattn_tutorial.cost.op_recorder import Operation
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch, stretch


class Measured(NamedTuple):
    """A network's operations, and both tools' totals."""

    found: list[Operation]
    torch: int
    fvcore: int

    @property
    def gap(self) -> int:
        """What the prediction has to be."""
        return self.fvcore - self.torch


class Plain(nn.Module):
    """A convolution and a ReLU: both tools count the same."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))                  # (N, 6, H, W)


class Stretched(nn.Module):
    """A stretch without any batch norm, and sums and products around it."""

    def forward(self, x: Tensor) -> Tensor:
        y = stretch(F.max_pool2d(x, 2), x.shape[-2:])    # (N, C, H, W)
        return x + x * torch.sigmoid(y)              # (N, C, H, W)


class Twice(nn.Module):
    """One batch norm used twice, which makes two equal operations, and a mean."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.norm(x)).mean(dim=(2, 3))  # (N, 4)


NETWORKS: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...]]] = {
    "a convolution and a ReLU": (Plain, (1, 4, 9, 9)),
    "a residual unit": (lambda: ResidualUnit(8, 16, 2), (1, 8, 10, 10)),
    "a stretched map, summed and weighted": (Stretched, (1, 4, 8, 8)),
    "a mask with two poolings": (lambda: SoftMaskBranch(8, 2), (1, 8, 13, 13)),
    "layers in a row": (
        lambda: nn.Sequential(nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8), nn.ReLU()),
        (1, 4, 6, 6)),
    "a mask, for three images": (lambda: SoftMaskBranch(8, 1), (3, 8, 6, 6)),
    "a batch norm used twice, and a mean": (Twice, (1, 4, 5, 5)),
}


@cache
def measured(words: str) -> Measured:
    """One of the networks, asked by both tools; nothing here is computed by hand."""
    build, shape = NETWORKS[words]
    network, images = build(), torch.zeros(shape)
    both = [count(network, images).total() for count in (torch_count, fvcore_count)]
    return Measured(operations(network, images), *both)
