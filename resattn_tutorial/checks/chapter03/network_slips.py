"""The usual mistakes of chapter 3's network, as edits of its solution."""

from __future__ import annotations

from resattn_tutorial.checks.engine.slips import Slip

INIT = "super().__init__()"
STEM = "nn.Conv2d(3, 32, 3, stride=2, padding=1, bias=False)"
ENTER1, ENTER2 = "self.enter1 = ResidualUnit(32)", "ResidualUnit(32, 64, stride=2)"
ENTER3, LAST = "ResidualUnit(64, 128, stride=2)", "self.stage3 = ResidualUnit(128)"
FIRST, SECOND = "Stage(32, 2)", "Stage(64, 1)"
HEAD = "Head(128, classes)"
DRAW = "        he_initialise(self)\n"
WAY1, WAY2, WAY3 = (
    "x = self.enter1(self.stem(images))",
    "x, mask2 = self.stage2(self.enter2(x))",
    "x = self.stage3(self.enter3(x))",
)
WAY0 = "x, mask1 = self.stage1(x)"
TURNED1 = "mask1, x = self.stage1(x)"
TURNED2 = "mask2, x = self.stage2(self.enter2(x))"
LOGITS = "return self.head(x), "
MASKS = '{"stage 1": mask1, "stage 2": mask2}'
PLAIN = "return self.with_masks(images)[0]"

GOES_ON = "x, mask = self.stage{0}(x), and x goes on"
LAST_LINE = "he_initialise(self) is the last line of __init__: "
RETURN = f"{LOGITS}{MASKS}"

NO_METHOD = (
    "the method with_masks(self, images) is missing, or spelled otherwise: it stands "
    "beside forward, indented like it"
)
GIVES_PAIR = f"a stage gives a pair: {GOES_ON.format(1)}"
CHANNELS = (
    "the number of channels that a part gives is that which the next part takes: 32, "
    "64, 128"
)
NAMES = 'the masks come in a dictionary, {"stage 1": mask1, "stage 2": mask2}'
BARE = "nothing stands between the parts: "
LOGITS_ALONE = "logits leave the network as they are"
BOTH = "with_masks gives a pair, the logits and the masks: return logits, masks"


def masked(words: str, *puts: str) -> Slip:
    """Something else than the dictionary of masks."""
    return Slip(words, *[{MASKS: put} for put in puts])


def behind(words: str, *puts: str) -> Slip:
    """Something else than the head's logits."""
    return Slip(words, *[{LOGITS: f"return {put}, "} for put in puts])


def stem(words: str, *puts: str) -> Slip:
    """Another stem."""
    return Slip(words, *[{STEM: f"nn.Conv2d(3, 32, {put})"} for put in puts])


