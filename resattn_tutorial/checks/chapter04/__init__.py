"""The checks of chapter 4: a mask, a factor, a gradient, and where a mask came from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter04 import factor_forms, origin_cases, slope_forms
from resattn_tutorial.checks.chapter04.origin_rules import rule_behind
from resattn_tutorial.checks.chapter04.spatial_judge import judge_spatial
from resattn_tutorial.checks.engine.functions import call, kind, require_function
from resattn_tutorial.checks.engine.probe import (
    ask,
    refuse,
    require_same,
    require_steady,
    same,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise

CALLED = {"positional argument": "the arguments: keep those of the cell you were given"}
FIXED = "a size is fixed inside: take it from the tensor that comes"
SIZES = CALLED | {
    "is invalid for input": FIXED,
    "running_mean should contain": "a batch norm: the statistics are each image's own",
    "weight should contain": FIXED,
    "normalized_shape": FIXED,
    "must match": "keepdim=True keeps the axes, so that the shapes fit each other",
}
PRODUCTS = {"batch2": "@ multiplies matrices: write m * g, and sum over dim=1"}
NO_GRAPH = {
    "does not require grad": "autograd is switched off here: write the formula",
    "inference": "autograd is switched off here: write the formula",
}
ZERO = "the channel's old value has no part in the new one: do not divide by it"
STRICT = (
    ", or the comparison is too strict: rounding moves values by 1e-7, so leave it "
    "room (torch.allclose, atol=1e-4)"
)


@exercise("Compare a map with itself")
def spatial(report: Report, answer: Callable[[Tensor], Tensor]) -> None:
    """Check ``my_spatial(x)``: Equation 6 with each image's own statistics."""
    require_function(report, answer, "my_spatial(x)")
    with suspecting(report, SIZES):
        judge_spatial(report, answer)


@exercise("Set a factor")
def set_factor(report: Report, answer: Callable[[Tensor, int, float], Tensor]) -> None:
    """Check ``set_factor(x, channel, factor)``: invert channel attention."""
    require_function(report, answer, "set_factor(x, channel, factor)")
    tasks = [
        ((2, 4, 3, 5), 1, 0.2, "a factor of 0.2: the value comes out below 0"),
        ((2, 4, 3, 5), 2, 1.7, "a factor of 1.7 in another channel"),
        ((1, 6, 4, 2), 5, 0.9, "0.9 in the last of six channels"),
        ((3, 2, 1, 4), 0, 1.0, "a factor of 1: the value is 0"),
    ]
    with suspecting(report, CALLED | {"is invalid for input": FIXED}):
        for size, channel, factor, fact in tasks:
            x = 2 * torch.randn(size) + 0.5
            x[0, channel, 0, :2] = 0
            got = ask(report, "set_factor", answer, x, channel, factor)
            right = factor_forms.right(x, channel, factor)
            if got.shape == x.shape and got[:, channel].isnan().any():
                refuse(report, "not a number (nan) came where the channel was 0", ZERO)
            _require_others(report, got, right, x, channel, factor)
            forms = factor_forms.forms(x, channel, factor)
            require_same(report, got, right, fact, forms)
        require_steady(report, "set_factor", answer, x, 0, 1.3)


def _require_others(
    report: Report, got: Tensor, right: Tensor, x: Tensor, channel: int, factor: float
) -> None:
    """Refuse an answer of another shape, or with changes outside the channel."""
    if got.shape != x.shape:
        words = "the whole of x comes back, and in it one channel is another"
        came = f"{tuple(got.shape)} came"
        report.require(False, f"the result has x's shape {tuple(x.shape)}", came, words)
    kept = factor_forms.placed(got, channel, 0.0)
    if not same(kept, factor_forms.placed(x, channel, 0.0)):
        forms = factor_forms.forms(x, channel, factor)
        words = "the other channels changed as well: only one may"
        require_same(report, got, right, "the other channels stay", forms, words)


@exercise("The gradient of channel attention")
def channel_gradient(
    report: Report, answer: Callable[[Tensor, Tensor], Tensor]
) -> None:
    """Check ``channel_gradient(x, pull)``: the gradient by a formula."""
    require_function(report, answer, "channel_gradient(x, pull)")
    facts = {
        (2, 3, 4, 5): "it is the gradient that autograd finds",
        (1, 6, 3, 2): "so it is for another size",
        (3, 1, 2, 2): "with a single channel nothing can move: the gradient is 0",
    }
    with suspecting(report, CALLED | NO_GRAPH | SIZES | PRODUCTS):
        for size, fact in facts.items():
            x, pull = 2 * torch.randn(size), torch.randn(size)
            right, forms = slope_forms.right(x, pull), slope_forms.forms(x, pull)
            with torch.inference_mode():
                got = ask(report, "channel_gradient", answer, x, pull)
                require_same(report, got, right, fact, forms)
        with torch.inference_mode():
            x, pull = torch.randn(2, 2, 4, 2, 3)
            require_steady(report, "channel_gradient", answer, x, pull)


@exercise("Name the activation")
def which_activation(report: Report, answer: Callable[[Tensor], str]) -> None:
    """Check ``which_activation(mask)``: "mixed", "channel" or "spatial"."""
    require_function(report, answer, "which_activation(mask)")
    with suspecting(report, SIZES):
        cases = list(origin_cases.cases())
        said = [_said(report, answer, case.mask) for case in cases]
        again = [_said(report, answer, case.mask) for case in cases]
    if said != again:
        refuse(report, "the same mask gets another answer the second time",
               "random draws, or something that is kept between calls")
    if len(set(said)) == 1:
        strict = said[0] == "mixed"
        words = f"every mask is called {said[0]!r}"
        refuse(report, words, f"the mask has no effect{STRICT if strict else ''}")
    words = rule_behind(said, cases)
    for group, fact in origin_cases.FACTS.items():
        for case, name in zip(cases, said, strict=True):
            if case.group == group and name != case.origin:
                came = f"{case.title} is called {name!r}"
                report.require(False, fact, came, words or case.look)
        report.require(True, fact)


def _said(report: Report, answer: Callable, mask: Tensor) -> str:
    """The learner's word for a mask, if it is one of the three."""
    said: Any = call(report, answer, "which_activation(mask)", mask)
    wish = 'return one word: "mixed", "channel" or "spatial"'
    if not isinstance(said, str) or said not in origin_cases.NAMES:
        refuse(report, f"one of the three names is expected, got {kind(said)}", wish)
    return said
