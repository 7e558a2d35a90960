"""The table of *The attention module*: its parts, made and joined."""

from __future__ import annotations

import torch  # noqa: F401  (some slips need it)
from torch import Tensor, nn

from resattn_tutorial.checks.chapter06.two_doors import TwoDoorsTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit  # noqa: F401  (so do they)
from resattn_tutorial.models.soft_mask import SoftMaskBranch, row_of_units


class MyModule(nn.Module):
    """The solution, and what the slips change."""

    def __init__(
        self, channels: int, poolings: int, p: int = 1, t: int = 2, r: int = 1
    ) -> None:
        super().__init__()
        self.before = row_of_units(channels, p)
        self.trunk = row_of_units(channels, t)
        self.mask = SoftMaskBranch(channels, poolings, r)
        self.after = row_of_units(channels, p)

    def forward(self, x: Tensor) -> Tensor:
        return self.with_mask(x)[0]

    def with_mask(self, x: Tensor) -> tuple[Tensor, Tensor]:
        start = x  # noqa: F841  (some slips read it)
        x = self.before(x)
        mask = self.mask(x)
        trunk = self.trunk(x)
        y = (1 + mask) * trunk
        return self.after(y), mask


SUM = "(1 + mask) * trunk"
END, BOTH = "self.after(y)", "self.after(y), mask"
BEFORE, TRUNK, AFTER = (
    f"self.{name} = row_of_units(channels, {count})"
    for name, count in (("before", "p"), ("trunk", "t"), ("after", "p"))
)
READS, WEIGHS, WORKS = "x = self.before(x)", "self.mask(x)", "self.trunk(x)"
DOOR = "self.with_mask(x)[0]"
MASK = "SoftMaskBranch(channels, poolings, r)"

RAW = "the map at the split goes on raw, with no ReLU on it"
OWN = "each place has units of its own: make them anew, one by one"
P_AFTER = "as many units follow the merge as stand before the split: p, not {}"
FIXED = "{} is an argument, and not always {}"


def merges(words: str, *puts: str) -> Slip:
    """Mask and trunk joined in another way."""
    return Slip(words, *[{SUM: put} for put in puts])


def rows(words: str, *ways: dict[str, str]) -> Slip:
    """Rows of other lengths: from the row to what its length becomes."""
    return Slip(words, *[
        {row: f"{row.rpartition(' ')[0]} {count})" for row, count in way.items()}
        for way in ways
    ])


