"""The table of *Write the identity unit*."""

from __future__ import annotations

import torch  # noqa: F401  (some slips need it)
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_slips import (
    BEFORE,
    ERRORS,
    INIT,
    POST,
    STEPS,
    activations,
    biases,
    norms,
    sums,
    windows,
)
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.slips import Slip, edits
from resattn_tutorial.checks.engine.table import Case, Table


class MyUnit(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        width = channels // 4
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv1 = nn.Conv2d(channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        y = self.conv1(F.relu(self.bn1(x)))
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        return x + y


SUM = "x + y"
MIDDLE = "width, 3, padding=1"
WALK = tuple(f"self.conv{k}({step})" for k, step in enumerate(STEPS, 1))
NO_BIAS = ("width, 1, bias=False", "padding=1, bias=False", "channels, 1, bias=False")

ON_SHORTCUT = "{} sits on the shortcut; the sum needs the raw x"
LEARNING = """\
    def learning(self, x):
        mode = self.training
        self.train()
        self.bn1(x)
        self.train(mode)
        return self.conv1(F.relu(self.bn1(x)))

    def forward"""

SLIPS = (
    *sums("x", SUM, "`+ x`"),
    Slip(ON_SHORTCUT.format("BN-ReLU"), {SUM: "F.relu(self.bn1(x)) + y"}),
    Slip(ON_SHORTCUT.format("the ReLU"), {SUM: "F.relu(x) + y"}),
    Slip(ON_SHORTCUT.format("a batch norm"), {SUM: "self.bn1(x) + y"}),
    Slip(POST, *edits(
        (*WALK, SUM),
        *[("F.relu(self.bn2(self.conv1(x)))", "F.relu(self.bn3(self.conv2(y)))",
           "self.bn1(self.conv3(y))", sum_) for sum_ in (SUM, "F.relu(x + y)")],
    )),
    *activations(),
    *windows(MIDDLE),
    *norms("channels"),
    Slip(BEFORE, {
        "self.bn1 = nn.BatchNorm2d(channels)": "self.bn1 = nn.BatchNorm2d(width)",
        "self.bn3 = nn.BatchNorm2d(width)": "self.bn3 = nn.BatchNorm2d(channels)",
    }),
    biases(*NO_BIAS),
    Slip("the bottleneck is too wide or too narrow: a quarter of the channels",
         *[{"channels // 4": width} for width in
           ("channels", "channels // 2", "channels // 8")]),
    Slip("the 3x3 is the middle one: 1x1, 3x3, 1x1",
         {MIDDLE: "width, 1", "channels, width, 1": "channels, width, 3, padding=1"},
         {MIDDLE: "width, 1", "width, channels, 1": "width, channels, 3, padding=1"}),
    Slip("two 3x3 make a basic unit; a bottleneck is 1x1, 3x3, 1x1", {
        "channels // 4": "channels",
        "channels, width, 1, ": "channels, width, 3, padding=1, ",
        "self.bn3 = nn.BatchNorm2d(width)": "",
        "self.conv3 = nn.Conv2d(width, channels, 1, bias=False)": "",
        f"y = {WALK[2]}": "",
    }),
    Slip("the 3x3 has padding=1 and makes steps of 1: the sum needs maps of one size",
         {MIDDLE: "width, 3"}, {MIDDLE: "width, 3, padding=2"},
         {MIDDLE: MIDDLE + ", stride=2"}),
    Slip("a layer too many: the shortcut is the raw x",
         {INIT: f"{INIT}; self.skip = nn.Conv2d(channels, channels, 1, bias=False)",
          SUM: "self.skip(x) + y"}),
    Slip("a layer too many, made and not used, or after the last convolution",
         *edits((INIT, SUM), *[
             (f"{INIT}; self.more = nn.BatchNorm2d(channels)", sum_)
             for sum_ in (SUM, "x + self.more(y)")])),
    Slip("a parameter too many: a factor on the way",
         {INIT: f"{INIT}; self.a = nn.Parameter(torch.zeros(1))",
          SUM: "x + self.a * y"}),
    Slip("statistics are learned in eval mode as well: nn.BatchNorm2d looks at the "
         "mode by itself", {WALK[0]: "self.learning(x)", "    def forward": LEARNING}),
)
IDENTITY = Table(
    title="The identity unit",
    usage="MyUnit(channels)",
    reference=MyUnit,
    cases=(
        Case((16,), shape=(16, 9, 7)),
        Case((24,), "other channels and sizes work, odd ones too", (24, 6, 6)),
        Case((64,), "other channels and sizes work, odd ones too", (64, 5, 8)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "three convolutions, 1x1, 3x3 and 1x1, and three batch norms",
        "shape": "the result has the shape of x",
        "training": "the output is x plus three times BN, ReLU, convolution",
    },
    errors=ERRORS,
)
