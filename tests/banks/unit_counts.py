"""Answers to *Count the identity unit*."""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit
from tests.banks import Answer

NAME = "count_unit"


def closed_form(channels: int, size: int) -> tuple[int, int]:
    w = channels // 4
    return 17 * w**2 + 2 * (channels + w + w), 17 * w**2 * size**2


def with_division(channels, size):
    w = channels / 4
    return [w * channels + 9 * w * w + w * channels + 2 * channels + 4 * w,
            (2 * w * channels + 9 * w * w) * size * size]


def by_measurement(channels: int, size: int) -> tuple[torch.Tensor, int]:
    """Right: ask a unit for its parameters, and count what its convolutions do."""
    unit, total = ResidualUnit(channels).eval(), 0

    def count(layer: nn.Conv2d, inputs: tuple, output: torch.Tensor) -> None:
        nonlocal total
        total += output[0].numel() * layer.weight[0].numel()

    for layer in unit.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.no_grad():
        unit(torch.zeros(1, channels, size, size))
    return torch.tensor(sum(p.numel() for p in unit.parameters())), total


RIGHT = [
    Answer(NAME, "the closed form", closed_form),
    Answer(NAME, "layer by layer, with floats, as a list", with_division),
    Answer(NAME, "measured on the package's unit", by_measurement),
]


def answer(story, named, function):
    """Another wrong answer."""
    return Answer(NAME, story, function, named)


WRONG = [
    answer("no norms, and the 3x3 as a 1x1", "; and ",
           lambda c, s: (9 * (c // 4) ** 2, closed_form(c, s)[1])),
    answer("a quarter of the right number", None,
           lambda c, s: (closed_form(c, s)[0] / 4, closed_form(c, s)[1])),
    answer("the numbers of 256 channels at 14", "fixed",
           lambda c, s: closed_form(256, 14)),
    answer("right for size 56 alone", "fixed", lambda c, s: closed_form(c, 56)),
    answer("the sum", "return parameters", lambda c, s: sum(closed_form(c, s))),
    answer("as text", "not text", lambda c, s: tuple(map(str, closed_form(c, s)))),
    answer("a dictionary", "return parameters",
           lambda c, s: dict(zip("pm", closed_form(c, s), strict=True))),
    answer("gives back its arguments", None, lambda c, s: (c, s)),
]
