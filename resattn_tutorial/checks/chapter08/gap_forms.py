"""How much more fvcore counts than PyTorch, predicted rightly and wrongly.

Each prediction is a function of the list of a network's operations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from itertools import product
from math import prod
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.cost.flops import fvcore_count, operations, torch_count
from resattn_tutorial.cost.op_recorder import Operation
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import SoftMaskBranch, stretch

Found = Collection[Operation]
NORM, UP = "batch norm", "interpolation"


class Case(NamedTuple):
    """A network in words, its operations, and both tools' totals."""

    words: str
    found: list[Operation]
    torch: int
    fvcore: int

    @property
    def gap(self) -> int:
        """What the prediction has to be."""
        return self.fvcore - self.torch


class Plain(nn.Module):
    """A convolution and a ReLU: both tools count the same."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(4, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.conv(x))                  # (N, 6, H, W)


class Stretched(nn.Module):
    """A stretch without any batch norm, and sums and products around it."""

    def forward(self, x: Tensor) -> Tensor:
        y = stretch(F.max_pool2d(x, 2), x.shape[-2:])    # (N, C, H, W)
        return x + x * torch.sigmoid(y)              # (N, C, H, W)


class Twice(nn.Module):
    """One batch norm used twice, which makes two equal operations, and a mean."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.norm(x)).mean(dim=(2, 3))  # (N, 4)


@cache
def cases() -> tuple[Case, ...]:
    """Small networks, measured by both tools; nothing here is computed by hand."""
    named_otherwise = nn.Sequential(nn.Conv2d(4, 8, 1), nn.BatchNorm2d(8), nn.ReLU())
    return (
        measured("a convolution and a ReLU", Plain(), (1, 4, 9, 9)),
        measured("a residual unit", ResidualUnit(8, 16, 2), (1, 8, 10, 10)),
        measured("a stretched map, summed and weighed", Stretched(), (1, 4, 8, 8)),
        measured("a mask with two poolings", SoftMaskBranch(8, 2), (1, 8, 13, 13)),
        measured("layers in a row", named_otherwise, (1, 4, 6, 6)),
        measured("a mask, for three images", SoftMaskBranch(8, 1), (3, 8, 6, 6)),
        measured("a batch norm used twice, and a mean", Twice(), (1, 4, 5, 5)),
    )


def measured(words: str, network: nn.Module, shape: tuple[int, ...]) -> Case:
    """A network with its operations and what the two tools say of it."""
    images = torch.zeros(shape)
    both = [count(network, images).total() for count in (torch_count, fvcore_count)]
    return Case(words, operations(network, images), *both)


def weighted(found: Found, factors: dict[str, float], what: str = "written") -> float:
    """A sum over operations: of each kind so many times what it wrote, or read."""
    return sum(factors.get(one.kind, 0) * getattr(one, what) for one in found)


def right(found: Found) -> float:
    """Two for each element of a batch norm, four for each interpolated value."""
    return weighted(found, {NORM: 2, UP: 4})


def work(found: Found) -> int:
    """The multiply-adds, in which both agree."""
    return sum(one.multiply_adds for one in found)