SLIPS = (
    merges("mask * trunk is naive attention: the trunk itself is lost", "mask * trunk"),
    merges("mask and trunk are added: the mask has to multiply", "mask + trunk",
           "1 + mask + trunk"),
    merges("the brackets: 1 + mask * trunk multiplies first", "1 + mask * trunk"),
    merges("the sign: 1 + mask is meant", "(1 - mask) * trunk"),
    merges("the 1 stands for the trunk's end, not for what went into the trunk",
           "x + mask * trunk", "start + mask * trunk"),
    merges("the mask weighs what went into the trunk: weigh the trunk's end",
           "(1 + mask) * x", "trunk + mask * x"),
    merges("the trunk comes in twice: 1 + mask has it once", "(2 + mask) * trunk"),
    merges("a shortcut too many: the units have theirs inside them",
           f"x + {SUM}", f"start + {SUM}"),
    Slip("a shortcut around the module: the units have theirs inside them",
         {END: "start + self.after(y)"}, {END: "x + self.after(y)"}),
    merges("a second sigmoid: the mask comes finished", "(1 + mask.sigmoid()) * trunk"),
    merges("trunk and mask are swapped", "(1 + trunk) * mask"),
    merges("the mask has no effect on the output", "trunk", "2 * trunk"),
    merges("the trunk has no effect on the output", "mask", "(1 + mask) * mask"),
    merges("each value of the mask weighs its own value of the trunk: take no mean",
           *[f"(1 + mask.mean({axes}, True)) * trunk" for axes in ("1", "(2, 3)")]),
    Slip("the mask starts at the split, after the first p units",
         {WEIGHS: "self.mask(start)"}),
    Slip("the trunk starts at the split, after the first p units",
         {WORKS: "self.trunk(start)"}),
    Slip("the mask stands beside the trunk, and does not read its end",
         {"mask = self.mask(x)\n        trunk = self.trunk(x)":
          "trunk = self.trunk(x)\n        mask = self.mask(trunk)"}),
    Slip("the trunk stands beside the mask, and does not read it",
         {WORKS: "self.trunk(mask)"}, {WORKS: "self.trunk(mask * x)"}),
    Slip("the first p units are made and never run", {READS: "pass"}),
    Slip("the last p units are made and never run", {END: "y"}),
    Slip("the first p units stand before the split, and nowhere else: the last p run "
         "after the merge", {END: "self.before(y)"}),
    Slip("the last p units alone follow the merge, without those of the trunk",
         {END: "self.after(self.trunk(y))"}),
    Slip("the last p units follow the merge: they do not belong to the trunk",
         {WORKS: "self.after(self.trunk(x))", END: "y"}),
    Slip("the merge goes on raw: no ReLU on it, nor on the trunk's end",
         {END: "self.after(torch.relu(y))"}),
    Slip(RAW, {READS: "x = torch.relu(self.before(x))"},
         {WEIGHS: "self.mask(torch.relu(x))"}),
    Slip("a batch norm too many: the merge goes on as it is",
         *[{AFTER: f"{AFTER}; self.norm = nn.BatchNorm2d(channels)", **way} for way in (
             {END: "self.after(self.norm(y))"}, {WORKS: "self.norm(self.trunk(x))"},
             {END: "self.norm(self.after(y))"})]),
    Slip("a ReLU at the end: the module's sum goes on raw",
         {END: "torch.relu(self.after(y))"}),
    rows(P_AFTER.format("one"), {AFTER: "1"}),
    rows(P_AFTER.format("none"), {AFTER: "0"}),
    rows(P_AFTER.format("t"), {AFTER: "t"}),
    rows("p units stand before the split, not one", {BEFORE: "1"}),
    rows(FIXED.format("p", "1"), {BEFORE: "1", AFTER: "1"}),
    rows(FIXED.format("t", "2"), {TRUNK: "2"}),
    rows(FIXED.format("p, t and r", "1, 2 and 1"),
         {BEFORE: "1", TRUNK: "2", AFTER: "1"}),
    rows("p and t are swapped: t units make the trunk, p stand outside it",
         {BEFORE: "t", TRUNK: "p", AFTER: "t"}),
    rows("t units make the trunk, not p", {TRUNK: "p"}),
    rows("the units of p stand outside the trunk: it has t, and no more",
         {TRUNK: "p + t"}, {TRUNK: "2 * p + t"}),
    Slip("r is the mask's: hand it on to SoftMaskBranch",
         {MASK: "SoftMaskBranch(channels, poolings)"}),
    Slip("p or t is handed to the mask: it asks for poolings and r",
         {MASK: "SoftMaskBranch(channels, poolings, p)"},
         {MASK: "SoftMaskBranch(channels, poolings, t)"}),
    Slip("poolings is an argument: hand it on to SoftMaskBranch",
         {MASK: "SoftMaskBranch(channels, 2, r)"},
         {MASK: "SoftMaskBranch(channels, 1, r)"}),
    Slip("poolings comes before r", {MASK: "SoftMaskBranch(channels, r, poolings)"}),
    Slip(OWN, {AFTER: "self.after = self.before"},
         {BEFORE: "self.before = nn.Sequential(*[ResidualUnit(channels)] * p)"},
         {TRUNK: "self.trunk = nn.Sequential(*[ResidualUnit(channels)] * t)"}),
    Slip("a plain list hides its units from PyTorch: nn.Sequential or nn.ModuleList",
         *[{row: row.replace("row", "list(row") + ")", run: run.replace(
             f"self.{name}(", f"nn.Sequential(*self.{name})(")}
           for name, row, run in (("trunk", TRUNK, WORKS), ("after", AFTER, END))]),
    Slip("the first p units run twice: keep what they give in a variable",
         {WORKS: "self.trunk(self.before(start))"}),
    Slip("the trunk runs twice: keep what it gives in a variable",
         {SUM: "self.trunk(x) + mask * trunk"}),
    Slip("the mask runs twice: keep it in a variable",
         {BOTH: "self.after(y), self.mask(x)"}),
    Slip("with_mask returns two things, the output and the mask",
         {BOTH: "self.after(y)", DOOR: "self.with_mask(x)"}),
    Slip("the output comes first, then the mask",
         {BOTH: "mask, self.after(y)", DOOR: "self.with_mask(x)[1]"}),
    Slip("forward returns the output alone: with_mask(x)[0]",
         {DOOR: "self.with_mask(x)"}),
    Slip("forward returns the output, and not the mask", {DOOR: "self.with_mask(x)[1]"},
         {BOTH: "mask, self.after(y)"}),
    Slip("the mask itself comes back, as it leaves its branch: between 0 and 1",
         {BOTH: "self.after(y), 1 + mask"}, {BOTH: "self.after(y), mask * trunk"},
         {BOTH: "self.after(y), mask.mean(1, keepdim=True)"}),
    Slip("what comes back beside the output is the mask", {BOTH: "self.after(y), y"},
         {BOTH: "self.after(y), trunk"}),
    Slip("with_mask's output is the module's, the last p units included",
         {BOTH: "y, mask", DOOR: "self.after(self.with_mask(x)[0])"}),
)
MODULE = Table(
    title="The attention module",
    usage="MyModule(channels, poolings, p, t, r)",
    reference=MyModule,
    cases=(
        Case((8, 1, 2, 3, 2), shape=(8, 6, 5)),
        Case((8, 2), "without p, t and r it is the module of 1, 2, 1", (8, 6, 8)),
        Case((4, 1, 2, 1, 1), "other p, t and r work too", (4, 5, 5)),
    ),
    slips=SLIPS,
    trial=TwoDoorsTrial(),
    facts={
        "layers": "p + t + p units, and a mask",
        "shape": "the output has the shape of x",
        "training": "the output is that of the module as drawn",
    },
    errors={
        "attribute 'with_mask'": "the class needs two methods: forward(x) gives the "
        "output, with_mask(x) output and mask",
        "has no attribute": "a part is used that __init__ did not keep as self.name",
    },
    pairs=30,
)
