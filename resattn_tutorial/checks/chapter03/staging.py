"""The table of *A stage*."""

from __future__ import annotations

import torch  # noqa: F401  (a slip needs it)
from torch import Tensor, nn

from resattn_tutorial.checks.chapter03.stage_trial import NO_PAIR, PAIR, StageTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch


class MyStage(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.trunk = nn.Sequential(ResidualUnit(channels), ResidualUnit(channels))
        self.mask = SoftMaskBranch(channels, poolings)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        trunk = self.trunk(x)
        mask = self.mask(x)
        return (1 + mask) * trunk, mask


INIT = "super().__init__()"
UNIT = "ResidualUnit(channels)"
TRUNK = f"nn.Sequential({UNIT}, {UNIT})"
MASK = "SoftMaskBranch(channels, poolings)"
T, M = "trunk = self.trunk(x)", "mask = self.mask(x)"
WEIGHED = "(1 + mask) * trunk"
PAIRED = f"return {WEIGHED}, mask"
ORDER = "the pair's order: the weighted trunk first, the mask second"
AS_IT_CAME = "the second of the pair is the mask as it came, between 0 and 1"
BESIDE = "the mask stands beside the trunk: both read x"
ENTER = "the unit above the fork belongs to the network: a stage begins at the fork"
ALL = "the first of the pair is (1 + mask) * trunk, and nothing else"
TWO = "the trunk is two residual units, one after the other"


def given(words: str, *puts: str) -> Slip:
    """Another pair, or none."""
    return Slip(words, *[{PAIRED: f"return {put}"} for put in puts])


def weighed(words: str, *puts: str) -> Slip:
    """Something else than the weighted trunk."""
    return Slip(words, *[{WEIGHED: put} for put in puts])


SLIPS = (
    weighed("the plain product loses the trunk where the mask is 0: (1 + mask) * trunk",
            "mask * trunk"),
    weighed("the mask is added; it has to be multiplied", "mask + trunk"),
    weighed("the trunk itself is missing: (1 + mask) multiplies the trunk, and not x",
            "(1 + mask) * x"),
    weighed("the mask weights what leaves the trunk, and x is no part of the merge",
            "trunk + mask * x", "x + mask * trunk", "x + (1 + mask) * trunk"),
    weighed("1 - mask: where the mask says 1 the trunk is doubled", "(1 - mask) * trunk"
            ),
    weighed("the trunk comes twice: (1 + mask) * trunk holds it already",
            "trunk + (1 + mask) * trunk"),
    weighed("brackets: 1 + mask * trunk adds 1 to each value; it is (1 + mask) * trunk",
            "1 + mask * trunk"),
    weighed("a second sigmoid or tanh: the branch ends on a sigmoid already",
            "(1 + torch.sigmoid(mask)) * trunk", "(1 + torch.tanh(mask)) * trunk"),
    weighed("a mean over the mask's channels: each channel has its own weights",
            "(1 + mask.mean(1, keepdim=True)) * trunk"),
    weighed(f"a ReLU: {ALL}", "torch.relu((1 + mask) * trunk)"),
    weighed("the trunk alone: it has to be multiplied by (1 + mask)", "trunk"),
    given(ORDER, "mask, (1 + mask) * trunk"),
    given(AS_IT_CAME, "(1 + mask) * trunk, 1 + mask",
          "(1 + mask) * trunk, mask * trunk",
          "(1 + mask) * trunk, torch.sigmoid(mask)",
          "(1 + mask) * trunk, mask.mean(1, keepdim=True).expand_as(mask)"),
    Slip(f"{AS_IT_CAME}: here 1 was added to it in place",
         {WEIGHED: "mask.add_(1) * trunk"}, {WEIGHED: "mask.mul_(trunk) + trunk"}),
    given(f"{AS_IT_CAME}, not the trunk", "(1 + mask) * trunk, trunk"),
    given("the first of the pair must be the weighted trunk, not the trunk or the mask",
          "mask, mask"),
    given(f"the mask is missing: {PAIR}", "(1 + mask) * trunk"),
    given(f"three tensors: {PAIR}", "(1 + mask) * trunk, trunk, mask"),
    given(f"one tensor of both: {PAIR}", "torch.cat([(1 + mask) * trunk, mask], 1)",
          "torch.stack([(1 + mask) * trunk, mask])"),
    given(f"a dictionary: {PAIR}", '{"weighed": (1 + mask) * trunk, "mask": mask}'),
    given("the mask is cut off from the graph: it learns through the merge",
          "(1 + mask.detach()) * trunk, mask"),
    Slip(f"{BESIDE}, and not what leaves the trunk", {M: "mask = self.mask(trunk)"}),
    Slip(f"{BESIDE}, and not the mask", {T: f"{M}; trunk = self.trunk(mask)"}),
    Slip(f"{BESIDE}; here the trunk reads x times the mask",
         {T: f"{M}; trunk = self.trunk(x * mask)"},
         {T: f"{M}; trunk = self.trunk((1 + mask) * x)"}),
    Slip(f"{BESIDE}; here the mask reads what the first unit gives",
         {M: "mask = self.mask(self.trunk[0](x))"}),
    Slip(f"{TWO}: here is one", {TRUNK: UNIT}, {T: "trunk = self.trunk[0](x)"}),
    Slip(f"{TWO}: here are three", {TRUNK: f"nn.Sequential({UNIT}, {UNIT}, {UNIT})"}),
    Slip(f"{TWO}: one is used twice",
         {TRUNK: f"nn.Sequential(*2 * [{UNIT}])"},
         {T: "trunk = self.trunk[0](self.trunk[0](x))"}),
    Slip(f"{TWO}: here they stand side by side",
         {T: "trunk = self.trunk[0](x) + self.trunk[1](x)"}),
    Slip(f"{TWO}: here is none, and the mask multiplies x",
         {T: "trunk = x", TRUNK: "nn.Identity()"}),
    Slip("the trunk's units begin with a ReLU of their own: none stands between",
         {TRUNK: f"nn.Sequential({UNIT}, nn.ReLU(), {UNIT})"}),
    Slip("the trunk must keep its size: no unit may have a stride",
         {TRUNK: f"nn.Sequential({UNIT}, ResidualUnit(channels, channels, 2))"}),
    Slip(f"{ENTER}; here it is made and used", {
        INIT: f"{INIT}; self.enter = {UNIT}", T: f"x = self.enter(x); {T}"},
         {INIT: f"{INIT}; self.enter = {UNIT}", M: "mask = self.mask(self.enter(x))"}),
    Slip("no unit may follow the merge in this stage",
         {INIT: f"{INIT}; self.leave = {UNIT}",
          PAIRED: f"return self.leave({WEIGHED}), mask"}),
    Slip("poolings: the mask has as many as the argument says",
         *[{MASK: f"SoftMaskBranch(channels{rest})"}
           for rest in (", 1", ", 2", ", 3", ", poolings + 1", ", poolings - 1")]),
    Slip("one unit must stand between two poolings: SoftMaskBranch(channels, poolings)",
         {MASK: "SoftMaskBranch(channels, poolings, 2)"}),
    Slip("the mask must end on its sigmoid, SoftMaskBranch(channels, poolings)",
         {MASK: "SoftMaskBranch(channels, poolings, 1, torch.tanh)"},
         {MASK: "SoftMaskBranch(channels, poolings, 1, torch.relu)"}),
    Slip("two masks: there is one",
         {INIT: f"{INIT}; self.other = {MASK}",
          WEIGHED: "(1 + mask) * (1 + self.other(x)) * trunk"},
         {INIT: f"{INIT}; self.other = {MASK}",
          PAIRED: f"return {WEIGHED}, self.other(x)"}),
)
STAGE = Table(
    title="A stage",
    usage="MyStage(channels, poolings)",
    reference=MyStage,
    cases=(
        Case((8, 2), shape=(8, 9, 14)),
        Case((4, 1), "4 channels and one pooling work too", (4, 6, 7)),
        Case((8, 3), "three poolings work too", (8, 10, 8)),
    ),
    slips=SLIPS,
    trial=StageTrial(),
    facts={
        "layers": "it holds two units and a mask branch",
        "shape": "both tensors have the shape of x",
        "training": "it gives (1 + mask) * trunk, and the mask",
    },
    errors={
        NO_PAIR: PAIR,
        "has no attribute": "forward uses a layer that __init__ did not keep as "
        "self.name",
    },
    pairs=40,
)
