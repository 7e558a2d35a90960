"""The table of *Write the identity unit*."""

from __future__ import annotations

from itertools import product

import torch  # noqa: F401  (some slips need it)
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.engine.module_trial import OF_BATCH, ModuleTrial
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
PADDED = "padding=1"
MIDDLE = "width, 3, padding=1"
STEPS = ("F.relu(self.bn1(x))", "F.relu(self.bn2(y))", "F.relu(self.bn3(y))")
PLACES = ("first", "second", "third")
WALK = tuple(f"self.conv{k}({step})" for k, step in enumerate(STEPS, 1))
NORMS = ("nn.BatchNorm2d(channels)", "nn.BatchNorm2d(width)")
NO_BIAS = ("width, 1, bias=False", "padding=1, bias=False", "channels, 1, bias=False")
INIT = "super().__init__()"

ON_SHORTCUT = "{} sits on the shortcut; the sum needs the raw x"
JOINED = "the two ways are not simply added: {}"
POST = "BN and ReLU come after the convolutions; they must stand before each one"
ALONE = "each image is normalised alone, that is {} norm; take batch norm"
LEARNING = """\
    def learning(self, x):
        mode = self.training
        self.train()
        self.bn1(x)
        self.train(mode)
        return self.conv1(F.relu(self.bn1(x)))

    def forward"""


def without_relu(*places: int) -> Slip:
    """A ReLU forgotten in some places."""
    named = " and ".join(PLACES[place] for place in places)
    bare = {STEPS[k]: STEPS[k].removeprefix("F.relu(")[:-1] for k in places}
    return Slip(f"no ReLU before the {named} convolution", bare)


def with_activation(name: str) -> Slip:
    """Another activation everywhere."""
    return Slip(f"the activation is {name}; the unit takes a ReLU",
                {"F.relu(": f"F.{name}("})


def with_norms(words: str, norm: str) -> Slip:
    """Another normalisation everywhere; ``{}`` stands for the channels."""
    return Slip(words, dict(zip(
        NORMS, (norm.format("channels"), norm.format("width")), strict=True)))


SLIPS = (
    Slip("the shortcut is missing: `+ x`", {SUM: "y"}),
    Slip("the three convolutions are missing from the output", {SUM: "x"}),
    Slip(ON_SHORTCUT.format("BN-ReLU"), {SUM: "F.relu(self.bn1(x)) + y"}),
    Slip(ON_SHORTCUT.format("the ReLU"), {SUM: "F.relu(x) + y"}),
    Slip(ON_SHORTCUT.format("a batch norm"), {SUM: "self.bn1(x) + y"}),
    Slip("a ReLU sits behind the sum; nothing follows the sum", {SUM: "F.relu(x + y)"}),
    Slip("a ReLU sits behind the last convolution; the sum takes it as it is",
         {SUM: "x + F.relu(y)"}),
    Slip(JOINED.format("they are multiplied"), {SUM: "x * y"}),
    Slip(JOINED.format("one is subtracted"), {SUM: "x - y"}, {SUM: "y - x"}),
    Slip(JOINED.format("the sum is halved"), {SUM: "(x + y) / 2"}),
    Slip(JOINED.format("one counts twice"), {SUM: "x + x + y"}, {SUM: "x + 2 * y"}),
    Slip(JOINED.format("the larger one is taken"), {SUM: "torch.maximum(x, y)"}),
    Slip("they are put side by side: they are added", {SUM: "torch.cat([x, y], 1)"}),
    Slip(POST, *edits(
        (*WALK, SUM),
        *[("F.relu(self.bn2(self.conv1(x)))", "F.relu(self.bn3(self.conv2(y)))",
           "self.bn1(self.conv3(y))", sum_) for sum_ in (SUM, "F.relu(x + y)")],
    )),
    Slip("the ReLU comes before its batch norm", dict(zip(STEPS, (
        "self.bn1(F.relu(x))", "self.bn2(F.relu(y))", "self.bn3(F.relu(y))"),
        strict=True))),
    *[without_relu(*(k for k in range(3) if off[k]))
      for off in product((0, 1), repeat=3) if any(off)],
    *map(with_activation, ("leaky_relu", "gelu", "elu", "silu", "relu6", "softplus",
                           "sigmoid", "tanh")),
    *[Slip(f"the 3x3 pads with {what}, not with zeros",
           {PADDED: f"padding=1, padding_mode='{mode}'"})
      for mode, what in (("reflect", "mirrored pixels"),
                         ("replicate", "repeated pixels"), ("circular", "the far edge"))
      ],
    Slip("the 3x3 is dilated: it looks at the next pixels, dilation=1",
         {PADDED: "padding=2, dilation=2"}),
    with_norms(ALONE.format("instance"), "nn.InstanceNorm2d({}, affine=True)"),
    with_norms(ALONE.format("layer"), "nn.GroupNorm(1, {})"),
    with_norms(OF_BATCH, "nn.BatchNorm2d({}, track_running_stats=False)"),
    with_norms("the batch norms lack scale and shift",
               "nn.BatchNorm2d({}, affine=False)"),
    with_norms("nn.BatchNorm2d(channels) before each convolution is missing",
               "nn.Identity()"),
    Slip("the first batch norm is missing", {NORMS[0]: "nn.Identity()"}),
    Slip("one batch norm is missing: each convolution needs its own, with its own "
         "statistics", {"self.bn3 = nn.BatchNorm2d(width)": "self.bn3 = self.bn2"}),
    Slip("batch norm has the channels of what comes in: it stands before its "
         "convolution", {
             "self.bn1 = nn.BatchNorm2d(channels)": "self.bn1 = nn.BatchNorm2d(width)",
             "self.bn3 = nn.BatchNorm2d(width)": "self.bn3 = nn.BatchNorm2d(channels)",
         }),
    Slip("a convolution has a bias: the batch norms shift already (bias=False)",
         *[{one: one.removesuffix(", bias=False")} for one in NO_BIAS],
         {", bias=False": ""}),
    Slip("the bottleneck is too wide or too narrow: a quarter of the channels",
         *[{"channels // 4": width} for width in
           ("channels", "channels // 2", "channels // 8")]),
    Slip("the 3x3 is the middle one: 1x1, 3x3, 1x1",
         {MIDDLE: "width, 1", "channels, width, 1": "channels, width, 3, padding=1"},
         {MIDDLE: "width, 1", "width, channels, 1": "width, channels, 3, padding=1"}),
    Slip("the middle convolution is a 3x3",
         {MIDDLE: "width, 5, padding=2"}, {MIDDLE: "width, 1"}),
    Slip("the 3x3 sees all its input channels: groups=1",
         {MIDDLE: MIDDLE + ", groups=width"}),
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
    Slip("a layer too many, made and not used, or behind the last convolution",
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
    errors={
        "should contain": "a batch norm has the channels of what comes in: it stands "
        "before its convolution",
        "has no attribute": "forward uses a layer that __init__ did not keep as "
        "self.name",
        "is invalid for input": "a map's size is fixed: take it from x.shape",
        "normalized_shape": "a map's size is fixed: batch norm needs the channels "
        "alone",
        "to have": "a number of channels is fixed, or layers are called in another "
        "order than they were made for",
    },
)
