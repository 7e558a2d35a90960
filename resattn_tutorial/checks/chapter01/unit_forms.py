"""The residual unit, right or wrong, as a function of given weights.

A :class:`Form` says what is done in which order. Its defaults are the right unit, with
batch norms that neither scale nor shift; a check compares an answer with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor


class Weights(NamedTuple):
    """A unit's kernels, as ``F.conv2d`` takes them, and its stride."""

    down: Tensor
    middle: Tensor
    up: Tensor
    project: Tensor | None
    stride: int


def batch_norm(x: Tensor, place: int) -> Tensor:
    """Batch norm in training mode, neither scaling nor shifting."""
    return F.batch_norm(x, None, None, training=True)


class Form(NamedTuple):
    """A way to compute the unit; what is left out is right."""

    norm: Callable = batch_norm
    bend: Callable = F.relu
    bent: tuple[bool, bool, bool] = (True, True, True)
    order: str = "norm, bend, convolve"
    stepped: int = 1  # which convolution takes the stride
    padding: str = "constant"
    reach: int = 1  # how far the 3x3 looks, in pixels
    shortcut: Callable | None = None
    join: Callable = torch.add

    def ready(self, x: Tensor, place: int) -> Tensor:
        """What stands before or behind a convolution: batch norm and ReLU."""
        bend = self.bend if self.bent[place] else lambda t: t
        if self.order.startswith("bend"):
            return self.norm(bend(x), place)
        return bend(self.norm(x, place))

    def convolve(self, x: Tensor, weights: Weights, place: int) -> Tensor:
        """The unit's first, second or third convolution."""
        stride = weights.stride if place == self.stepped else 1
        if place == 1:
            x = F.pad(x, (self.reach,) * 4, self.padding)
        reach = self.reach if place == 1 else 1
        return F.conv2d(x, weights[place], stride=stride, dilation=reach)

    def __call__(self, x: Tensor, weights: Weights) -> Tensor:
        """The unit's output."""
        y, last = x, self.order.endswith("(not last)")
        for place in range(3):
            if self.order.startswith("convolve"):
                y = self.convolve(y, weights, place)
                y = self.norm(y, place) if last and place == 2 else self.ready(y, place)
            else:
                y = self.convolve(self.ready(y, place), weights, place)
        return self.join(self.way_past(x, weights), y)

    def way_past(self, x: Tensor, weights: Weights) -> Tensor:
        """The shortcut's output."""
        if self.shortcut is not None:
            return self.shortcut(self, x, weights)
        return x if weights.project is None else project(self.ready(x, 0), weights)


def project(x: Tensor, weights: Weights) -> Tensor:
    """The shortcut's 1x1 convolution."""
    return F.conv2d(x, weights.project, stride=weights.stride)


def affine_forms(
    vectors: list[Tensor], in_channels: int, training: bool = True
) -> Iterator[Form]:
    """Yield the right form, with ``vectors`` as the batch norms' scales and shifts.

    Nobody knows which vector is which, so every order that fits is tried. The first
    one is that of ``nn.BatchNorm2d`` layers, made in the order of their use.
    """
    first = [v for v in vectors if v.numel() == in_channels]
    others = [v for v in vectors if v.numel() != in_channels]
    for one in permutations(first):
        for two in permutations(others):
            yield Form(norm=affine([*one, *two], training))


def affine(order: list[Tensor], training: bool) -> Callable:
    """Batch norm with a scale and a shift a place; in eval mode, a fresh one."""

    def norm(x: Tensor, place: int) -> Tensor:
        scale, shift = order[2 * place : 2 * place + 2]
        if training:
            return F.batch_norm(x, None, None, scale, shift, training=True)
        nought = torch.zeros_like(scale)
        return F.batch_norm(x, nought, nought + 1, scale, shift)

    return norm


def close(got: Tensor, expected: Tensor, within: float = 2e-4) -> bool:
    """Whether two tensors agree; a batch norm's epsilon may be a little different."""
    if got.shape != expected.shape:
        return False
    return bool((got - expected).norm() <= within * expected.norm())
