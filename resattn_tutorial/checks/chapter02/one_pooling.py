"""The table of *A mask with one pooling*."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter02.map_slips import sampled  # noqa: F401
from resattn_tutorial.checks.chapter02.mask_slips import FACTOR, SLIPS
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import ENDED, Traces
from resattn_tutorial.models.residual import ResidualUnit


class MyMask(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.unit1 = ResidualUnit(channels)
        self.unit2 = ResidualUnit(channels)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.pool(x)
        y = self.unit2(self.unit1(y))
        y = F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=True)
        y = self.conv1(F.relu(self.bn1(y)))
        y = self.conv2(F.relu(self.bn2(y)))
        return torch.sigmoid(y)


class MaskTrial(ModuleTrial):
    """What the sizes of the parameters and of the maps tell besides."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.engine.table.Trial`."""
        if (known := super().diagnose(found, right)) is not None or ENDED in found:
            return known
        return FACTOR if found["shape"] != right["shape"] else None


MASK = Table(
    title="A mask with one pooling",
    usage="MyMask(channels)",
    reference=MyMask,
    cases=(
        Case((12,), shape=(12, 8, 10)),
        Case((12,), "odd sizes work too", (12, 9, 7)),
        Case((4,), "4 channels work too", (4, 6, 6)),
    ),
    slips=SLIPS,
    trial=MaskTrial(),
    facts={
        "layers": "it holds the weights of two units and two 1x1 convolutions, no "
        "biases",
        "shape": "a mask has its input's shape",
        "training": "pooling, two units, stretch, two 1x1s and the sigmoid are there, "
        "and the values lie between 0 and 1",
    },
    errors={
        "Input and output must have the same number": "size takes height and width "
        "alone: x.shape[-2:]",
        "has no attribute": "forward uses a layer that __init__ did not keep as "
        "self.name",
    },
)
