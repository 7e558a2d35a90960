"""Usual mistakes in the attention residual form, each as the formula that it computes.

Here ``t`` is the trunk and ``m`` the mask, as ``T`` and ``M`` in the paper.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

Forms = Iterator[tuple[str, Tensor]]


def right(t: Tensor, m: Tensor) -> Tensor:
    """``(1 + M) * T``, the paper's Equation 3."""
    return (1 + m) * t


def forms(t: Tensor, m: Tensor) -> Forms:
    """Yield each mistake in words, and what it makes of this trunk and mask."""
    yield from _other_formulas(t, m)
    for words, other in _changed_masks(m):
        yield words, right(t, other)
    extra = "a ReLU too many: the trunk's negative values stay negative"
    yield extra, right(t, m).relu()
    yield extra, right(t.relu(), m)
    yield "a sigmoid after the product: the result needs none", right(t, m).sigmoid()


def _other_formulas(t: Tensor, m: Tensor) -> Forms:
    """What has other signs, brackets or parts."""
    words = (
        "mask * trunk is the paper's Equation 1: where the mask says 0 the trunk is "
        "lost. The attention residual form adds the trunk itself"
    )
    yield words, m * t
    yield "the 1 is there to be added: 2 * mask is 1 + mask only at mask = 1", 2 * m * t
    added = "the mask is added to the trunk; it has to be multiplied"
    yield added, t + m
    yield added, 1 + m + t
    yield "the sign: 1 - mask turns the mask round, 1 + mask is meant", (1 - m) * t
    yield "the sign: 1 + mask is meant", (m - 1) * t
    yield (
        "the brackets: 1 + mask * trunk multiplies first. Write (1 + mask) * trunk",
        1 + m * t,
    )
    yield "trunk and mask are exchanged: the mask gets the 1", (1 + t) * m
    yield "the trunk comes in twice: the 1 already stands for it", (2 + m) * t
    yield "a halving too many: a mask of 0 leaves the trunk as it is", (1 + m) / 2 * t
    no_mask = "the mask has no effect: "
    yield no_mask + "this is the trunk unchanged", t
    yield no_mask + "this is twice the trunk", 2 * t
    yield no_mask + "the trunk weighs itself", (1 + t) * t
    no_trunk = "the trunk has no effect: "
    yield no_trunk + "this is the mask", m
    yield no_trunk + "this is 1 + mask", 1 + m
    yield no_trunk + "the mask weighs itself", (1 + m) * m
    if t.shape[-1] == t.shape[-2]:
        yield "@ multiplies matrices; * multiplies value by value", (1 + m) @ t


def _changed_masks(m: Tensor) -> Forms:
    """What weighs by something else than the mask as it came."""
    finished = "use the mask as it comes, it is already finished: "
    yield finished + "no second sigmoid", m.sigmoid()
    yield finished + "no second sigmoid", m.sigmoid() - 1
    yield finished + "no ReLU or clamp on it", m.relu()
    yield finished + "no ReLU or clamp on it", m.clamp(0, 1)
    yield finished + "no absolute value of it", m.abs()
    yield finished + "no rounding, no threshold", m.round()
    yield finished + "no rounding, no threshold", (m > 0.5).to(m)
    yield finished + "no tanh on it", m.tanh()
    yield finished + "no exponential of it", m.exp() - 1
    yield finished + "no softmax over channels", m.softmax(1)
    yield finished + "no softmax over positions", m.flatten(2).softmax(2).view_as(m)
    scaled = finished + "do not normalise it"
    yield scaled, F.normalize(m, dim=1)
    yield scaled, m - m.mean()
    for axes in ((1,), (2, 3), (1, 2, 3), (0, 1, 2, 3)):
        lowest, highest = m.amin(axes, True), m.amax(axes, True)
        yield scaled, m / highest
        yield scaled, m / m.sum(axes, True)
        yield scaled, (m - lowest) / (highest - lowest)
    each = "every value of the mask weighs its own value of the trunk: take no "
    yield each + "mean over channels", m.mean(1, True)
    yield each + "maximum over channels", m.amax(1, True)
    yield each + "single channel for all of them", m[:, :1]
    yield each + "mean over positions", m.mean((2, 3), True)
    yield each + "mean over the batch", m.mean(0, True)
    yield each + "single image's mask for the whole batch", m[:1]
    yield each + "mean over everything", torch.full_like(m, float(m.mean()))
