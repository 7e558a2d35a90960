"""The table of *Write the projection unit*."""

from __future__ import annotations

import torch  # noqa: F401  (some slips need it)
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_slips import (
    BEFORE,
    ERRORS,
    INIT,
    POST,
    activations,
    biases,
    norms,
    sums,
    windows,
)
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.slips import Slip, edits
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit


class MyProjectionUnit(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        width = out_channels // 4
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.proj = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.bn1(x))
        y = self.conv1(ready)
        y = self.conv2(F.relu(self.bn2(y)))
        y = self.conv3(F.relu(self.bn3(y)))
        return self.proj(ready) + y


WAY = "self.proj(ready)"
SUM = f"{WAY} + y"
MIDDLE = "width, 3, stride, padding=1"
LAST = "width, out_channels, 1"
FIRST = "in_channels, width, 1"
PROJECTED = "in_channels, out_channels, 1, stride"
STEPLESS = {PROJECTED: "in_channels, out_channels, 1"}
NO_PROJECTION = {f"self.proj = nn.Conv2d({PROJECTED}, bias=False)": ""}
INSIDE = "y = self.conv2(F.relu(self.bn2(y)))"
OUTER = "y = self.conv3(F.relu(self.bn3(y)))"
KEEP = f"{INIT}; self.stride = stride"

STEM = "the projection starts from {}; it must take the first BN-ReLU's output"
UNFIT = ERRORS["must match the size"]
MISSING = "the projection is missing: the shortcut needs its own 1x1"
GONE = "the raw x is the shortcut where it fits; a projection is needed there, too"
FIXED = "the stride is fixed: it is the third argument"
TOO_MANY = (
    "a batch norm too many: none comes after the last convolution or the "
    "projection, and the projection takes what the first BN-ReLU gives"
)
QUARTER = "the bottleneck must have a quarter of the output's channels"
MORE = f"{INIT}; self.bn4 = nn.BatchNorm2d({{}})"


def only_where(condition: str) -> dict[str, str]:
    """A projection that is made only under a condition; else the raw x goes past."""
    made = f"self.proj = nn.Conv2d({PROJECTED}, bias=False)"
    return {made: f"{made} if {condition} else None",
            WAY: "(self.proj(ready) if self.proj else x)"}


