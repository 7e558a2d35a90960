"""The table of *The network*: a stem, stages from a list, and a head."""

from __future__ import annotations

import torch  # noqa: F401  (some slips need it)
from torch import Tensor, nn

from resattn_tutorial.checks.chapter07.given import Given, GivenTrial, SmallStem
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import Stage
from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import row_of_units
from resattn_tutorial.models.stem_and_head import CifarStem, Head


class MyNetwork(nn.Module):
    """The solution, and what the slips change."""

    def __init__(
        self, stem: nn.Module, stages: list[Stage], num_classes: int, p: int = 1,
        t: int = 2, r: int = 1,
    ) -> None:
        super().__init__()
        self.stem, self.stages = stem, nn.Sequential()
        before, stride = stem.channels, 1
        for stage in stages:
            self.stages.append(nn.Sequential(
                ResidualUnit(before, stage.channels, stride),
                *row_of_units(stage.channels, stage.enter - 1),
                *[AttentionModule(stage.channels, stage.poolings, p, t, r)
                  for _ in range(stage.modules)],
                *row_of_units(stage.channels, stage.leave),
            ))
            before, stride = stage.channels, 2
        self.head = Head(before, num_classes)
        he_initialise(self)

    def forward(self, images: Tensor) -> Tensor:
        x = self.stages(self.stem(images))
        return self.head(x)


FIRST, ENTER, MODULES, LEAVE = (
    "ResidualUnit(before, stage.channels, stride),",
    "*row_of_units(stage.channels, stage.enter - 1),",
    "*[AttentionModule(stage.channels, stage.poolings, p, t, r)\n"
    "                  for _ in range(stage.modules)],",
    "*row_of_units(stage.channels, stage.leave),",
)
MODULE = "stage.channels, stage.poolings, p, t, r"
START, NEXT = "stem.channels, 1", "before, stride = stage.channels, 2"
WAY, END, HEAD = "self.stages(self.stem(images))", "self.head(x)", "Head(before, num_"
MADE = "stem, nn.Sequential()"

PTR = "hand p, t and r on to every module, in this order, after the poolings"
HALVES = "the unit that enters a stage has stride 2, in every stage but the first"
PLACES = "`enter` units stand before a stage's modules, `leave` units after them"
OWN = "units and modules of a stage are alike, and yet each is one of its own"
STEM = "the stem that is handed over comes first, once, and as it is"
EACH = "every stage of the list is built, in its order"


def order(*parts: str) -> dict[str, str]:
    """Modules and further units in another order."""
    lines = "\n                ".join
    return {lines((ENTER, MODULES, LEAVE)): lines(parts)}


def counts(words: str, *ways: dict[str, str]) -> Slip:
    """Other numbers of units or of modules."""
    return Slip(words, *[
        {old: f"stage.channels, {new})," for old, new in way.items()} for way in ways
    ])


def handed(words: str, *puts: str) -> Slip:
    """What a module is made from."""
    return Slip(words, *[{MODULE: put} for put in puts])


def ended(words: str, *puts: str) -> Slip:
    """Another end."""
    return Slip(words, *[{END: put} for put in puts])


def heads(words: str, put: str) -> Slip:
    """A head of a learner's own, in place of the one that is given."""
    return Slip(words, {
        f"self.head = {HEAD}classes)":
        "self.bn, self.linear = nn.BatchNorm2d(before), nn.Linear(before, num_classes)",
        END: put})


