"""The table of *The mask*: chapter 2's branch with any number of poolings."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_slips import ERRORS
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit


class MyMask(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.down, self.skips, self.up = (
            nn.ModuleList(ResidualUnit(channels) for _ in range(count))
            for count in (poolings, poolings - 1, poolings)
        )
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y, sizes, maps = x, [], []
        for unit in self.down:
            sizes.append(y.shape[-2:])
            y = unit(F.max_pool2d(y, 3, 2, ceil_mode=True))
            maps.append(y)
        for k in reversed(range(len(self.up))):
            if k < len(self.skips):
                y = y + self.skips[k](maps[k])
            y = F.interpolate(
                self.up[k](y), sizes[k], mode="bilinear", align_corners=True)
        y = self.conv1(F.relu(self.bn1(y)))
        y = self.conv2(F.relu(self.bn2(y)))
        return torch.sigmoid(y)


POOL = "F.max_pool2d(y, 3, 2, ceil_mode=True)"
ADDED = "y = y + self.skips[k](maps[k])"
UP = """\
F.interpolate(
                self.up[k](y), sizes[k], mode="bilinear", align_corners=True)"""
WAY = 'mode="bilinear", align_corners=True'
COUNTS = "(poolings, poolings - 1, poolings)"
STEPS = ("self.conv1(F.relu(self.bn1(y)))", "self.conv2(F.relu(self.bn2(y)))")
SIZES = "each stretch must go to the size that its pooling found, odd sizes too"
SLIPS = (
    Slip("the pooling is padded; the released files' is not: padding=0",
         {POOL: "F.max_pool2d(y, 3, 2, 1)"}),
    Slip("sizes must be rounded up: ceil_mode=True", {POOL: "F.max_pool2d(y, 3, 2)"}),
    Slip("the pooling's window must be 3x3",
         {POOL: "F.max_pool2d(y, 2, ceil_mode=True)"}),
    Slip("the pooling must be a max pooling",
         {POOL: "F.avg_pool2d(y, 3, 2, ceil_mode=True)"}),
    Slip("the stretch must keep corners on corners: align_corners=True",
         {WAY: 'mode="bilinear"'}),
    Slip("the stretch must be bilinear", {WAY: 'mode="nearest"'},
         {WAY: 'mode="bicubic", align_corners=True'}),
    Slip(SIZES, {UP: UP.replace("sizes[k]", "scale_factor=2")}),
    Slip("the stretch must come after the unit on the way up",
         {UP: 'self.up[k](F.interpolate(y, sizes[k], mode="bilinear", '
              "align_corners=True))"}),
    Slip("a skip must pass through one residual unit", {ADDED: "y = y + maps[k]"},
         {ADDED: "y = y + maps[k]", COUNTS: "(poolings, 0, poolings)",
          "k < len(self.skips)": "k + 1 < len(self.up)"}),
    Slip("a skip counts twice, raw and through its unit",
         {ADDED: f"{ADDED} + maps[k]"}),
    Slip("a skip must be added to the way up", {ADDED: "y = self.skips[k](maps[k])"},
         {ADDED: "y = y * self.skips[k](maps[k])"}),
    Slip("there is no skip around the last pooling: one less than poolings",
         {COUNTS: "(poolings, poolings, poolings)"}),
    Slip("the skip must start after the unit of its pooling",
         {f"y = unit({POOL})": f"pooled = {POOL}; y = unit(pooled)",
          "maps.append(y)": "maps.append(pooled)"}),
    Slip("one unit for each pooling on the way down, and one on the way up",
         {COUNTS: "(poolings, poolings - 1, 1)"},
         {f"y = unit({POOL})": f"y = unit(unit({POOL}))"}),
    Slip("the sigmoid is left out", {"torch.sigmoid(y)": "y"}),
    Slip("tanh gives -1 to 1; the sigmoid gives 0 to 1",
         {"torch.sigmoid(y)": "torch.tanh(y)"}),
    Slip("x is in the result: return the mask alone",
         {"torch.sigmoid(y)": "x * torch.sigmoid(y)"},
         {"torch.sigmoid(y)": "x + torch.sigmoid(y)"}),
    Slip("batch norm and ReLU must stand before each of the two 1x1 convolutions",
         {STEPS[0]: "self.conv1(y)", STEPS[1]: "self.conv2(y)"},
         {STEPS[0]: "F.relu(self.bn1(self.conv1(y)))",
          STEPS[1]: "F.relu(self.bn2(self.conv2(y)))"},
         {STEPS[0]: "self.conv1(F.relu(y))"}),
    Slip("two 1x1 convolutions: here is one", {STEPS[1]: "y"}),
    Slip("a bias in a 1x1 convolution: bias=False", {", bias=False": ""}),
)
MASK = Table(
    title="The mask",
    usage="MyMask(channels, poolings)",
    reference=MyMask,
    cases=(
        Case((8, 2), shape=(8, 9, 7)),
        Case((8, 1), "one pooling works too", (8, 6, 6)),
        Case((4, 3), "three poolings work too, and odd sizes", (4, 17, 11)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "2 poolings + (poolings - 1) units, and two 1x1 convolutions",
        "shape": "a mask has its input's shape",
        "training": "down, skips, up, two 1x1s and the sigmoid are there",
    },
    errors={"must match the size": SIZES,
            "has no attribute": ERRORS["has no attribute"]},
    pairs=30,
)