SLIPS = (
    *sums(WAY, SUM, "`+` the projection"),
    Slip(STEM.format("the raw x"), {WAY: "self.proj(x)"}),
    Slip(STEM.format("the batch norm's output, without the ReLU"),
         {WAY: "self.proj(self.bn1(x))"}),
    Slip(STEM.format("relu(x), without the batch norm"), {WAY: "self.proj(F.relu(x))"}),
    Slip("the three convolutions start from the raw x; they take the first BN-ReLU's "
         "output, too", {"self.conv1(ready)": "self.conv1(x)"}),
    Slip("a ReLU comes after the projection; the sum takes it as it is",
         {WAY: f"F.relu({WAY})"}),
    Slip(TOO_MANY, *edits((INIT, WAY), *[
        (MORE.format(channels), put) for channels, put in (
            ("out_channels", f"self.bn4({WAY})"),
            ("in_channels", "self.proj(F.relu(self.bn4(x)))"))]),
        {INIT: MORE.format("out_channels"), SUM: f"{WAY} + self.bn4(y)"}),
    Slip("the stride sits on the first 1x1; it belongs on the 3x3",
         {MIDDLE: "width, 3, padding=1", FIRST: f"{FIRST}, stride"}),
    Slip("the stride sits on the last 1x1; it belongs on the 3x3",
         {MIDDLE: "width, 3, padding=1", LAST: f"{LAST}, stride"}),
    Slip(UNFIT, {FIRST: f"{FIRST}, stride"}, {MIDDLE: "width, 3, padding=1"}, STEPLESS,
         {MIDDLE: "width, 3, stride"}, {MIDDLE: "width, 3, stride, padding=2"}),
    Slip("the unit makes no steps: the 3x3 and the projection have the stride",
         {MIDDLE: "width, 3, padding=1"} | STEPLESS),
    Slip(FIXED, {"width, 3, stride": "width, 3, 2", "1, stride": "1, 2"}),
    Slip("the shortcut pools; its 1x1 has the stride instead", *edits(
        (INIT, WAY, PROJECTED), *[
            (KEEP, f"self.proj(F.{kind}_pool2d(ready, self.stride, ceil_mode=True))",
             STEPLESS[PROJECTED]) for kind in ("avg", "max")])),
    Slip("the projection's map is resized to fit; its 1x1 has the stride instead",
         {WAY: f"F.interpolate({WAY}, y.shape[-2:])"} | STEPLESS),
    Slip("the projection must be a 1x1 convolution",
         {PROJECTED: "in_channels, out_channels, 3, stride, padding=1"}),
    Slip(GONE, {WAY: f"(x if x.shape == y.shape else {WAY})"},
         {INIT: KEEP, WAY: f"({WAY} if x.shape[1] != y.shape[1] else "
                           "x[..., ::self.stride, ::self.stride])"}),
    Slip("the raw x is added on top where it fits; the projection is the whole "
         "shortcut", {SUM: f"{SUM} + (x if x.shape == y.shape else 0)"}),
    Slip(MISSING, only_where("in_channels != out_channels"),
         {INIT: f"{INIT}; self.s = stride",
          WAY: "(lambda s: F.pad(x[:, :y.shape[1], ::s, ::s], (0, 0, 0, 0, 0, "
               "max(y.shape[1] - x.shape[1], 0))))(self.s)"} | NO_PROJECTION,
         lambda c, out, stride: ResidualUnit(c)),
    Slip(f"{MISSING}, also where the raw x would fit",
         only_where("(in_channels, stride) != (out_channels, 1)")),
    Slip("one 1x1 makes the first convolution and the projection at once: they are "
         "layers of their own", {
             INIT: f"{INIT}; self.s = stride",
             "self.conv1 = nn.Conv2d(in_channels, width, 1":
                 "self.conv1 = nn.Conv2d(in_channels, width + out_channels, 1",
             "y = self.conv1(ready)":
                 "y, more = self.conv1(ready).split([self.bn2.num_features, "
                 "self.conv3.out_channels], 1)",
             WAY: "more[..., ::self.s, ::self.s]"} | NO_PROJECTION),
    Slip(POST, {"ready = F.relu(self.bn1(x))": "ready = x",
                "y = self.conv1(ready)": "y = F.relu(self.bn2(self.conv1(x)))",
                INSIDE: "y = F.relu(self.bn3(self.conv2(y)))",
                OUTER: "y = self.conv3(y)", SUM: f"F.relu({SUM})"}),
    Slip(BEFORE, {
        "self.bn1 = nn.BatchNorm2d(in_channels)":
            "self.bn1 = nn.BatchNorm2d(out_channels)",
        "ready = F.relu(self.bn1(x))": "ready = x",
        "y = self.conv1(ready)": "y = F.relu(self.bn2(self.conv1(x)))",
        INSIDE: "y = F.relu(self.bn3(self.conv2(y)))",
        OUTER: "y = self.bn1(self.conv3(y))", SUM: f"F.relu({SUM})"}),
    *activations(),
    *windows(MIDDLE),
    *norms("in_channels"),
    biases("width, 1, bias=False", "padding=1, bias=False", "1, stride, bias=False"),
    Slip(QUARTER, *[{"out_channels // 4": width} for width in (
        "in_channels // 4", "in_channels", "out_channels", "out_channels // 2",
        "out_channels // 8")]),
    Slip("the arguments are swapped: in_channels, out_channels, stride, in this "
         "order", {"self, in_channels: int, out_channels: int":
                   "self, out_channels: int, in_channels: int"}),
)
FITS = "other channels, strides and sizes work, odd ones too"
PROJECTION = Table(
    title="The projection unit",
    usage="MyProjectionUnit(in_channels, out_channels, stride)",
    reference=MyProjectionUnit,
    cases=(
        Case((12, 32, 2), shape=(12, 9, 7)),
        Case((8, 24, 1), FITS, (8, 6, 6)),
        Case((16, 16, 2), FITS, (16, 5, 8)),
        Case((16, 16, 1), FITS, (16, 7, 10)),        # here the raw x would fit
        Case((8, 16, 3), FITS, (8, 8, 5)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "four convolutions, 1x1, 3x3, 1x1 and the projection, and three "
        "batch norms",
        "shape": "out_channels channels come out, and every stride-th pixel",
        "training": "the output is the projection plus the three convolutions, as "
        "drawn",
    },
    errors=ERRORS,
)
