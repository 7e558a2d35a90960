"""Judge a learner's mask with one pooling, question by question."""

from __future__ import annotations

import copy
from collections.abc import Callable

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.chapter02.mask_forms import mask_forms, right_mask
from resattn_tutorial.checks.chapter02.mask_weights import (
    Weights,
    arrangements,
    count_mistake,
    settle,
)
from resattn_tutorial.checks.engine.modules import build, without_gradient
from resattn_tutorial.checks.engine.probe import (
    CUT,
    DTYPE,
    KEPT,
    ask,
    gap,
    recognise,
    refuse,
    require_gradient,
    require_same,
    same,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report

CHANNELS = 12
NAME = "the mask"
FACTOR = (
    "the stretch must go to the input's size, x.shape[-2:]; a factor of 2 or a "
    "fixed size fits some images only"
)
BATCH = (
    "in eval mode batch norm takes its running statistics, not the batch's: "
    "nn.BatchNorm2d does so, F.batch_norm needs training=self.training"
)
SIZE = {
    "Input and output must have the same number": "size takes height and width alone: "
    "x.shape[-2:]"
}
FIXED = "a number of channels is fixed inside: take it from the argument"


def judge_mask(report: Report, answer: Callable[[int], nn.Module]) -> None:
    """Ask everything of ``answer(channels)`` that a right mask does."""
    mask = build(report, answer, CHANNELS)
    x = torch.randn(4, CHANNELS, 8, 10)
    with suspecting(report, SIZE):
        ask(report, NAME, mask, x)  # a lazy layer has its weights only now
    settle(mask)
    got = ask(report, NAME, mask, x)
    if got.shape != x.shape:
        mistake = diagnose(report, mask, got, x)
        refuse(report, f"a mask has its input's shape: {gap(got, x)}", mistake)
    weights = require_values(report, mask, got, x)
    other, odd = torch.randn(x.shape), torch.randn(4, CHANNELS, 9, 7)
    require_same(
        report, ask(report, NAME, mask, other), right_mask(other, weights),
        "other images get masks of their own", otherwise=KEPT,
    )
    with suspecting(report, {"": FACTOR}):
        came = ask(report, NAME, mask, odd)
        require_same(report, came, right_mask(odd, weights), "odd sizes work too")
    mistake = count_mistake(mask, CHANNELS)
    report.require(
        mistake is None,
        "it holds the weights of two units and two 1x1 convolutions, no biases",
        f"{sum(p.numel() for p in mask.parameters())} parameters in all",
        mistake,
    )
    require_gradient(report, NAME, mask, lambda z: right_mask(z, weights), x)
    left = without_gradient(mask, mask(x))
    report.require(not left, "every parameter learns", f"no gradient at {left}", CUT)
    require_modes(report, mask, x)
    require_other_numbers(report, answer)


def require_values(report: Report, mask: nn.Module, got: Tensor, x: Tensor) -> Weights:
    """Require the right form's values; return the weights in the order that fits."""
    inside = bool(((got >= 0) & (got <= 1)).all())
    if not inside:
        low, high = got.min().item(), got.max().item()
        refuse(
            report,
            f"every value lies between 0 and 1: got {low:.2g} to {high:.2g}",
            diagnose(report, mask, got, x) or "the sigmoid comes last",
        )
    report.require(True, "every value lies between 0 and 1")
    for weights in arrangements(mask, CHANNELS, mixed=True):
        if same(got, right_mask(x, weights)):
            report.require(
                True, "pooling, two units, stretch, two 1x1s and the sigmoid are there"
            )
            return weights
    refuse(
        report,
        "the values are not those of the diagram's parts",
        diagnose(report, mask, got, x),
    )
    raise AssertionError("refuse ends a check")


def diagnose(report: Report, mask: nn.Module, got: Tensor, x: Tensor) -> str | None:
    """The usual mistake behind ``got``, by its values, its pattern or the weights."""
    if not list(mask.parameters()):
        return count_mistake(mask, CHANNELS)
    for weights in arrangements(mask, CHANNELS, mixed=False):
        mistake = recognise(got, mask_forms(x, weights))
        if mistake:
            return mistake
    if not same(got, ask(report, NAME, mask, x)):
        return KEPT
    other = ask(report, NAME, mask, x.flip(-1) + torch.randn(x.shape))
    if same(got, other):
        return "the mask ignores its input: another image gives the same mask"
    if same(got, got[:, :1].expand_as(got)):
        return "one channel for all: each channel of the mask has its own values"
    if same(got, got[..., :1, :1].expand_as(got)):
        return "one value for a channel: each pixel of the mask has its own"
    if got.shape[-2:] == (x.shape[-2] // 2, x.shape[-1] // 2):
        return "half size: stretch back to the input's height and width"
    return count_mistake(mask, CHANNELS)


def require_modes(report: Report, mask: nn.Module, x: Tensor) -> None:
    """Require that in eval mode no image depends on the others of its batch."""
    judged = copy.deepcopy(mask).eval()
    whole, alone = ask(report, NAME, judged, x), ask(report, NAME, judged, x[:1])
    report.require(
        same(whole[:1], alone),
        "in eval mode each image is judged by itself",
        gap(whole[:1], alone),
        BATCH,
    )


def require_other_numbers(report: Report, answer: Callable[[int], nn.Module]) -> None:
    """Require that another number of channels and another number type work."""
    x = torch.randn(2, 4, 6, 6)
    with suspecting(report, {"": FIXED}):
        small = build(report, answer, 4)
        got = ask(report, "a mask of 4 channels", small, x)
        report.require(got.shape == x.shape, "4 channels work too", gap(got, x))
    with suspecting(report, {"": DTYPE}):
        got = ask(report, "a mask in float64", small.double(), x.double())
        report.require(
            got.dtype == torch.float64,
            "the number type stays what it was",
            f"float64 went in, {got.dtype} came out",
        )