FACTORS = (0, 0.5, *range(1, 11))
SILENT = ("ReLU", "max pooling", "sum", "product", "sigmoid", "mean")
FORMS: dict[str, Callable[[Found], float]] = {
    "the sign: fvcore's count minus PyTorch's is asked for": lambda o: -right(o),
    "the interpolations are missing": lambda o: weighted(o, {NORM: 2}),
    "the batch norms are missing": lambda o: weighted(o, {UP: 4}),
    "a batch norm counts 2 for each element: one product, one sum": lambda o: (
        weighted(o, {NORM: 1, UP: 4})),
    "an interpolated value counts 4: it is made of four neighbours": lambda o: (
        weighted(o, {NORM: 2, UP: 1})),
    "batch norm counts 2 for each element, an interpolation 4": lambda o: (
        weighted(o, {NORM: 1, UP: 1})),
    "5 for each element is fvcore's count in training mode; here it is 2": lambda o: (
        weighted(o, {NORM: 5, UP: 4})),
    "batch norm 2 and interpolation 4: they are exchanged": lambda o: (
        weighted(o, {NORM: 4, UP: 2})),
    "each factor goes with what is written, not with what is read": lambda o: (
        weighted(o, {NORM: 2, UP: 4}, "read")),
    "4 for each value that an interpolation puts out, not for each that it reads": (
        lambda o: weighted(o, {NORM: 2}) + weighted(o, {UP: 4}, "read")),
    "how often is not how much: each operation has a size, in .written": lambda o: (
        sum({NORM: 2, UP: 4}.get(one.kind, 0) for one in o)),
    "the multiply-adds are in it: in those both tools agree": lambda o: (
        work(o) + right(o)),
    "the multiply-adds alone: in those both tools agree": work,
    "fvcore's total less twice the multiply-adds: count those once": lambda o: (
        right(o) - work(o)),
    "fvcore passes over a ReLU in silence": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "ReLU": 1})),
    "fvcore does not count ReLUs, poolings, sums, products and sigmoids": lambda o: (
        weighted(o, dict.fromkeys(SILENT, 1) | {NORM: 2, UP: 4})),
    "fvcore does not count sums and products of maps": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "sum": 1, "product": 1})),
    "fvcore does not count max poolings": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "max pooling": 1})),
    "fvcore does not count max poolings.": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "max pooling": 9})),
    "fvcore does not count sigmoids": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "sigmoid": 1})),
    "go by .kind: names in .path are whatever the author chose": lambda o: sum(
        2 * one.written if "bn" in one.path else 4 * one.written * (one.kind == UP)
        for one in o),
    "fvcore does not count this mean": lambda o: (
        weighted(o, {NORM: 2, UP: 4, "mean": 1})),
    "a set keeps one of several equal operations: go through the list": lambda o: (
        right(set(o))),
    "a kind occurs many times: add up, do not overwrite": lambda o: (
        right({one.kind: one for one in o}.values())),
    "all channels count, not the pixels of one: take .written": lambda o: sum(
        {NORM: 2, UP: 4}[one.kind] * prod(one.shape[2:])
        for one in o if one.kind in (NORM, UP)),
    "of the operations without multiply-adds fvcore counts two kinds only": lambda o: (
        sum(one.written for one in o if not one.multiply_adds)),
    '`kind == "batch norm" or "interpolation"` is always true: use `in`': lambda o: (
        2 * sum(one.written for one in o)),
    'always 0: are the kinds spelled "batch norm" and "interpolation", and does the '
    "return stand behind the loop?": lambda o: 0,
    "the list holds all images; nothing is to be divided or multiplied": lambda o: (
        sum({NORM: 2, UP: 4}.get(one.kind, 0) * one.written / one.shape[0]
            for one in o if one.kind in (NORM, UP))),
    "the sizes of different maps differ: take .written of each operation": lambda o: (
        max((2 * one.written for one in o if one.kind == NORM), default=0)
        + max((4 * one.written for one in o if one.kind == UP), default=0)),
}


def mistake(seen: Sequence[tuple[Case, float]]) -> str | None:
    """The usual mistake that explains all that an answer said so far."""
    for words, form in FORMS.items():
        if all(form(case.found) == got for case, got in seen):
            return words
    return other_factors(seen)


def other_factors(seen: Sequence[tuple[Case, float]]) -> str | None:
    """The two factors that explain an answer, or that it is always one number."""
    if len({got for _, got in seen}) == 1:
        return "one number for all networks: it must follow from the list"
    for norm, up in product(FACTORS, repeat=2):
        form = {NORM: norm, UP: up}
        if all(weighted(case.found, form) == got for case, got in seen):
            return (
                "the factors are 2 for a batch norm and 4 for an interpolation, "
                f"not {norm:g} and {up:g}"
            )
    return None
