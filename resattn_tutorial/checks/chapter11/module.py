"""The table of *The module*: chapter 6's wiring as a class."""

from __future__ import annotations

import torch  # noqa: F401  (a slip needs it)
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.unit_slips import ERRORS
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch


class MyModule(nn.Module):
    """The solution, and what the slips change."""

    def __init__(self, channels: int, poolings: int) -> None:
        super().__init__()
        self.before = ResidualUnit(channels)
        self.trunk = nn.Sequential(ResidualUnit(channels), ResidualUnit(channels))
        self.mask = SoftMaskBranch(channels, poolings)
        self.after = ResidualUnit(channels)

    def forward(self, x: Tensor) -> Tensor:
        x = self.before(x)
        trunk, mask = self.trunk(x), self.mask(x)
        return self.after(trunk + mask * trunk)


SUM = "trunk + mask * trunk"
BOTH = "trunk, mask = self.trunk(x), self.mask(x)"
SPLIT = f"x = self.before(x)\n        {BOTH}"
TRUNK = "nn.Sequential(ResidualUnit(channels), ResidualUnit(channels))"
SLIPS = (
    Slip("the plain product forgets the trunk: (1 + mask) * trunk",
         {SUM: "mask * trunk"}),
    Slip("the mask is added; it weighs the trunk", {SUM: "trunk + mask"}),
    Slip("the mask weighs the trunk's end, and not what came in",
         {SUM: "trunk + mask * x"}, {SUM: "x + mask * trunk"}),
    Slip("the unit's x is added besides; the trunk's units have their sums already",
         {SUM: f"x + {SUM}"}),
    Slip("the mask is not used", {SUM: "trunk"}),
    Slip("the trunk is not used", {SUM: "x + mask * x"}),
    Slip("the mask must start from the first unit's output",
         {SPLIT: "mask = self.mask(x); x = self.before(x); trunk = self.trunk(x)"}),
    Slip("the trunk must start from the first unit's output",
         {SPLIT: "trunk = self.trunk(x); x = self.before(x); mask = self.mask(x)"}),
    Slip("the mask must stand beside the trunk, not after it",
         {BOTH: "trunk = self.trunk(x); mask = self.mask(trunk)"}),
    Slip("the unit before the split is left out", {"x = self.before(x)": "pass"}),
    Slip("the unit after the merge is left out",
         {f"self.after({SUM})": SUM}),
    Slip("the unit after the merge reads the trunk: it must read the sum",
         {f"self.after({SUM})": "self.after(trunk) * (1 + mask)"}),
    Slip("the trunk must have two units", {TRUNK: "ResidualUnit(channels)"},
         {TRUNK: TRUNK[:-1] + ", ResidualUnit(channels))"}),
    Slip("each place must have a unit of its own", {
        "self.after = ResidualUnit(channels)": "self.after = self.before"}),
    Slip("a ReLU stands after the merge; each unit begins with its own",
         {f"self.after({SUM})": f"self.after(torch.relu({SUM}))"}),
)
MODULE = Table(
    title="The module",
    usage="MyModule(channels, poolings)",
    reference=MyModule,
    cases=(
        Case((8, 2), shape=(8, 9, 7)),
        Case((8, 1), "one pooling works too", (8, 6, 6)),
    ),
    slips=SLIPS,
    trial=ModuleTrial(),
    facts={
        "layers": "four units and a mask",
        "shape": "the result has the shape of x",
        "training": "before, trunk and mask, (1 + mask) * trunk, after",
    },
    errors={"has no attribute": ERRORS["has no attribute"]},
    pairs=30,
)
