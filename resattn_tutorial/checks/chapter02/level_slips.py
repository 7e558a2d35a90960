"""The usual mistakes of a mask's recursion, as edits of its solution."""

from __future__ import annotations

from resattn_tutorial.checks.chapter02.map_slips import BILINEAR, EDGES, MODES, POOLINGS
from resattn_tutorial.checks.engine.slips import Slip

INIT = "super().__init__()"
POOL = "self.pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)"
POOLED = "self.pool(x)"
MADE_DOWN = "self.down = ResidualUnit(channels)"
MADE_SKIP = "self.skip = ResidualUnit(channels)"
MADE_UP = "self.up = ResidualUnit(channels)"
MADE_BELOW = "self.below = MyDownUp(channels, poolings - 1)"
NONE = "self.skip = self.below = None"
DOWN = "self.down(self.pool(x))"
SKIP = "self.skip(y)"
BELOW = "self.below(y)"
SUM = f"{SKIP} + {BELOW}"
BRANCH = """\
        if self.below is not None:
            y = self.skip(y) + self.below(y)
"""
UP = "self.up(y)"
JOIN = f"{BRANCH}        y = {UP}\n"
WANTED = "x.shape[-2:]"
STRETCHED = f"F.interpolate(y, size={WANTED}, {BILINEAR})"

END = (
    "the recursion never ends: the level below has one pooling less, and the lowest "
    "level, where poolings is 1, makes none"
)
SIZE = "size takes height and width alone: x.shape[-2:]"
FACTOR = (
    "the stretch must go to the size that came in, x.shape[-2:]; a factor of 2 or a "
    "fixed size fits some levels only"
)
NOT_BELOW = (
    "maps of two sizes meet in the sum: skip and level below read the same y, and a "
    "level gives back the size that came in"
)
RAW = "a skip passes through one residual unit of its own"
SHARED = "each place has a unit of its own: no unit is used twice"
LOWEST = (
    "the lowest level has neither skip nor level below: its two units follow one "
    "another"
)
TAIL = (
    "batch norms, 1x1 convolutions and the sigmoid come after the outermost level, "
    "once: a level has none"
)
LEVELS_MORE = "there is a level too many: the one with poolings of 1 is the lowest"
NO_BELOW = (
    "no level below takes part: each holds a whole MyDownUp(channels, poolings - 1), "
    "made in __init__ (a plain list hides it), and adds what it gives to the skip"
)
BEFORE_UP = "skip and level below are added before the unit on the way up"
TWO = "each level has one unit on the way down, and one on the way up"


def joined(words: str, *puts: str) -> Slip:
    """Something else than the sum of skip and level below."""
    return Slip(words, *[{SUM: put} for put in puts])


