"""The table of *The unit*: chapter 1's two units as one class."""

from __future__ import annotations

import torch  # noqa: F401  (some slips need it)
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.projection import QUARTER, STEM, UNFIT
from resattn_tutorial.checks.chapter01.unit_slips import (
    ERRORS,
    INIT,
    POST,
    activations,
    biases,
    norms,
    sums,
)
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


class MyUnit(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, before: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        width = channels // 4
        self.bn1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)
        self.project = None
        if before != channels or stride != 1:
            self.project = nn.Conv2d(before, channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.bn1(x))
        y = self.conv1(ready)
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        shortcut = x if self.project is None else self.project(ready)
        return shortcut + y


SUM = "shortcut + y"
WHERE = "before != channels or stride != 1"
MIDDLE = "width, 3, stride, padding=1"
FIRST, LAST = "before, width, 1", "width, channels, 1"
ALWAYS = "where shape and size stay the same the shortcut is the raw x, without weights"
SLIPS = (
    *sums("shortcut", SUM, "`+` the shortcut"),
    Slip(STEM.format("the raw x"), {"self.project(ready)": "self.project(x)"}),
    Slip(STEM.format("the batch norm's output, without the ReLU"),
         {"self.project(ready)": "self.project(self.bn1(x))"}),
    Slip("the raw x is the shortcut of the identity unit, not BN-ReLU of it",
         {"shortcut = x if": "shortcut = ready if"}),
    Slip(ALWAYS, {WHERE: "True"}),
    Slip("a stride alone needs a projection, too: the map is another size",
         {WHERE: "before != channels"}),
    Slip("other channels alone need a projection, too", {WHERE: "stride != 1"}),
    Slip("the stride sits on the first 1x1; it belongs on the 3x3",
         {MIDDLE: "width, 3, padding=1", FIRST: f"{FIRST}, stride"}),
    Slip("the stride sits on the last 1x1; it belongs on the 3x3",
         {MIDDLE: "width, 3, padding=1", LAST: f"{LAST}, stride"}),
    Slip(UNFIT, {MIDDLE: "width, 3, padding=1"}, {MIDDLE: "width, 3, stride"},
         {"channels, 1, stride": "channels, 1"}),
    Slip("a batch norm too many: none comes after the projection",
         {INIT: f"{INIT}; self.bn4 = nn.BatchNorm2d(channels)",
          "self.project(ready)": "self.bn4(self.project(ready))"}),
    Slip(POST, {"ready = F.relu(self.bn1(x))": "ready = x",
                "y = self.conv1(ready)": "y = F.relu(self.bn2(self.conv1(x)))",
                "y = self.conv2(F.relu(self.bn2(y)))":
                    "y = F.relu(self.bn3(self.conv2(y)))",
                "y = self.conv3(F.relu(self.bn3(y)))": "y = self.bn1(self.conv3(y))",
                "BatchNorm2d(before)": "BatchNorm2d(channels)",
                SUM: f"F.relu({SUM})"}),
    *activations(),
    *norms("before"),
    biases("width, 1, bias=False", "padding=1, bias=False", "1, stride, bias=False"),
    Slip(QUARTER, {"channels // 4": "before // 4"}, {"channels // 4": "channels"},
         {"channels // 4": "channels // 2"}),
)
FITS = "other channels, strides and sizes work, odd ones too"
UNIT = Table(
    title="The unit",
    usage="MyUnit(before, channels, stride)",
    reference=MyUnit,
    cases=(
        Case((12, 32, 2), shape=(12, 9, 7)),
        Case((16, 16), "without a change of shape the shortcut is the raw x",
             (16, 7, 10)),
        Case((16, 16, 2), FITS, (16, 5, 8)),
        Case((8, 24, 1), FITS, (8, 6, 6)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "1x1, 3x3, 1x1, a projection where it is needed, and three batch "
        "norms",
        "shape": "channels come out, and every stride-th pixel",
        "training": "the output is the shortcut plus the three convolutions",
    },
    errors=ERRORS,
)
