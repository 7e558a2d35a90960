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


def count(weights, norms, adds):
    """An answer from three functions of channels, width and size."""
    def answer(channels: int, size: int) -> tuple[float, float]:
        given = channels, channels // 4, size
        return weights(*given) + norms(*given), adds(*given)
    return answer


def kernels(c, w, s):
    return c * w + 9 * w * w + w * c


def norms(c, w, s):
    return 2 * (c + w + w)


def adds(c, w, s):
    return kernels(c, w, s) * s * s


def parameters(story, named, kernels=kernels, norms=norms):
    """A wrong number of parameters."""
    return Answer(NAME, story, count(kernels, norms, adds), named)


def multiply_adds(story, named, adds):
    """A wrong number of multiply-adds."""
    return Answer(NAME, story, count(kernels, norms, adds), named)


def answer(story, named, function):
    """Another wrong answer."""
    return Answer(NAME, story, function, named)


def prints(channels, size):
    print(closed_form(channels, size), end="\r")


def one_by_one(c, w, s):
    return c * w + w * w + w * c


WRONG = [
    parameters("no batch norms", "scales and shifts", norms=lambda c, w, s: 0),
    parameters("scales without shifts", "two numbers",
               norms=lambda c, w, s: c + w + w),
    parameters("running statistics too", "running",
               norms=lambda c, w, s: 4 * (c + w + w)),
    parameters("biases too", "biases", norms=lambda c, w, s: 3 * (c + w + w)),
    parameters("only the first batch norm", "inside", norms=lambda c, w, s: 2 * c),
    parameters("only the inner batch norms", "first batch norm, of all",
               norms=lambda c, w, s: 4 * w),
    parameters("the 3x3 as a 1x1", "nine", kernels=one_by_one),
    parameters("the 3x3 as three", "9 w",
               kernels=lambda c, w, s: 2 * c * w + 3 * w * w),
    parameters("no bottleneck", "bottleneck", kernels=lambda c, w, s: 11 * c * c),
    parameters("all channels in the 3x3", "inside the bottleneck",
               kernels=lambda c, w, s: 2 * c * w + 9 * c * c),
    parameters("all channels into the 3x3", "inside the bottleneck",
               kernels=lambda c, w, s: 2 * c * w + 9 * c * w),
    parameters("three batch norms of all channels", "Two of them",
               norms=lambda c, w, s: 6 * c),
    parameters("half the channels", "channels / 2",
               kernels=lambda c, w, s: 2 * c * 2 * w + 36 * w * w),
    parameters("one 1x1", "two 1x1", kernels=lambda c, w, s: c * w + 9 * w * w),
    parameters("1x1 as w to w", "4 w", kernels=lambda c, w, s: 11 * w * w),
    parameters("no norms, and the 3x3 as a 1x1", "; and ", kernels=one_by_one,
               norms=lambda c, w, s: 0),
    parameters("a quarter of the right number", None,
               kernels=lambda c, w, s: 17 * w * w / 4, norms=lambda c, w, s: 3 * w),
    multiply_adds("twice", "one multiply-add", lambda c, w, s: 2 * adds(c, w, s)),
    multiply_adds("one pixel", "one pixel", kernels),
    multiply_adds("size, not squared", "not size",
                  lambda c, w, s: kernels(c, w, s) * s),
    multiply_adds("batch norms too", "only the convolutions",
                  lambda c, w, s: (kernels(c, w, s) + norms(c, w, s)) * s * s),
    multiply_adds("the sum too", "only the convolutions",
                  lambda c, w, s: (kernels(c, w, s) + c) * s * s),
    multiply_adds("the 3x3 without padding", "padded",
                  lambda c, w, s: 2 * c * w * s * s + 9 * w * w * (s - 2) ** 2),
    multiply_adds("the 3x3 without the padding's zeros", "zeros",
                  lambda c, w, s: 2 * c * w * s * s + w * w * (3 * s - 2) ** 2),
    multiply_adds("the work of the 3x3 as of a 1x1", "nine",
                  lambda c, w, s: one_by_one(c, w, s) * s * s),
    multiply_adds("the work of no bottleneck", "bottleneck",
                  lambda c, w, s: 11 * c * c * s * s),
    multiply_adds("the parameters again", "every pixel",
                  lambda c, w, s: kernels(c, w, s) + norms(c, w, s)),
    multiply_adds("in millions", "not millions", lambda c, w, s: adds(c, w, s) / 1e6),
    answer("swapped", "swapped", lambda c, s: closed_form(c, s)[::-1]),
    answer("the numbers of 64 channels at 56", "fixed", lambda c, s: (4544, 13647872)),
    answer("the numbers of 256 channels at 14", "fixed",
           lambda c, s: closed_form(256, 14)),
    answer("right for size 56 alone", "fixed", lambda c, s: closed_form(c, 56)),
    answer("the sum", "return parameters", lambda c, s: sum(closed_form(c, s))),
    answer("printed, not returned", "return parameters", prints),
    answer("as text", "not text", lambda c, s: tuple(map(str, closed_form(c, s)))),
    answer("a dictionary", "return parameters",
           lambda c, s: dict(zip("pm", closed_form(c, s), strict=True))),
    answer("gives back its arguments", None, lambda c, s: (c, s)),
    answer("raises", None, lambda c, s: 1 / 0),
    answer("not a function", "without brackets", (4544, 13647872)),
]
