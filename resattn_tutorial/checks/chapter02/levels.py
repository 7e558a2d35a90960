"""The table of *Level upon level*: the recursion of a mask."""

from __future__ import annotations

import torch  # noqa: F401  (a slip needs it)
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter02.level_slips import END, NOT_BELOW, SIZE, SLIPS
from resattn_tutorial.checks.chapter02.map_slips import sampled  # noqa: F401
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit


class MyDownUp(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)
        self.down = ResidualUnit(channels)
        self.skip = self.below = None
        if poolings > 1:
            self.skip = ResidualUnit(channels)
            self.below = MyDownUp(channels, poolings - 1)
        self.up = ResidualUnit(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.down(self.pool(x))
        if self.below is not None:
            y = self.skip(y) + self.below(y)
        y = self.up(y)
        return F.interpolate(y, size=x.shape[-2:], mode="bilinear", align_corners=True)


LEVELS = Table(
    title="Level upon level",
    usage="MyDownUp(channels, poolings)",
    reference=MyDownUp,
    cases=(
        Case((8, 3), shape=(8, 27, 29)),
        Case((8, 1), "the lowest level works alone", (8, 8, 6)),
        Case((4, 2), "4 channels and 2 poolings work too", (4, 9, 12)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "of 3 poolings it holds 3 units down, 3 up, and 2 in skips",
        "shape": "a level gives back the size that it was given",
        "training": "pooling, units, skips, levels below and stretches are there",
    },
    errors={
        "recursion": END,
        "Output size is too small": "a map is pooled until nothing is left: the level "
        "below is another level, with one pooling less, and not this one again",
        "must match the size": NOT_BELOW,
        "Input and output must have the same number": SIZE,
        "has no attribute": "forward uses a layer that __init__ did not keep as "
        "self.name",
    },
    pairs=40,
)
