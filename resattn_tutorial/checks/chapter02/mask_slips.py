"""The usual mistakes of a mask with one pooling, as edits of its solution."""

from __future__ import annotations

from resattn_tutorial.checks.chapter02.map_slips import BILINEAR, EDGES, MODES, POOLINGS
from resattn_tutorial.checks.engine.module_trial import OF_BATCH
from resattn_tutorial.checks.engine.slips import Slip, edits

DOWN = "self.pool(x)"
UNITS = "self.unit2(self.unit1(y))"
SIZE = "x.shape[-2:]"
UP = f"F.interpolate(y, size={SIZE}, {BILINEAR})"
READY = ("F.relu(self.bn1(y))", "F.relu(self.bn2(y))")
STEPS = ("self.conv1(F.relu(self.bn1(y)))", "self.conv2(F.relu(self.bn2(y)))")
END = "torch.sigmoid(y)"
INIT = "super().__init__()"
UNIT1 = "self.unit1 = ResidualUnit(channels)"
UNIT2 = "self.unit2 = ResidualUnit(channels)"
NORM1, NORM2 = (f"self.bn{k} = nn.BatchNorm2d(channels)" for k in (1, 2))
CONV = "nn.Conv2d(channels, channels, 1, bias=False)"
CONVS = tuple(f"self.conv{k} = {CONV}" for k in (1, 2))
TALL = "nn.Conv2d(channels, channels, 3, padding=1, bias=False)"

HALF = "half size: stretch back to the input's height and width"
LATE = "the stretch comes too late: it must precede the two 1x1 convolutions"
BEHIND = "batch norm and ReLU come after the 1x1; they must come before it"
FACTOR = (
    "the stretch must go to the input's size, x.shape[-2:]; a factor of 2 or a fixed "
    "size fits some images only"
)
ONE = "one channel for all: each channel of the mask has its own values"
FLAT = "one value for a channel: each pixel of the mask has its own"
ALONE = "x is in the result: return the mask alone, weighting comes in chapter 3"
NO_UNIT = (
    "no residual unit's weights are found: make both in __init__; a plain list hides "
    "them, nn.ModuleList or nn.Sequential does not"
)


def at_end(words: str, *puts: str) -> Slip:
    """Something else than the sigmoid of the last map."""
    return Slip(words, *[{END: put} for put in puts])


def in_tail(words: str, *pairs: tuple[str, str]) -> Slip:
    """Other steps than batch norm, ReLU and 1x1; ``{0}`` stands for 1 and 2."""
    return Slip(words, *edits(STEPS, *[
        tuple(step.format(k) for k, step in enumerate(pair, 1)) for pair in pairs]))


RIGHT = "self.conv{0}(F.relu(self.bn{0}(y)))"
BARE = "self.conv{0}(y)"
NORMED = "self.conv{0}(self.bn{0}(y))"
BENT = "self.conv{0}(F.relu(y))"
AFTER = "F.relu(self.bn{0}(self.conv{0}(y)))"
TURNED = "self.bn{0}(F.relu(self.conv{0}(y)))"