ENTERS, LEAVES = "stage.channels, stage.enter - 1),", "stage.channels, stage.leave),"
SLIPS = (
    counts("the unit that enters is one of `enter`: enter - 1 more follow it",
           {ENTERS: "stage.enter"}),
    counts("`enter` is left out: more than one unit may stand before the modules",
           {ENTERS: "0"}),
    counts("`leave` is left out: units may stand after the modules", {LEAVES: "0"}),
    counts("`enter` and `leave` are left out: a stage may have more units than one",
           {ENTERS: "0", LEAVES: "0"}),
    counts("one unit leaves every stage: `leave` says how many", {LEAVES: "1"}),
    Slip("`enter` and `leave` are swapped", order(
        "*row_of_units(stage.channels, stage.leave),", MODULES,
        "*row_of_units(stage.channels, stage.enter - 1),")),
    Slip(PLACES, order(MODULES, ENTER, LEAVE), order(ENTER, LEAVE, MODULES)),
    Slip("`modules` says how many modules a stage has; it may have none",
         {"range(stage.modules)": "range(1)"},
         {"range(stage.modules)": "range(max(1, stage.modules))"},
         {"range(stage.modules)": "range(stage.modules and 1)"}),
    Slip("all `modules` are built, none less", {
        "range(stage.modules)": "range(stage.modules - 1)"}),
    Slip(HALVES, {START: "stem.channels, 2"}, {NEXT: "before = stage.channels"},
         {START: "stem.channels, 2", NEXT: "before, stride = stage.channels, 1"}),
    Slip("only the second stage halves its map: the stride stays 2 for all that follow",
         {NEXT: "before, stride = stage.channels, 3 - stride"}),
    Slip("the stride is 2 in each later stage: it does not grow",
         {NEXT: "before, stride = stage.channels, 2 * stride"}),
    Slip("the first unit alone halves the map, not every unit that enters", {
        ENTER: "*[ResidualUnit(stage.channels, stage.channels, stride)\n"
               "                  for _ in range(stage.enter - 1)],"}),
    handed(PTR, "stage.channels, stage.poolings", "stage.channels, stage.poolings, p",
           "stage.channels, stage.poolings, p, t",
           "stage.channels, stage.poolings, t, p, r",
           "stage.channels, stage.poolings, r, t, p",
           "stage.channels, stage.poolings, p, r, t"),
    handed("every stage has poolings of its own: stage.poolings",
           "stage.channels, stages[0].poolings, p, t, r",
           "stage.channels, 3, p, t, r", "stage.channels, 1, p, t, r"),
    handed("the module's second argument is the poolings, not the modules",
           "stage.channels, stage.modules, p, t, r"),
    Slip(OWN,
         {MODULES: f"*[AttentionModule({MODULE})] * stage.modules,"},
         {LEAVE: "*[ResidualUnit(stage.channels)] * stage.leave,"},
         {ENTER: "*[ResidualUnit(stage.channels)] * (stage.enter - 1),"}),
    Slip("stages in a plain list are hidden from PyTorch: nn.Sequential or "
         "nn.ModuleList", {MADE: "stem, []",
                           WAY: "nn.Sequential(*self.stages)(self.stem(images))"}),
    Slip(EACH, {"in stages:": "in stages[:-1]:"}, {"in stages:": "in stages[:1]:"},
         {"in stages:": "in stages[1:]:"}, {"in stages:": "in stages[::-1]:"},
         {"in stages:": "in stages[:2]:"}),
    Slip("a stage without modules is built, too: its units change channels and size",
         {"in stages:": "in [stage for stage in stages if stage.modules]:"}),
    Slip(STEM, {MADE: "CifarStem(), nn.Sequential()", START: "16, 1"},
         {WAY: "self.stages(self.stem(images).relu())"},
         {WAY: "self.stages(self.stem(images.relu()))"}),
    Slip("the stem comes first: self.stem(images)", {WAY: "self.stages(images)"}),
    Slip("images are 0 to 255 or normalised already: the network changes nothing in "
         "them", {WAY: "self.stages(self.stem(images / 255))"}),
    Slip("logits come out, without a softmax", *[
        {END: f"self.head(x).{way}(1)"} for way in ("softmax", "log_softmax")],
        {END: "self.head(x).sigmoid()"}),
    ended("the head takes the last stage's map as it is", "self.head(x.relu())",
          "self.head(x / 2)"),
    heads("batch norm and ReLU stand before the mean: the last map is a raw sum",
          "self.linear(self.bn(x).mean((2, 3)))"),
    heads("the head takes the mean over all positions, after the ReLU",
          "self.linear(self.bn(x).relu().amax((2, 3)))"),
    heads("the ReLU stands before the mean, not after it",
          "self.linear(self.bn(x).mean((2, 3)).relu())"),
    Slip("the head is batch norm, ReLU, the mean and a linear layer: Head has them all",
         {f"self.head = {HEAD}classes)": "self.head = nn.Linear(before, num_classes)",
          END: "self.head(x.mean((2, 3)))"}),
    Slip("the head is missing: logits (N, num_classes) come out",
         {END: "x", f"self.head = {HEAD}classes)": "pass"}, {END: "x"},
         {END: "x.mean((2, 3))"}),
    Slip("as many logits as classes come out: num_classes",
         {f"{HEAD}classes": "Head(before, 10"},
         {f"{HEAD}classes": "Head(before, 1000"}),
    Slip("a ReLU between two stages: each unit begins with its own",
         {"stage.leave),\n            ))": "stage.leave), nn.ReLU(),\n            ))"}),
    Slip("the unit that enters takes the channels of what comes before it: the stem's "
         "first, then the last stage's", {NEXT: "stride = 2"}, {START: "16, 1"},
         {START: "stages[0].channels, 1"}),
    Slip("the head takes the channels of the last stage",
         {HEAD: "Head(stem.channels, num_"}, {HEAD: "Head(stages[0].channels, num_"}),
)


def given(stem: type[nn.Module], *stages: Stage) -> tuple[Given, Given]:
    """A stem and a list, new for each network."""
    return Given("stem", stem), Given("stages", lambda: list(stages))


NETWORK = Table(
    title="The network",
    usage="MyNetwork(stem, stages, num_classes, p, t, r)",
    reference=MyNetwork,
    cases=(
        Case((*given(SmallStem, Stage(8, 2, 1, leave=2), Stage(16, enter=3)), 5),
             shape=(3, 7, 6)),
        Case((*given(SmallStem, Stage(8, 1, 1)), 3, 2, 1, 3),
             "p, t and r reach the modules", (3, 6, 5)),
        Case((*given(CifarStem, Stage(8), Stage(4, 1, 2, 2), Stage(8, leave=1)), 4),
             "another stem and another list work too", (3, 8, 8)),
    ),
    slips=SLIPS,
    trial=GivenTrial(),
    facts={
        "layers": "the layers are those of the stem, the stages and the head",
        "shape": "(N, num_classes) comes out",
        "training": "the logits are those of the network that the list describes",
    },
    errors={
        "has no attribute": "a part is used that __init__ did not keep as self.name",
        "channels": "the unit that enters takes the channels of what comes before it",
    },
    pairs=30,
)
