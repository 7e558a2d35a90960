"""Judge spatial attention: its statistics, its flat maps and its gradient."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter04.spatial_forms import forms, right
from resattn_tutorial.checks.engine.probe import (
    ask,
    require_gradient,
    require_same,
    require_steady,
    same,
)
from resattn_tutorial.checks.engine.report import Report

LOST = (
    "a mean of squares minus a squared mean: where both are large, rounding eats the "
    "difference; average the squares of x - mean"
)


def judge_spatial(report: Report, answer: Callable[[Tensor], Tensor]) -> None:
    """Require Equation 6 of ``my_spatial(x)``, for each image and channel alone."""
    facts = {
        (3, 4, 5, 8): "each value is compared with its own map, then comes the sigmoid",
        (2, 3, 2, 3): "so it is for small maps: the deviation divides by the positions",
    }
    for size, fact in facts.items():
        x = _uneven(size)
        got = ask(report, "my_spatial", answer, x)
        require_same(report, got, right(x), fact, forms(x))
    _require_flat(report, answer)
    faint = _uneven((2, 3, 6, 5)) / 10
    got = ask(report, "my_spatial", answer, faint)
    fact = "a faint map counts like a strong one"
    require_same(report, got, right(faint), fact, forms(faint))
    high = _uneven((2, 3, 6, 5)) + 1000
    got = ask(report, "my_spatial", answer, high)
    fact = "a level of 1000 does not show"
    require_same(report, got, right(high), fact, forms(high), LOST)
    x = _uneven((2, 3, 4, 5))
    require_gradient(report, "my_spatial", answer, right, x)
    require_steady(report, "my_spatial", answer, x)


def _uneven(size: tuple[int, int, int, int]) -> Tensor:
    """Random maps, each of a level and a spread of its own."""
    images, channels = size[:2]
    spread = 1 + 2 * torch.rand(images, channels, 1, 1)
    return spread * (torch.randn(size) + torch.randn(images, channels, 1, 1))


def _require_flat(report: Report, answer: Callable) -> None:
    """Require 0.5 and a finite gradient where a map is flat."""
    x = _uneven((2, 3, 4, 4))
    x[0, 1], x[1, 2] = 2.0, 0.0
    x.requires_grad_()
    got = ask(report, "my_spatial", answer, x)
    nothing = bool(got.isnan().any())
    zero = "0 / 0: the deviation of a flat map is 0; add 1e-5 to the variance"
    words = zero if nothing else "x - mean is 0 there, and the sigmoid of 0 is 0.5"
    flat = torch.stack([got[0, 1], got[1, 2]])
    report.require(
        same(flat, torch.full_like(flat, 0.5)) and not nothing,
        "a flat map becomes 0.5",
        "not a number (nan) came" if nothing else f"{flat[0, 0, 0].item():.4g} came",
        words,
    )
    if not got.requires_grad:
        return  # the next question says so, and why
    with report.attempt("my_spatial, backward"):
        weights = torch.arange(1.0, got.numel() + 1).view_as(got)
        (gradient,) = torch.autograd.grad((got * weights).sum(), x)
    report.require(
        bool(gradient.isfinite().all()),
        "its gradient is a finite number, too",
        "nan or infinity came",
        "the root of 0 has an infinite slope: add the small number to the variance, "
        "before the root",
    )
