"""Spatial attention, and the usual ways to get it wrong, each as what it computes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.probe import Forms

EVERY_MAP = (2, 3)
AXES = {
    (0, 2, 3): "the statistics run over the batch as well, as in batch norm: here each "
    "image has its own, dim=(2, 3)",
    (1, 2, 3): "the statistics run over the channels as well: each map has its own, "
    "dim=(2, 3)",
    (1,): "the statistics run over the channels of a pixel; a map's positions are axes "
    "2 and 3",
    (2,): "the statistics run over one column only: a map's positions are axes 2 and 3",
    (3,): "the statistics run over one row only: a map's positions are axes 2 and 3",
    (0,): "the statistics run over the images; a map's positions are axes 2 and 3",
    (0, 1, 2, 3): "one mean and one deviation for everything: each map of each image "
    "has its own, dim=(2, 3)",
}


def right(x: Tensor) -> Tensor:
    """Equation 6, the statistics taken for each image and channel."""
    return torch.sigmoid(standard(x))


def standard(
    x: Tensor, axes: tuple[int, ...] = EVERY_MAP, slack: float = 1e-5
) -> Tensor:
    """Minus the mean, over the deviation; ``slack`` is added to the variance."""
    away = x - x.mean(axes, keepdim=True)
    return away / (away.square().mean(axes, keepdim=True) + slack).sqrt()


def forms(x: Tensor) -> Forms:
    """Yield each mistake in words, and what it makes of ``x``."""
    for axes, words in AXES.items():
        yield words, standard(x, axes).sigmoid()
        away = x - x.mean(axes, keepdim=True)
        yield words, (away / (x.std(axes, keepdim=True) + 1e-5)).sigmoid()
    yield from _other_steps(x)
    yield from _other_ends(standard(x))
    yield from _other_formulas(x)


def _other_steps(x: Tensor) -> Forms:
    """What leaves a step out, or takes another number for it."""
    away = x - x.mean(EVERY_MAP, keepdim=True)
    variance = away.square().mean(EVERY_MAP, keepdim=True)
    size = (variance + 1e-5).sqrt()
    yield (
        "the deviation divides by one position less (Bessel's correction, which is "
        "std's and var's default): set correction=0"
    ), (away / x.std(EVERY_MAP, keepdim=True)).sigmoid()
    yield "the mean is not taken away", (x / size).sigmoid()
    yield "the deviation is missing: nothing is divided", away.sigmoid()
    yield "the variance divides, and not its root, the deviation", (
        away / (variance + 1e-5)
    ).sigmoid()
    yield "multiplied by the deviation: divide", (away * size).sigmoid()
    yield (
        "the sign: it is x minus the mean, not the mean minus x; and where you write "
        "out the sigmoid, exp takes minus that"
    ), (-away / size).sigmoid()
    yield "the brackets: first x - mean, then divide all of it", (
        x - x.mean(EVERY_MAP, keepdim=True) / size
    ).sigmoid()
    root = (away.square().sum(EVERY_MAP, keepdim=True) + 1e-5).sqrt()
    yield "a sum of squares divides; the deviation is the root of their mean", (
        away / root
    ).sigmoid()
    yield "absolute values are averaged: the deviation is a root of mean squares", (
        away / (away.abs().mean(EVERY_MAP, keepdim=True) + 1e-5)
    ).sigmoid()
    median = x.flatten(2).median(dim=2).values[..., None, None]
    yield "the median is taken away; the mean is asked for", (
        (x - median) / size
    ).sigmoid()
    for slack in (1e-4, 1e-3, 1e-2, 0.1, 1.0):
        large = "the small number in the denominator is too large: take 1e-5"
        yield large, (away / (variance + slack).sqrt()).sigmoid()
        yield large, (away / (variance.sqrt() + slack)).sigmoid()


def _other_ends(z: Tensor) -> Forms:
    """What does not end on the sigmoid of the normalised map ``z``."""
    yield "the sigmoid is missing: the result must lie in (0, 1)", z
    yield "a sigmoid too many", z.sigmoid().sigmoid()
    yield "tanh: a sigmoid is asked for", z.tanh()
    yield "a ReLU: negative values count too", z.relu().sigmoid()
    yield "a ReLU: a sigmoid is asked for", z.relu()
    yield "a clamp: a sigmoid is asked for", z.clamp(0, 1)
    yield "a softmax: each value gets a sigmoid of its own", z.flatten(2).softmax(
        2
    ).view_as(z)
    yield "a square: below the mean it must be less than 0.5", z.square().sigmoid()


def _other_formulas(x: Tensor) -> Forms:
    """What is another activation altogether."""
    yield "this is f1, the plain sigmoid: normalise each map first", x.sigmoid()
    yield "this is f2, channel attention", F.normalize(x, dim=1)
    yield "the sigmoid comes last: here it stands before the normalisation", standard(
        x.sigmoid()
    )
    yield "a softmax over the positions: it is another normalisation", x.flatten(
        2
    ).softmax(2).view_as(x)
    mixed = x.permute(0, 2, 3, 1).reshape(x.shape)
    yield "a reshape after permute mixes the maps: x.flatten(2) keeps each one whole", (
        right(mixed)
    )
    low, high = x.amin(EVERY_MAP, True), x.amax(EVERY_MAP, True)
    ends = "lowest and highest value scale the map; mean and deviation are asked for"
    yield ends, (x - low) / (high - low)
    yield ends, ((x - low) / (high - low)).sigmoid()
    length = x.square().sum(EVERY_MAP, keepdim=True).sqrt()
    yield "the map is divided by its length; mean and deviation are asked for", (
        x / length
    ).sigmoid()
    yield "the mask already weighs its input: return the mask alone", x * right(x)
    yield "the mask already weighs its input: return the mask alone", (1 + right(x)) * x
    yield "the input comes back as it was", x
