"""Answers to *Count a mask*."""

from __future__ import annotations

import torch

from resattn_tutorial.cost.flops import parameter_counts, torch_count
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from tests.banks import Answer

NAME = "count_mask"


def count(kernel=17, tails=2):
    """An answer, right but for what is given; weights are in squares of ``w``."""
    def answer(channels, size, poolings):
        w = channels // 4
        counts = [3] * (poolings - 1) + [2]
        sides = [size >> level for level in range(1, poolings + 1)]
        parameters = sum(counts) * (kernel * w**2 + 12 * w)
        parameters += tails * (16 * w**2 + 8 * w)
        work = sum(n * kernel * s**2 for n, s in zip(counts, sides, strict=True))
        return parameters, (work + tails * 16 * size**2) * w**2
    return answer


def recursive(channels, size, poolings):
    """Right: a level is a pooling, two units, and all that lies below."""
    w = channels // 4
    unit = 17 * w * w

    def level(s, left):
        s //= 2
        if left == 1:
            return 2, 2 * unit * s * s
        units, work = level(s, left - 1)
        return units + 3, work + 3 * unit * s * s

    units, work = level(size, poolings)
    parameters = units * (unit + 12 * w) + 2 * (channels**2 + 2 * channels)
    return [parameters, work + 2 * channels**2 * size**2]


def by_measurement(channels, size, poolings):
    """Right: build the mask where nothing is computed, and ask it."""
    with torch.device("meta"):
        mask = SoftMaskBranch(channels, poolings)
        maps = torch.empty(1, channels, size, size)
    return parameter_counts(mask).learnable, torch_count(mask, maps).total()


RIGHT = [
    Answer(NAME, "level by level", count()),
    Answer(NAME, "by recursion, as a list", recursive),
    Answer(NAME, "measured on the package's mask", by_measurement),
]


def other(story, named, function):
    return Answer(NAME, story, function, named)


right = count()
WRONG = [
    other("no tail, and the 3x3 as a 1x1", "; and ", count(tails=0, kernel=9)),
    other("the shown numbers", "fixed", lambda c, s, d: (695296, 622583808)),
    other("the sum", "return parameters", lambda c, s, d: sum(right(c, s, d))),
    other("as text", "no strings", lambda c, s, d: list(map(str, right(c, s, d)))),
]