SLIPS = (
    at_end("the sigmoid is left out: the values lie outside 0 to 1",
           "y", "F.relu(y)"),
    *[Slip(f"stretch, {words}", *[{BILINEAR: put} for put in puts])
      for words, puts in MODES],
    *[Slip(f"pooling, {words}", *[{DOWN: put} for put in puts])
      for words, puts in POOLINGS[:-1]],
    at_end("values are clipped or rescaled: the sigmoid brings each one between 0 "
           "and 1 by itself", "y.clamp(0, 1)", "(y - y.min()) / (y.max() - y.min())"),
    at_end("tanh: it gives -1 to 1; the sigmoid gives 0 to 1", "torch.tanh(y)"),
    at_end("a softmax ties the values together; the sigmoid treats each by itself",
           "F.softmax(y, 1)", "F.softmax(y.flatten(2), -1).view_as(y)",
           "F.softmax(y.flatten(1), -1).view_as(y)", "F.softmax(y, -1)"),
    Slip("batch norm at the end: nothing stands between the last 1x1 and the result "
         "but the sigmoid",
         *edits((INIT, END), *[(f"{INIT}; self.bn3 = nn.BatchNorm2d(channels)", end)
                               for end in ("torch.sigmoid(self.bn3(y))",
                                           "torch.sigmoid(F.relu(self.bn3(y)))",
                                           "self.bn3(torch.sigmoid(y))")]),
         {END: "F.batch_norm(torch.sigmoid(y), None, None, training=True)"}),
    at_end("a ReLU before the sigmoid: the mask never falls below 0.5",
           "torch.sigmoid(F.relu(y))"),
    at_end("the sigmoid is applied twice", "torch.sigmoid(torch.sigmoid(y))"),
    at_end("a hard sigmoid: torch.sigmoid is wanted", "F.hardsigmoid(y)"),
    at_end("(tanh(y) + 1) / 2 is the sigmoid of 2 y: torch.sigmoid(y) is wanted",
           "(torch.tanh(y) + 1) / 2"),
    at_end(ONE, "torch.sigmoid(y.mean(1, True)).expand_as(y)",
           "torch.sigmoid(y).mean(1, True).expand_as(y)",
           "torch.sigmoid(y.mean(1, True))", "torch.sigmoid(y).mean(1, True)"),
    Slip(ONE, {CONVS[1]: "self.conv2 = nn.Conv2d(channels, 1, 1, bias=False)"}),
    at_end(FLAT, "torch.sigmoid(y.mean((2, 3), True)).expand_as(y)",
           "torch.sigmoid(y.mean((2, 3), True))"),
    at_end(ALONE, "x * torch.sigmoid(y)", "x * (1 + torch.sigmoid(y))",
           "x + torch.sigmoid(y)", "torch.sigmoid(x + y)"),
    at_end("1 is added: return the mask alone", "1 + torch.sigmoid(y)"),
    at_end("the sign before the sigmoid is flipped", "torch.sigmoid(-y)"),
    at_end("the input comes back as it was: nothing is computed from it", "x"),
    in_tail(f"{BEHIND} (the first has none before it)", (AFTER, BARE)),
    in_tail(BEHIND, (AFTER, RIGHT), (AFTER, AFTER), (RIGHT, AFTER),
            (AFTER, "self.bn{0}(self.conv{0}(y))"), (TURNED, BARE), (TURNED, RIGHT),
            (TURNED, TURNED), (RIGHT, TURNED)),
    in_tail("batch norm and ReLU are missing before a 1x1 convolution: each has both",
            *[(one, two) for one in (BARE, NORMED, BENT, RIGHT)
              for two in (BARE, NORMED, BENT, RIGHT)
              if (one, two) not in ((RIGHT, RIGHT), (BARE, RIGHT))]),
    in_tail("the order is batch norm, ReLU, 1x1: here it is another",
            ("self.conv{0}(self.bn{0}(F.relu(y)))",) * 2),
    Slip("a single 1x1 convolution: two are wanted", {STEPS[1]: "y"},
         {CONVS[1]: "", NORM2: "", STEPS[1]: "y"}),
    Slip("the 1x1 convolutions are left out", {STEPS[0]: "y", STEPS[1]: "y"},
         {CONVS[0]: "", CONVS[1]: "", NORM1: "", NORM2: "", STEPS[0]: "y",
          STEPS[1]: "y"}),
    Slip("one 1x1 convolution is used twice: each is its own",
         {STEPS[1]: "self.conv1(F.relu(self.bn2(y)))"},
         {CONVS[1]: "self.conv2 = self.conv1"}),
    Slip("one batch norm is used twice: each 1x1 has its own before it",
         {READY[1]: "F.relu(self.bn1(y))"}, {NORM2: "self.bn2 = self.bn1"}),
    Slip("each image is normalised by itself: batch norm takes the batch's statistics",
         {"nn.BatchNorm2d(channels)": "nn.InstanceNorm2d(channels, affine=True)"},
         {"nn.BatchNorm2d(channels)": "nn.GroupNorm(1, channels)"}),
    Slip(OF_BATCH, *[{norm: norm.replace("ls)", "ls, track_running_stats=False)")}
                     for norm in (NORM1, "nn.BatchNorm2d(channels)")]),
    Slip("a batch norm lacks its scale and shift: each of the eight is a layer of its "
         "own, with weights",
         {"nn.BatchNorm2d(channels)": "nn.BatchNorm2d(channels, affine=False)"},
         {NORM1: "self.bn1 = nn.BatchNorm2d(channels, affine=False)"},
         {"nn.BatchNorm2d(channels)": "nn.Identity()"}),
    Slip("a bias in a convolution: set bias=False",
         {CONVS[1]: CONVS[1].replace("False", "True")}, {", bias=False": ""}),
    Slip("the convolutions after the stretch must be 1x1, not 3x3",
         {CONVS[1]: f"self.conv2 = {TALL}"}, {CONV: TALL}),
    Slip("the 1x1s after the stretch must keep the channels: from C to C", {
        CONVS[0]: CONVS[0].replace("channels, 1", "channels // 4, 1"),
        NORM2: "self.bn2 = nn.BatchNorm2d(channels // 4)",
        CONVS[1]: CONVS[1].replace("(channels", "(channels // 4"),
    }),
    Slip("a unit is used twice: build two, each with weights of its own",
         {UNITS: "self.unit1(self.unit1(y))"}, {UNIT2: "self.unit2 = self.unit1"}),
    Slip("a single unit: two are wanted below the pooling",
         {UNITS: "self.unit1(y)"}, {UNIT2: "", UNITS: "self.unit1(y)"}),
    Slip("a ReLU stands between the units: each begins with a batch norm and ReLU of "
         "its own", {UNITS: "self.unit2(F.relu(self.unit1(y)))"}),
    Slip("a second pooling: there is one",
         {UNITS: "self.unit2(self.pool(self.unit1(y)))"}),
    Slip("the units are left out", {UNITS: "y"}, {UNIT1: "", UNIT2: "", UNITS: "y"}),
    Slip("3 residual units: two are wanted, and one more learns nothing if unused",
         {INIT: f"{INIT}; self.unit3 = ResidualUnit(channels)",
          UNITS: f"self.unit3({UNITS})"},
         {INIT: f"{INIT}; self.unit3 = ResidualUnit(channels)"}),
    Slip(NO_UNIT, {UNIT1: f"self.unit1 = nn.Sequential({TALL}, nn.ReLU())",
                   UNIT2: f"self.unit2 = nn.Sequential({TALL}, nn.ReLU())"},
         {UNIT1: "self.units = [ResidualUnit(channels) for _ in range(2)]",
          UNIT2: "", UNITS: "self.units[1](self.units[0](y))"}),
    Slip("a 1x1 from C to C channels too many: two come after the stretch, and a "
         "unit that keeps its channels and its size has no projection",
         {UNIT1: "self.unit1 = ResidualUnit(channels, channels, 2)", DOWN: "x"}),
    Slip("the pooling is left out: the units work at full size", {DOWN: "x"}),
    Slip(f"stretch, {EDGES}", *[{UP: f"sampled(y, {SIZE}, '{padding}')"}
                               for padding in ("zeros", "border")]),
    Slip(HALF, {UP: "y"}),
    Slip(LATE, {UP: "y", END: f"{UP.replace('(y', '(torch.sigmoid(y)')}"},
         {UP: "y", END: f"torch.sigmoid({UP})"}),
    Slip(FACTOR, {f"size={SIZE}": "scale_factor=2"},
         *[{SIZE: size} for size in ("(8, 8)", "(8, 10)", "(32, 32)", "x.shape[-1]",
                                     "x.shape[-2]")]),
    Slip("size takes height and width alone: x.shape[-2:]", {SIZE: "x.shape"}),
    Slip("x is added to the stretched map: the mask takes only the size from it",
         {UP: f"{UP} + x"}),
    Slip("the stretched map is multiplied by x: the mask is made of it alone",
         {UP: f"{UP} * x"}),
    Slip("a skip round the two units: nothing is added below one pooling",
         {UNITS: f"y + {UNITS}"}),
    Slip("the first unit comes before the pooling: both must come after it",
         {DOWN: "self.pool(self.unit1(x))", UNITS: "self.unit2(y)"},
         {DOWN: "self.pool(self.unit2(self.unit1(x)))", UNITS: "y"}),
    Slip("the second unit comes after the stretch: both must come before it",
         {UNITS: "self.unit1(y)", UP: f"self.unit2({UP})"}),
)
