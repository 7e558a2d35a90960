"""The checks of chapter 2: a pooling, a measurement, a rejoining and a mask."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter02.measuring import INFLUENCE
from resattn_tutorial.checks.chapter02.one_pooling import MASK
from resattn_tutorial.checks.engine.map_forms import (
    halved,
    pooling_forms,
    rejoin_forms,
    stretched,
)
from resattn_tutorial.checks.engine.probe import (
    ask,
    require_gradient,
    require_same,
    require_steady,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.checks.engine.table import checked

ONE_SIZE = "a size is fixed inside, or only even sizes were thought of"
FROM_SKIP = "take the size from skip.shape[-2:]; a factor of 2 misses odd sizes"
UNEQUAL = {
    "must match the size": "below is to be stretched to skip's height and width, in "
    "this order: size=skip.shape[-2:]",
    "Input and output must have the same number": "size takes height and width alone: "
    "skip.shape[-2:]",
}
CUT_OFF = {
    "Output size is too small": "a small map loses its only window: ceil_mode=True "
    "keeps it, for height and width alike"
}
CALLED = {"positional argument": "the arguments: keep those of the cell you were given"}


@exercise("Halve a map")
def halve(report: Report, answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``halve(x)``: 3x3 max pooling, stride 2, no padding, ceil mode."""
    facts = {
        (2, 3, 8, 12): "8 x 12 becomes 4 x 6, each value the max of a 3 x 3 window",
        (2, 4, 9, 10): "9 x 10 becomes 4 x 5: odd sizes work",
        (1, 5, 2, 3): "2 x 3 becomes 1 x 1: the border may cut a window",
    }
    for size, fact in facts.items():
        x = torch.randn(size) - 1
        usual = ONE_SIZE if report.held else None
        with suspecting(report, CUT_OFF | ({"": usual} if usual else CALLED)):
            got = ask(report, "halve", answer, x)
        forms = pooling_forms(x) if x.shape[-1] > 3 else ()
        require_same(report, got, halved(x), fact, forms, usual)
    require_gradient(report, "halve", answer, halved, torch.randn(2, 3, 7, 8))
    require_steady(report, "halve", answer, torch.randn(2, 1, 6, 5))


influence = checked(INFLUENCE)


@exercise("Stretch and rejoin")
def rejoin(report: Report, answer: Callable[[Tensor, Tensor], Tensor]) -> None:
    """Check ``rejoin(below, skip)``: stretch bilinearly, corners on corners, add."""
    facts = {
        ((2, 3, 4, 6), (2, 3, 8, 12)): "4 x 6 is stretched to 8 x 12 and added to skip",
        ((2, 3, 4, 3), (2, 3, 9, 7)): "4 x 3 comes up to 9 x 7: odd sizes work",
        ((1, 2, 1, 2), (1, 2, 5, 3)): "1 x 2 comes up to 5 x 3: skip sets the size",
        ((1, 2, 4, 4), (1, 2, 4, 4)): "where the sizes are equal it is the plain sum",
    }
    for sizes, fact in facts.items():
        below, skip = map(torch.randn, sizes)
        usual = FROM_SKIP if report.held else None
        with suspecting(report, {"": usual} if usual else UNEQUAL | CALLED):
            got = ask(report, "rejoin", answer, below, skip)
        right = stretched(below, skip.shape[-2:]) + skip
        require_same(report, got, right, fact, rejoin_forms(below, skip), usual)
    maps = torch.randn(2, 3, 3, 4), torch.randn(2, 3, 6, 9)
    require_gradient(
        report, "rejoin", answer, lambda b, s: stretched(b, s.shape[-2:]) + s, *maps
    )
    require_steady(report, "rejoin", answer, *maps)


small_mask = checked(MASK)
