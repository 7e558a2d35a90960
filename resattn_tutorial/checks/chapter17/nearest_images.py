"""The table of *Seen before*."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter17.nearest_slips import KEEPDIM, NEAR, PLACE, SLIPS
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table

ROUNDING = 2e-3    # a distance below it is 0: the root of what float32 leaves of twins


def nearest(training: Tensor, validation: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    rows = []
    for images in (training, validation):
        values = images.flatten(1)
        values = values - values.mean(dim=1, keepdim=True)
        rows.append(values / values.std(dim=1, keepdim=True, correction=0))
    apart = rows[1][:, None] - rows[0][None]
    distance = apart.square().mean(dim=2).sqrt()
    return distance.min(dim=1).values


def read(report: Report, came: Any) -> Tensor:
    """A number for each image, of any floating type."""
    if isinstance(came, tuple) and hasattr(came, "values"):
        refuse(report, "values and indices came back, both",
               "min over an axis gives both: .values are the distances")
    if came is None:
        refuse(report, "a tensor must come back, got None",
               "the function ends without a return")
    if not isinstance(came, Tensor):
        refuse(report, f"a tensor must come back, got {kind(came)}",
               "return one tensor: torch.stack or torch.tensor makes it of a list, "
               "torch.from_numpy of an array")
    if not came.is_floating_point():
        refuse(report, f"distances must come back, got {came.dtype}",
               NEAR if came.dtype == torch.bool else PLACE)
    came = came.float()
    return torch.where(came.abs() < ROUNDING, 0.0, came)


class NearestTrial(FunctionTrial):
    """A function that gives a distance for each validation image."""

    def diagnose(self, found: dict, right: dict) -> str | None:
        """See :class:`~.table.Trial`."""
        mine, true = found.get("value"), right["value"]
        if mine is None:
            return None
        if mine.shape == (len(true), 1):
            return KEEPDIM
        if mine.dim() == 2:
            return "a distance of each pair came back: the smallest one is asked for"
        if mine.shape != true.shape:
            return "one distance for each validation image comes back, in their order"
        if mine.isnan().any():
            return (
                "a number below 0 has no root: square the differences first. Where "
                "2 - 2 r stands for their mean, .clamp(min=0): rounding can leave a "
                "twin a little below 0"
            )
        return NEAR if set(mine.tolist()) == {0.0, 1.0} else None


def photographs(
    count: int, size: int, seed: int, moved: tuple[float, ...]
) -> tuple[Tensor, Tensor]:
    """Training images, and as many others as there are steps: image k of them is one of
    the training images in another light, changed by that much.
    """
    draw = torch.Generator().manual_seed(seed)
    training = 40 + 150 * torch.rand(count, 3, size, size, generator=draw)
    training *= torch.tensor([1.0, 0.8, 0.5]).roll(seed)[:, None, None]
    noise = torch.randn(len(moved), 3, size, size, generator=draw)
    chosen = torch.randperm(count, generator=draw)[: len(moved)]
    light = torch.linspace(0.4, 1.5, len(moved))[:, None, None, None]
    change = torch.tensor(moved)[:, None, None, None]
    others = training[chosen]
    return training, light * (others + change * others.std() * noise) + 20 * light


def negative() -> tuple[Tensor, Tensor]:
    """One training image, and its negative."""
    image = photographs(1, 4, 1, (0.0,))[0]
    return image, 255 - image


TWO = torch.tensor([[0.0, 1, 2, 3, 4, 5], [5, 0, 4, 1, 3, 2]]).view(2, 3, 1, 2)
NEAREST_IMAGES = Table(
    title="Seen before",
    usage="nearest(training, validation)",
    reference=nearest,
    cases=(
        Case(photographs(12, 6, 0, (0.2, 0.1, 0.45, 0.3, 1.5, 0.6, 0.9)),
             "each distance is that to the nearest of twelve training images"),
        Case(photographs(3, 9, 2, (0.7, 0.2)),
             "so it is with three of them, and larger images"),
        Case((TWO, 7 + 3 * TWO[:1]),
             "a brighter photograph is the same one: its distance is 0"),
        Case(negative(), "an image and its negative are as far apart as can be, 2"),
    ),
    slips=SLIPS,
    trial=NearestTrial(read=read),
    errors={
        "must match the size": "two sizes that do not go together: the means and "
        "deviations of rows need keepdim=True; and each validation image meets every "
        "training image by [:, None] and [None]",
        "Dimension out of range": "flatten(1) makes a row of each image; flatten() "
        "would make one row of all",
        "could not infer output dtype": "bytes have no mean: .float() first",
        "not implemented for 'Byte'": "bytes have no root: .float() first",
    },
    fixed=False,
    otherwise="print the distance of one validation image to each training image, and "
    "work one of them out by hand",
    pairs=800,
)
