"""Answers to *Count a mask*."""

from __future__ import annotations

import torch
from torch import nn

from resattn_tutorial.cost.flops import parameter_counts, torch_count
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from tests.banks import Answer

NAME = "count_mask"


def count(
    units=lambda level, last: 2 if last else 3,
    side=lambda size, level: size >> level,
    kernel=17,
    norms=12,
    tails=2,
    tail=16,
    tail_norms=8,
    tail_side=lambda size, poolings: size,
    work=lambda total: total,
):
    """An answer, right but for what is given; weights are in squares of ``w``."""
    def answer(channels, size, poolings):
        w = channels // 4
        levels = range(1, poolings + 1)
        counts = [units(level, level == poolings) for level in levels]
        parameters = sum(counts) * (kernel * w**2 + norms * w)
        parameters += tails * (tail * w**2 + tail_norms * w)
        sides = [side(size, level) for level in levels]
        total = sum(n * kernel * s**2 for n, s in zip(counts, sides, strict=True))
        total += tails * tail * tail_side(size, poolings) ** 2
        return parameters, work(total * w**2)
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


def wrong(story, named, **changes):
    return Answer(NAME, story, count(**changes), named)


def other(story, named, function):
    return Answer(NAME, story, function, named)


right = count()


def hook_counter(channels, size, poolings):
    """Counts each convolution at the full size of the mask."""
    mask = SoftMaskBranch(channels, poolings)
    layers = [part for part in mask.modules() if isinstance(part, nn.Conv2d)]
    work = sum(layer.weight.numel() * size**2 for layer in layers)
    return sum(p.numel() for p in mask.parameters()), work


def with_more(change):
    """Right but for multiply-adds that ``change(w, sides, poolings)`` adds."""
    def answer(channels, size, poolings):
        parameters, work = right(channels, size, poolings)
        sides = [size >> level for level in range(poolings + 1)]
        return parameters, work + change(channels // 4, sides, poolings)
    return answer


def late_units(w, sides, poolings):
    pairs = zip(sides, sides[1:], strict=False)
    return sum(17 * w**2 * (above**2 - here**2) for above, here in pairs)


def full_skips(w, sides, poolings):
    return late_units(w, sides[:-1], poolings)


def norms_at_work(w, sides, poolings):
    return sum((2 if level == poolings else 3) * 12 * w * sides[level] ** 2
               for level in range(1, poolings + 1))


def sides_for_areas(channels, size, poolings):
    w = channels // 4
    units = sum((2 if level == poolings else 3) * 17 * w**2 * (size >> level)
                for level in range(1, poolings + 1))
    return right(channels, size, poolings)[0], units + 32 * w**2 * size


def areas_quartered(channels, size, poolings):
    w, area = channels // 4, size**2
    work = 32 * w**2 * area
    for level in range(1, poolings + 1):
        area //= 4
        work += (2 if level == poolings else 3) * 17 * w**2 * area
    return right(channels, size, poolings)[0], work


WRONG = [
    wrong("no units in the skips", "skip", units=lambda level, last: 2),
    wrong("a skip at the lowest level, too", "not d", units=lambda level, last: 3),
    wrong("one unit at the bottom", "lowest level has two",
          units=lambda level, last: 1 if last else 3),
    wrong("four units at the bottom", "not three or four",
          units=lambda level, last: 4 if last else 3),
    wrong("one unit a level", "in its skip", units=lambda level, last: 1),
    wrong("only the lowest level", "more than the lowest",
          units=lambda level, last: 2 if last else 0),
    wrong("no tail", "tail are missing", tails=0),
    wrong("one 1x1 in the tail", "tail has two", tails=1),
    wrong("the tail as a bottleneck", "no bottleneck", tail=4),
    wrong("no batch norms", "scales and shifts are missing", norms=0, tail_norms=0),
    wrong("no batch norms in the tail", "before each of its", tail_norms=0),
    wrong("batch norms in the tail alone", "units have batch norms", norms=0),
    wrong("scales without shifts", "two numbers", norms=6, tail_norms=4),
    wrong("running statistics, too", "running", norms=24, tail_norms=16),
    wrong("biases in the tail", "no bias", tail_norms=12),
    wrong("batch norms of all channels inside", "a quarter", norms=24),
    wrong("the 3x3 as a 1x1", "nine", kernel=9),
    wrong("one 1x1 in a unit", "two 1x1", kernel=13),
    wrong("no bottleneck", "a quarter as wide", kernel=176),
    wrong("odd sizes rounded up", "smaller side",
          side=lambda size, level: -(-size // 2**level)),
    wrong("odd sizes not rounded", "with //", side=lambda size, level: size / 2**level),
    wrong("units at full size", "halved", side=lambda size, level: size),
    wrong("units before their poolings", "before its units",
          side=lambda size, level: size >> (level - 1)),
    wrong("all units half as large", "only the highest",
          side=lambda size, level: size >> 1),
    wrong("sides quartered", "quarter its sides",
          side=lambda size, level: size >> 2 * level),
    wrong("the tail at half size", "full size", tail_side=lambda size, d: size >> 1),
    wrong("the tail at the lowest size", "full size", tail_side=lambda s, d: s >> d),
    wrong("FLOPs", "one multiply-add", work=lambda total: 2 * total),
    wrong("in billions", "not billions", work=lambda total: total / 1e9),
    wrong("no tail, and the 3x3 as a 1x1", "; and ", tails=0, kernel=9),
    other("every convolution at full size", "halved", hook_counter),
    other("the parameters again", "every pixel", lambda c, s, d: (
        right(c, s, d)[0], right(c, s, d)[0])),
    other("swapped", "order", lambda c, s, d: right(c, s, d)[::-1]),
    other("the shown numbers", "fixed", lambda c, s, d: (695296, 622583808)),
    other("right for three poolings alone", None, lambda c, s, d: right(c, s, 3)),
    other("the sum", "return parameters", lambda c, s, d: sum(right(c, s, d))),
    other("as text", "no text", lambda c, s, d: list(map(str, right(c, s, d)))),
    other("raises", None, lambda c, s, d: c[0]),
    wrong("no quarter inside", "w = channels // 4", kernel=272),
    wrong("batch norms of w channels", "C, w and w", norms=6),
    wrong("the tail at twice the half", "an odd one",
          tail_side=lambda size, d: size // 2 * 2),
    other("units on the way up after the stretch", "before its stretch",
          with_more(late_units)),
    other("units in the skips at the size above", "behind the pooling",
          with_more(full_skips)),
    other("batch norms as work", "batch norms are left out", with_more(norms_at_work)),
    other("sides for areas", "size * size", sides_for_areas),
    other("areas quartered", "then square", areas_quartered),
]
