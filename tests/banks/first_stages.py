"""Stages of trunk and mask: right ones, and wrong ones that no slip makes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import DownUp, SoftMaskBranch
from tests.banks import Answer


class Stage(nn.Module):
    """The plain answer, cut into pieces that the wrong ones replace."""

    def __init__(self, channels, poolings):
        super().__init__()
        self.mask = SoftMaskBranch(channels, poolings)
        self.second, self.first = ResidualUnit(channels), ResidualUnit(channels)

    def trunk(self, x):
        return self.second(self.first(x))

    def merge(self, trunk, mask):
        return trunk + trunk * mask

    def forward(self, x):
        mask = self.mask(x)
        return self.merge(self.trunk(x), mask), mask


class InADictionary(nn.Module):
    """Its branches in a dictionary, and a list comes back."""

    def __init__(self, channels, poolings):
        super().__init__()
        self.ways = nn.ModuleDict({
            "T": nn.Sequential(*(ResidualUnit(channels) for _ in range(2))),
            "M": SoftMaskBranch(channels, poolings)})

    def forward(self, x):
        ways = {name: way(x) for name, way in self.ways.items()}
        return [torch.addcmul(ways["T"], ways["T"], ways["M"]), ways["M"]]


class MaskByHand(Stage):
    """The mask branch put together from the package's levels."""

    def __init__(self, channels, poolings):
        super().__init__(channels, poolings)
        self.mask = nn.Sequential(DownUp(channels, poolings), *(
            layer for _ in range(2) for layer in (
                nn.BatchNorm2d(channels), nn.ReLU(),
                nn.Conv2d(channels, channels, 1, bias=False))), nn.Sigmoid())


def factory(channels, poolings):
    return Stage(channels, poolings)


def replacing(**pieces):
    """The plain stage with some of its methods replaced."""
    return type("MyStage", (Stage,), pieces)


class NewMask(Stage):
    """A mask branch is made anew in each pass."""

    def __init__(self, channels, poolings):
        super().__init__(channels, poolings)
        del self.mask
        self.given = channels, poolings

    def forward(self, x):
        mask = SoftMaskBranch(*self.given).to(x)(x)
        return self.merge(self.trunk(x), mask), mask


class BatchAlways(Stage):
    def forward(self, x):
        return Stage.forward(self.train(), x)


RIGHT = [
    Answer("stage", "piece by piece", Stage),
    Answer("stage", "in a dictionary, as a list", InADictionary),
    Answer("stage", "a mask put together by hand", MaskByHand),
    Answer("stage", "a function that builds it", factory),
]
WRONG = [
    Answer("stage", "a mask branch made in forward", NewMask, "random"),
    Answer("stage", "training mode always", BatchAlways, "eval"),
    Answer("stage", "the trunk detached", replacing(
        merge=lambda self, trunk, mask: (1 + mask) * trunk.detach()), "cut"),
    Answer("stage", "x detached for the trunk", replacing(
        trunk=lambda self, x: self.second(self.first(x.detach()))), "cut"),
    Answer("stage", "dropout on the mask", replacing(
        merge=lambda self, trunk, mask: (1 + F.dropout(mask)) * trunk), "random"),
    Answer("stage", "an and", replacing(
        merge=lambda self, trunk, mask: (1 + mask) & trunk), None),
    Answer("stage", "x - 0.5 on the mask", replacing(
        merge=lambda self, trunk, mask: (0.5 + mask) * trunk), None),
    Answer("stage", "a function of x", lambda x: (x, x), "arguments"),
]