SLIPS = (
    Slip(f"{LAST_LINE}here it is missing, or draws before there are layers",
         {DRAW: ""}),
    Slip(f"{LAST_LINE}it draws for the layers that are there",
         {DRAW: "", "        self.enter3": f"{DRAW}        self.enter3"}),
    stem("the stem must make steps of 2: stride=2", "3, padding=1, bias=False"),
    stem("the stem must have padding=1", "3, stride=2, bias=False"),
    stem("the stem must have no bias: bias=False", "3, stride=2, padding=1"),
    stem("the stem's convolution must be 3x3", "5, stride=2, padding=2, bias=False",
         "7, stride=2, padding=3, bias=False"),
    Slip(f"{BARE}no ReLU or batch norm after the stem, the first unit begins with its "
         "own", {WAY1: "x = self.enter1(self.stem(images).relu())"},
         {INIT: f"{INIT}; self.norm = nn.BatchNorm2d(32)",
          WAY1: "x = self.enter1(self.norm(self.stem(images)).relu())"}),
    Slip(f"{BARE}no pooling after the stem",
         *[{WAY1: f"x = self.enter1(F.max_pool2d(self.stem(images), {window}))"}
           for window in ("3, 2, 1", "2, ceil_mode=True")]),
    Slip("the first unit is missing: one must stand between stem and first stage",
         {ENTER1: "", WAY1: "x = self.stem(images)"}, {WAY1: "x = self.stem(images)"}),
    Slip("the first unit must keep the size: no stride",
         {ENTER1: "self.enter1 = ResidualUnit(32, 32, 2)"}),
    Slip("the unit that enters the second stage must have a stride of 2",
         {ENTER2: "ResidualUnit(32, 64)"}),
    Slip("the unit that enters the third stage must have a stride of 2",
         {ENTER3: "ResidualUnit(64, 128)"}),
    Slip("the units that enter the second and the third stage must have a stride of 2",
         {ENTER2: "ResidualUnit(32, 64)", ENTER3: "ResidualUnit(64, 128)"}),
    Slip("the channels must be 32, 64 and 128", {"32": "16", "64": "32", "128": "64"},
         {"128": "256", "64": "128", "32": "64"}),
    Slip("the masks must pool twice in the first stage and once in the second",
         *[{FIRST: f"Stage(32, {one})", SECOND: f"Stage(64, {two})"}
           for one, two in ((1, 2), (2, 2), (3, 2), (1, 1))]),
    Slip("the third stage must be a plain unit, without a mask",
         {LAST: LAST.replace("ResidualUnit(128)", "Stage(128, 1)"),
          WAY3: "x, _ = self.stage3(self.enter3(x))"}),
    Slip("one more unit must follow the one that enters the third stage",
         {LAST: "", WAY3: "x = self.enter3(x)"}, {WAY3: "x = self.enter3(x)"}),
    Slip("one more unit must follow the one that enters the third stage: here are "
         "two",
         {LAST: "self.stage3 = nn.Sequential(ResidualUnit(128), ResidualUnit(128))"}),
    Slip("a plain unit stands where a stage belongs: the first two stages have masks",
         {FIRST: "ResidualUnit(32)", WAY0: "x = mask1 = self.stage1(x)"},
         {SECOND: "ResidualUnit(64)", WAY2: "x = mask2 = self.stage2(self.enter2(x))"}),
    Slip("two stages in a row: each of the first two stages is one Stage",
         {INIT: f"{INIT}; self.more = {FIRST}",
          WAY0: f"{WAY0}; x, mask1 = self.more(x)"},
         {INIT: f"{INIT}; self.more = {SECOND}",
          WAY2: f"{WAY2}; x, mask2 = self.more(x)"}),
    Slip(f"the network goes on with the mask: {GOES_ON.format(1)}",
         {WAY0: TURNED1}, {WAY2: TURNED2}, {WAY0: TURNED1, WAY2: TURNED2}),
    *[Slip(f"a stage's result is not used: {GOES_ON.format(k)}", way) for k, way in (
        (1, {WAY0: "mask1 = self.stage1(x)[1]"}),
        (2, {WAY2: "x = self.enter2(x); mask2 = self.stage2(x)[1]"}))],
    Slip("the mask weighs once, inside the stage: not again here",
         *[{WAY0: f"{WAY0}; x = {by}mask1) * x", WAY2: f"{WAY2}; x = {by}mask2) * x"}
           for by in ("(", "(1 + ")]),
    behind(f"{BARE}no ReLU before the head, which has its own", "self.head(x.relu())"),
    behind(f"{LOGITS_ALONE}, without a softmax", "self.head(x).softmax(1)"),
    behind(f"{LOGITS_ALONE}: nothing comes after the head", *[
        f"self.head(x).{bent}" for bent in ("log_softmax(1)", "sigmoid()", "relu()")]),
    Slip("the number of classes is fixed: the head takes it from the argument",
         {HEAD: "Head(128, 10)"}),
    Slip("the head is a batch norm, a ReLU and a mean before its linear layer: Head "
         "has them all",
         *[{HEAD: "nn.Linear(128, classes)", "self.head(x)": f"self.head({ready})"}
           for ready in ("x.mean((2, 3))", "x.relu().mean((2, 3))")]),
    Slip("forward returns the logits alone, and not the pair",
         {PLAIN: "return self.with_masks(images)"}),
    Slip("forward gives the logits, with_masks(images)[0], and not the masks",
         {PLAIN: 'return self.with_masks(images)[1]["stage 1"]'}),
    Slip("forward must return with_masks(images)[0] as it is",
         {PLAIN: f"{PLAIN}.softmax(1)"}),
    Slip(f"{BOTH}; here are the logits alone",
         {RETURN: "return self.head(x)", PLAIN: "return self.with_masks(images)"}),
    Slip(f"{BOTH}; here are the masks alone",
         {RETURN: f"return {MASKS}",
          PLAIN: f"{WAY1}; {WAY0}; {WAY2}; {WAY3}; return self.head(x)"}),
    Slip(f"{BOTH}, in this order",
         {RETURN: f"return {MASKS}, self.head(x)", PLAIN: PLAIN.replace("0", "1")}),
    Slip(f"{BOTH}; here are three things",
         {RETURN: "return self.head(x), mask1, mask2"}),
    masked(f"{NAMES}; here they come as a pair or a list", "(mask1, mask2)"),
    masked(f"{NAMES}: the keys differ; mind the space", *[
        f'{{"{name}1": mask1, "{name}2": mask2}}' for name in ("stage", "mask")]),
    masked(f"{NAMES}: the keys must be strings", "{1: mask1, 2: mask2}"),
    masked(f"{NAMES}: here one is missing", '{"stage 1": mask1}'),
    masked(f"{NAMES}: here is one more", f"{{**{MASKS}, 'stage 3': x}}"),
    masked("the two masks are swapped", '{"stage 1": mask2, "stage 2": mask1}'),
    masked("one mask stands under both names", *[
        f'{{"stage 1": {mask}, "stage 2": {mask}}}' for mask in ("mask1", "mask2")]),
    *[masked(f"{words}: the masks come as the stages give them",
             f'{{"stage 1": {put.format("mask1")}, "stage 2": {put.format("mask2")}}}')
      for words, put in (
          ("1 is added", "1 + {0}"), ("a mean over channels", "{0}.mean(1, True)"),
          ("the masks are stretched", "F.interpolate({0}, images.shape[-2:])"))],
    Slip("these are the weighted trunks, and not the masks: x, mask1 = self.stage1(x)",
         {WAY0: f"{WAY0}; mask1 = x", WAY2: f"{WAY2}; mask2 = x"}),
)
