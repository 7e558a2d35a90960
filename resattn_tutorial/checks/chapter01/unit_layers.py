"""Mistakes in a residual unit that the shapes of its parameters show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import contextmanager

from torch import nn

from resattn_tutorial.checks.chapter01.unit_cases import (
    Case,
    kernel_gap,
    kernel_words,
    weights,
)
from resattn_tutorial.checks.engine.modules import kernels, vectors
from resattn_tutorial.checks.engine.probe import refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, Stopped

ERRORS = {
    "must match the size": "maps of two sizes meet in the sum: the 3x3 has padding=1, "
    "and both ways make the same steps",
    "should contain": "a batch norm has the channels of what comes in: it stands "
    "before its convolution",
    "to have": "the layers are called in another order than they were made for",
    "has no attribute": "forward uses a layer that __init__ did not keep as self.name",
    "is invalid for input": "a map's size is fixed: take it from x.shape",
    "normalized_shape": "a map's size is fixed: batch norm needs the channels alone",
}


def kernel_mistake(unit: nn.Module, case: Case) -> str | None:
    """Name the mistake that shows in the shapes of the kernels."""
    missing, extra = kernel_gap(unit, case)
    projection = (case.out_channels, case.in_channels, 1, 1)
    if not kernels(unit):
        return (
            "the module owns no convolution: make the layers in __init__ and keep "
            "each as self.name (a plain list hides them)"
        )
    c, w, out = case.in_channels, case.width, case.out_channels
    if case.projects and (w + out, c, 1, 1) in extra:
        return (
            f"one 1x1 makes {w} + {out} channels at once: here the first 1x1 and the "
            "projection are layers of their own"
        )
    if not missing and projection in extra:
        return "a convolution too many: here the shortcut is the raw x"
    if not missing and extra:
        return "a convolution or another layer too many"
    if projection in missing and len(kernels(unit)) == 3:
        fits = case.stride == 1 and c == out
        return "the projection is missing: the shortcut needs its own 1x1" + (
            ", also where the raw x would fit" if fits else ""
        )
    if missing and not extra:
        return "a convolution is missing, or one is used in two places"
    return odd_kernel([s for s in extra.elements() if len(s) == 4], case)


def odd_kernel(odd: list[tuple[int, ...]], case: Case) -> str | None:
    """Name the mistake behind kernels that the unit should not have."""
    c, w, out = case.in_channels, case.width, case.out_channels
    tall = [shape for shape in odd if shape[-1] > 1]
    narrow = [s[0] for s in odd if s[1] == c and s[0] not in (w, out)]
    narrow += [s[0] for s in odd if s[:2] == (out, c) and not case.projects]
    quarter = f"a quarter of the output's {out} channels is {w}"
    causes = {
        f"x has {c} channels: is a number fixed, or are two arguments exchanged?":
            any(s[1] > s[0] and s[1] != c for s in odd),
        "the projection is a 1x1 convolution":
            case.projects and any(s[:2] == (out, c) for s in tall),
        "two 3x3 make a basic unit; a bottleneck is 1x1, 3x3, 1x1": len(tall) > 1,
        "the 3x3 sees all its input channels: groups=1":
            any(s[0] == w and s[1] < w for s in tall),
        "the 3x3 is the middle one: 1x1, 3x3, 1x1":
            any(s[1] == c != w or s[0] == out != w for s in tall) and not narrow,
        "the middle convolution is a 3x3":
            any(s[-2:] != (3, 3) for s in tall) or (w, w, 1, 1) in odd,
        f"the bottleneck is {max(narrow, default=0)} channels wide: {quarter}":
            bool(narrow),
    }
    return next((words for words, found in causes.items() if found), None)


def norm_mistake(unit: nn.Module, case: Case) -> str | None:
    """Name the mistake that shows in the lengths of batch norms and biases."""
    found = Counter(v.numel() for v in vectors(unit))
    missing, extra = case.norms - found, found - case.norms
    convolutions = [m for m in unit.modules() if isinstance(m, nn.Conv2d)]
    if not missing and not extra:
        return None
    if any(m.bias is not None for m in convolutions):
        return "a convolution has a bias: the batch norms shift already (bias=False)"
    if not found:
        return "nn.BatchNorm2d(channels), with scale and shift, before each convolution"
    if missing and extra:
        return (
            "batch norm comes before its convolution: it has the channels of that "
            "convolution's input"
        )
    if extra:
        return extra_vectors(extra, case)
    if missing.get(case.in_channels) == 2:
        return f"the first batch norm is missing, of the input's {case.in_channels}"
    if missing.get(case.width) == 2:
        return (
            f"one batch norm of {case.width} channels is missing: each convolution "
            "needs its own, with its own statistics"
        )
    return "each of the three batch norms has a scale and a shift"


def extra_vectors(extra: Counter, case: Case) -> str:
    """Say where vectors that the unit should not have usually come from."""
    c, out = case.in_channels, case.out_channels
    length = max(extra)
    if len(extra) > 1 or extra[length] != 2 or length not in (c, out):
        return f"a batch norm, bias or other parameter too many, of length {length}"
    words = f"a scale and a shift too many, as of a batch norm of {length} channels: "
    if case.projects and length == c:
        return words + "the projection takes what the first BN-ReLU gives"
    return words + "none stands behind the last convolution" + (
        " or the projection" if case.projects else ""
    )


@contextmanager
def explaining(
    report: Report, unit: nn.Module, case: Case, mistakes: Mapping[str, str]
):
    """Where the block stops without a reason, look at the layers, then at the words."""
    with suspecting(report, mistakes):
        try:
            yield
        except Stopped:
            report.mistake = report.mistake or kernel_mistake(unit, case)
            raise


def require_layers(report: Report, unit: nn.Module, case: Case) -> None:
    """Stop unless a unit has the right convolutions and batch norms, no others."""
    if weights(unit, case) is None:
        refuse(report, f"the convolutions must be {case.words}: got "
               f"{kernel_words(unit)}", kernel_mistake(unit, case))
    found, wanted = sum(v.numel() for v in vectors(unit)), case.norms
    if norm_mistake(unit, case) is not None:
        refuse(report, "scales and shifts must be "
               f"{sum(n * count for n, count in wanted.items())} numbers in all: "
               f"got {found}", norm_mistake(unit, case))
