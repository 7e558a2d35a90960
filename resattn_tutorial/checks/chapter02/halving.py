"""The table of *Halve a map*."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter02.map_slips import POOLINGS
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def halve(x: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    return F.max_pool2d(x, 3, stride=2, padding=0, ceil_mode=True)


POOLING = "F.max_pool2d(x, 3, stride=2, padding=0, ceil_mode=True)"
CEIL = "ceil_mode=True"


def negative(*size: int) -> Tensor:
    """A map, mostly below zero: then zeros past the border would win."""
    draw = torch.Generator().manual_seed(len(size) + size[-1])
    return torch.randn(size, generator=draw) - 1


HALVE = Table(
    title="Halve a map",
    usage="halve(x)",
    reference=halve,
    cases=(
        Case((negative(2, 3, 8, 12),),
             "8 x 12 becomes 4 x 6, each value the max of a 3 x 3 window"),
        Case((negative(2, 4, 9, 10),), "9 x 10 becomes 4 x 5: odd sizes work"),
        Case((negative(1, 5, 2, 3),),
             "2 x 3 becomes 1 x 1: the border may cut a window"),
    ),
    slips=(
        *[Slip(words, *[{POOLING: put} for put in puts]) for words, puts in POOLINGS],
        Slip("a window of 4x4 or 5x5: it is 3x3", *[
            {POOLING: f"F.max_pool2d(x, {rest})"} for rest in (
                "4, 2", "4, 2, ceil_mode=True", "4, 2, padding=1", "5, 2, padding=2",
                "5, 2, padding=1, ceil_mode=True")]),
        Slip("ceil mode is needed for height and width alike: keep ceil_mode=True",
             *[{CEIL: f"ceil_mode=x.shape[{axis}] % 2 == 0"} for axis in (-1, -2)]),
        Slip("the first image alone is pooled: the number of images stays",
             {POOLING: POOLING.replace("x,", "x[:1],")}),
    ),
    trial=FunctionTrial(gradient=True, dtype=True),
    errors={
        "Output size is too small": "a small map loses its only window: ceil_mode=True "
        "keeps it, for height and width alike",
        "is invalid for input of size": "a size is fixed in the code, or only even "
        "sizes were considered",
    },
)
