"""The table of *Stretch and rejoin*."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter02.map_slips import (
    BILINEAR,
    EDGES,
    MODES,
    sampled,  # noqa: F401  (a slip needs it)
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def rejoin(below: Tensor, skip: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    size = skip.shape[-2:]
    up = F.interpolate(below, size=size, mode="bilinear", align_corners=True)
    return skip + up


UP = f"F.interpolate(below, size=size, {BILINEAR})"
SIZE = "skip.shape[-2:]"
SUM = "skip + up"
SMALL = UP.replace("below", "skip").replace("size=size", "size=below.shape[-2:]")

FROM_SKIP = (
    "below is to be stretched to skip's height and width, in this order: "
    "size=skip.shape[-2:]; a factor of 2 misses odd sizes"
)
WHOLE = "size takes height and width alone: skip.shape[-2:]"


def joined(words: str, *puts: str) -> Slip:
    """Something else than the sum."""
    return Slip(words, *[{SUM: put} for put in puts])


def sized(words: str, *puts: str) -> Slip:
    """Another size than skip's."""
    return Slip(words, *[{SIZE: put} for put in puts])


SLIPS = (
    *[Slip(words, *[{BILINEAR: put} for put in puts]) for words, puts in MODES],
    Slip(EDGES, *[{UP: f"sampled(below, size, '{padding}')"}
                  for padding in ("zeros", "border")]),
    joined("concatenation: the two are added, channel by channel",
           *[f"torch.cat([{pair}], {axis})" for pair in ("skip, up", "up, skip")
             for axis in (1, 2, 3)]),
    joined("a product: the two are added, nothing else", "skip * up",
           "skip * (1 + up)", "(1 + skip) * up"),
    joined("no sum: this is the stretched map alone; add skip", "up"),
    joined("no sum: this is skip alone; add the stretched map", "skip"),
    joined("no sum: this is the input below as it came", "below"),
    joined("the wrong one is stretched: skip keeps its size, below comes up to it",
           f"{SMALL} + below", "F.interpolate(skip, size=below.shape[-2:]) + below"),
    Slip("the sum comes before the stretch: skip keeps its size and all its pixels",
         {UP: UP.replace("below", f"below + {SMALL}", 1), SUM: "up"}),
    joined("a mean: the plain sum is wanted", "(skip + up) / 2"),
    joined("a difference: the plain sum is wanted", "skip - up", "up - skip"),
    joined("a maximum: the plain sum is wanted", "torch.maximum(skip, up)"),
    joined("a ReLU: the plain sum is wanted, with its sign", "F.relu(skip + up)",
           "skip + F.relu(up)", "F.relu(skip) + F.relu(up)"),
    joined("a sigmoid: the plain sum is wanted", "skip + torch.sigmoid(up)",
           "torch.sigmoid(skip + up)", "skip * torch.sigmoid(up)"),
    joined("skip is added twice", "skip + skip + up"),
    joined("below is added twice", "skip + up + up"),
    sized(FROM_SKIP, "(2 * below.shape[-2], 2 * below.shape[-1])", "(8, 12)",
          "(skip.shape[-1], skip.shape[-2])", "skip.shape[-1]"),
    Slip(FROM_SKIP, {UP: "below"}, *[
        {"size=size": "scale_factor=2", SUM: put} for put in (
            "skip[..., :up.shape[2], :up.shape[3]] + up[..., :size[0], :size[1]]",
            "skip + F.pad(up, (0, size[1] - up.shape[3], 0, size[0] - up.shape[2]))")]),
    Slip("height and width are swapped: size is (H, W); and there is no sum",
         {SIZE: "(skip.shape[-1], skip.shape[-2])", SUM: "up"}),
    sized(WHOLE, "skip.shape"),
)
REJOIN = Table(
    title="Stretch and rejoin",
    usage="rejoin(below, skip)",
    reference=rejoin,
    cases=tuple(
        Case(tuple(torch.randn(size, generator=torch.Generator().manual_seed(k))
                   for k, size in enumerate(sizes)), fact)
        for fact, *sizes in (
            ("4 x 6 is stretched to 8 x 12 and added to skip",
             (2, 3, 4, 6), (2, 3, 8, 12)),
            ("4 x 3 comes up to 9 x 7: odd sizes work", (2, 3, 4, 3), (2, 3, 9, 7)),
            ("1 x 2 comes up to 5 x 3: skip sets the size",
             (1, 2, 1, 2), (1, 2, 5, 3)),
            ("where the sizes are equal it is the plain sum",
             (1, 2, 4, 4), (1, 2, 4, 4)),
        )
    ),
    slips=SLIPS,
    trial=FunctionTrial(gradient=True, dtype=True),
    errors={"Input and output must have the same number": WHOLE,
            "must match the size": FROM_SKIP},
)