SLIPS = (
    *[Slip(f"pooling, {words}", *[{POOLED: put} for put in puts])
      for words, puts in POOLINGS[:-1]],
    *[Slip(f"stretch, {words}", *[{BILINEAR: put} for put in puts])
      for words, puts in MODES],
    Slip(f"stretch, {EDGES}", {STRETCHED: f"sampled(y, {WANTED}, 'border')"}),
    joined(RAW, f"y + {BELOW}"),
    Slip(RAW, {MADE_SKIP: "self.skip = nn.Identity()"}),
    Slip(NO_BELOW, {BRANCH: ""}, {SUM: SKIP}, {MADE_BELOW: "pass", BRANCH: ""},
         {MADE_BELOW: "self.below = nn.Identity()"}),
    joined("the skip is missing: it is added to what comes from the level below",
           BELOW),
    joined("a skip counts twice, raw and through its unit", f"y + {SUM}"),
    joined("a product: skip and level below are added", f"{SKIP} * {BELOW}",
           f"{SKIP} * (1 + {BELOW})"),
    joined("a concatenation: skip and level below are added",
           f"torch.cat([{SKIP}, {BELOW}], 1)"),
    joined("a mean: skip and level below are added", f"({SUM}) / 2"),
    joined("a ReLU after the sum: each unit begins with its own", f"F.relu({SUM})"),
    joined("skip and level below come one after the other: both must read y, and "
           "be added", "self.below(self.skip(y))", "self.skip(self.below(y))"),
    joined("the level below must read y: the skip stands beside it, not before it",
           f"{SKIP} + self.below(self.skip(y))"),
    joined("the skip must read y: it leads around the level below",
           f"self.skip({BELOW}) + {BELOW}"),
    joined("the level below reads x: it must go on from y, or no map is pooled twice",
           "self.skip(x) + self.below(x)",
           f"F.interpolate({SKIP}, size={WANTED}) + self.below(x)"),
    joined(NOT_BELOW, f"{SKIP} + self.below(x)", f"self.skip(x) + {BELOW}"),
    Slip("the skip must start after the unit on the way down, not before it",
         {DOWN: "self.pool(x)", BRANCH: f"        if self.below is None:\n"
          "            y = self.down(y)\n        else:\n"
          f"            y = {SKIP} + self.below(self.down(y))\n"}),
    Slip("a skip leads around the levels below, not around its own: it begins after "
         "the pooling and is added before the stretch",
         {BRANCH: f"        if self.below is not None:\n            y = {BELOW}\n",
          STRETCHED: f"{STRETCHED} + (0 if self.skip is None else self.skip(x))"}),
    Slip(BEFORE_UP, *[
        {JOIN: "        if self.below is None:\n            y = self.up(y)\n"
               f"        else:\n            y = {late}\n"}
        for late in (f"{SKIP} + self.up({BELOW})", f"self.up({SKIP}) + {BELOW}")]),
    Slip(LOWEST, {
        MADE_SKIP: "pass", NONE: "self.skip, self.below = ResidualUnit(channels), None",
        BRANCH: f"        low = self.below is None\n"
                f"        y = {SKIP} + (0 if low else {BELOW})\n"}),
    Slip(f"{LOWEST}, and a unit that is not used learns nothing", {
        MADE_SKIP: "pass", NONE: "self.skip, self.below = ResidualUnit(channels), None",
    }),
    Slip(LEVELS_MORE, {"poolings > 1": "poolings > 0"}),
    Slip("a level is missing: wherever poolings is larger than 1, there is one below, "
         "and it has exactly one pooling less",
         {"poolings > 1": "poolings > 2"}, {"poolings - 1": "poolings - 2"}),
    Slip("the level below is a single pooling and a unit: it is a whole level, with "
         "all that lies below it in turn",
         {MADE_BELOW: f"self.below = nn.Sequential({POOL.split(' = ')[1]}, "
                      "ResidualUnit(channels))",
          BELOW: f"F.interpolate({BELOW}, size=y.shape[-2:], {BILINEAR})"}),
    Slip("a second level below: each level holds one",
         {MADE_BELOW: f"{MADE_BELOW}; self.more = MyDownUp(channels, poolings - 1)",
          SUM: f"{SUM} + self.more(y)"}),
    Slip(SHARED, {MADE_UP: "self.up = self.down"}, {MADE_SKIP: "self.skip = self.down"},
         {UP: "self.down(y)"}),
    Slip(f"{TWO}: the way up has none", {UP: "y"}, {MADE_UP: "", UP: "y"}),
    Slip(f"{TWO}: the way down has none", {DOWN: "self.pool(x)"},
         {MADE_DOWN: "", DOWN: "self.pool(x)"}),
    Slip(f"{TWO}: here are more",
         {MADE_UP: "self.up = nn.Sequential(ResidualUnit(channels), "
                   "ResidualUnit(channels))"},
         {MADE_DOWN: "self.down = nn.Sequential(ResidualUnit(channels), "
                     "ResidualUnit(channels))"}),
    Slip("the unit on the way down must come after the pooling, not before it",
         {DOWN: "self.pool(self.down(x))"}),
    Slip("the unit on the way up must come before the stretch, not after it",
         {f"        y = {UP}\n": "", STRETCHED: f"self.up({STRETCHED})"}),
    Slip("the pooling is left out: every level works at full size", {POOLED: "x"}),
    Slip("half size: each level stretches back to the size that came in",
         {STRETCHED: "y", BELOW: f"F.interpolate({BELOW}, size=y.shape[-2:], "
                                 f"{BILINEAR})"}),
    Slip("the stretch is left out: a level gives back the size that came in",
         {STRETCHED: "y", SUM: f"{SKIP}[..., :1, :1] + {BELOW}"}),
    Slip(FACTOR, {f"size={WANTED}": "scale_factor=2"}, {WANTED: "(27, 29)"}),
    Slip(SIZE, {WANTED: "x.shape"}),
    Slip("x is added to the stretched map: the stretch takes only its size from it",
         {STRETCHED: f"{STRETCHED} + x"}),
    Slip("a ReLU after the stretch: nothing may follow it in a level",
         {STRETCHED: f"F.relu({STRETCHED})"}),
    Slip(TAIL, {STRETCHED: f"{STRETCHED}.sigmoid()"}, {
        INIT: f"{INIT}; self.bn = nn.BatchNorm2d(channels)\n"
              "        self.conv = nn.Conv2d(channels, channels, 1, bias=False)",
        STRETCHED: f"self.conv(F.relu(self.bn({STRETCHED})))"}, {
        INIT: f"{INIT}; self.bn1 = nn.BatchNorm2d(channels)\n"
              "        self.conv1 = nn.Conv2d(channels, channels, 1, bias=False)\n"
              "        self.bn2 = nn.BatchNorm2d(channels)\n"
              "        self.conv2 = nn.Conv2d(channels, channels, 1, bias=False)",
        STRETCHED: "self.conv2(F.relu(self.bn2(self.conv1(F.relu(self.bn1("
                   f"{STRETCHED}))))))"}),
    Slip("the input comes back as it was: nothing is computed from it",
         {STRETCHED: "x"}),
)
