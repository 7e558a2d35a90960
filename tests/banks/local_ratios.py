"""Answers to *What a mask without poolings costs*."""

from __future__ import annotations

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resattn_tutorial.models.attention_module import local_mask_branch
from resattn_tutorial.models.soft_mask import SoftMaskBranch


def whole(d):
    return sum(3 / 4**k for k in range(1, d)) + 2 / 4**d


def closed(units, poolings):
    return (17 * units + 32) / (17 * whole(poolings) + 32)


def by_hand(units, poolings):
    channels, size = 64, 2**poolings
    w = channels // 4
    unit, tail = channels * w + 9 * w * w + w * channels, 2 * channels * channels
    local = (units * unit + tail) * size**2
    mask = tail * size**2
    for level in range(1, poolings + 1):
        here = 3 if level < poolings else 2
        mask += here * unit * (size // 2**level) ** 2
    return local / mask


def by_measurement(units, poolings):
    def cost(part: nn.Module) -> int:
        with FlopCounterMode(display=False) as counter:
            part.eval()(torch.zeros(1, 16, 32, 32, device="meta"))
        return counter.get_total_flops()

    with torch.device("meta"):
        local, pooled = local_mask_branch(16, units), SoftMaskBranch(16, poolings)
    return cost(local) / cost(pooled)


def by_geometric_sum(units, poolings):
    return (units + 32 / 17) / (1 - 0.25 ** (poolings - 1) + 2 * 0.25**poolings
                                + 32 / 17)


def ratio(above=lambda u: 17 * u + 32, below=lambda d: 17 * whole(d) + 32):
    """An answer from the cost of a local mask and of one with poolings."""
    return lambda units, poolings: above(units) / below(poolings)


def prints(units, poolings):
    print(closed(units, poolings), end="\r")


TABLE = {(1, 3): 1.010961, (3, 3): 1.712444, (1, 2): 1.045333}

RIGHT = [
    ("the closed form", closed),
    ("layer by layer", by_hand),
    ("measured", by_measurement),
    ("in units, the sum closed", by_geometric_sum),
]

WRONG = [
    ("no tail", ratio(lambda u: u, whole), "missing in both"),
    ("no tail in the local mask", ratio(lambda u: 17 * u), "missing in the local"),
    ("no tail in the other", ratio(below=lambda d: 17 * whole(d)),
     "missing in the mask with"),
    ("one 1x1", ratio(lambda u: 17 * u + 16, lambda d: 17 * whole(d) + 16), "two 1x1"),
    ("one 1x1 in the local mask", ratio(lambda u: 17 * u + 16), "in the local"),
    ("1x1 of the bottleneck's width", ratio(
        lambda u: 17 * u + 2, lambda d: 17 * whole(d) + 2), "C * C"),
    ("1x1 to a quarter", ratio(
        lambda u: 17 * u + 8, lambda d: 17 * whole(d) + 8), "C to C"),
    ("a 1x1 as a unit", ratio(
        lambda u: u + 2, lambda d: whole(d) + 2), "no residual unit"),
    ("no skips", ratio(below=lambda d: 17 * (
        sum(2 / 4**k for k in range(1, d + 1))) + 32), "skips"),
    ("half, not a quarter", ratio(below=lambda d: 17 * (
        sum(3 / 2**k for k in range(1, d)) + 2 / 2**d) + 32), "quarters the pixels"),
    ("the parameters", ratio(below=lambda d: 17 * (3 * d - 1) + 32), "shrink"),
    ("one unit at the bottom", ratio(below=lambda d: 17 * (
        whole(d) - 1 / 4**d) + 32), "lowest level"),
    ("three units at the bottom", ratio(below=lambda d: 17 * (
        whole(d) + 1 / 4**d) + 32), "nothing is skipped"),
    ("units before the poolings", ratio(below=lambda d: 17 * 4 * whole(d) + 32),
     "behind the first"),
    ("no way up", ratio(below=lambda d: 17 * sum(
        1 / 4**k for k in range(1, d + 1)) + 32), "way up"),
    ("no 3x3", ratio(lambda u: 8 * u + 32, lambda d: 8 * whole(d) + 32), "has a 3x3"),
    ("the 3x3 as a 1x1", ratio(
        lambda u: 9 * u + 32, lambda d: 9 * whole(d) + 32), "nine"),
    ("1x1 of a unit from w to w", ratio(
        lambda u: 11 * u + 32, lambda d: 11 * whole(d) + 32), "4 + 9 + 4"),
    ("no tail and no skips", ratio(lambda u: u, lambda d: sum(
        2 / 4**k for k in range(1, d + 1))), "; and "),
    ("units at full size", ratio(
        below=lambda d: 17 * (3 + whole(d)) + 32), "stands at full size"),
    ("nothing at the bottom", ratio(
        below=lambda d: 17 * (whole(d) - 2 / 4**d) + 32), "lowest level is left out"),
    ("a level too few", ratio(below=lambda d: 17 * (
        sum(3 / 4**k for k in range(1, d - 1)) + 2 / 4**d) + 32), "poolings - 1"),
    ("the bottom a level too high", ratio(below=lambda d: 17 * (
        whole(d) + 6 / 4**d) + 32), "behind all poolings"),
    ("the skips a level too low", ratio(below=lambda d: 17 * (
        sum(2 / 4**k + (k > 1) / 4**k for k in range(1, d + 1))) + 32), "one below"),
    ("the skips a level too high", ratio(below=lambda d: 17 * (
        sum(2 / 4**k + (k < d) * 4 / 4**k for k in range(1, d + 1))) + 32),
     "one above"),
    ("the skips at full size", ratio(below=lambda d: 17 * (
        sum(2 / 4**k + (k > 1) for k in range(1, d + 1))) + 32), "not at full size"),
    ("a tail that shrinks", ratio(
        below=lambda d: 17 * whole(d) + 32 / 4**d), "behind the last stretch"),
    ("units in C * C, 1x1 in w * w", ratio(
        lambda u: 17 / 16 * u + 32, lambda d: 17 / 16 * whole(d) + 32), "currency"),
    ("always three units", lambda u, d: closed(3, d), "units is an argument"),
    ("always three poolings", lambda u, d: closed(u, 3), "poolings is an argument"),
    ("a whole number", lambda u, d: (17 * u + 32) // (17 * whole(d) + 32), "cut to"),
    ("a table that ends", lambda u, d: TABLE[u, d], "table"),
    ("upside down", lambda u, d: 1 / closed(u, d), "upside"),
    ("more by", lambda u, d: closed(u, d) - 1, "difference"),
    ("percent", lambda u, d: 100 * closed(u, d), "percent"),
    ("three masks' units", lambda u, d: closed(3 * u, d), "one mask"),
    ("rounded", lambda u, d: round(closed(u, d), 1), "rounded"),
    ("rounded to two", lambda u, d: round(closed(u, d), 2), "rounded"),
    ("the shown one", lambda u, d: closed(1, 3), "one number"),
    ("a table", lambda u, d: TABLE.get((u, d), 1.0), None),
    ("the units' ratio", lambda u, d: u / whole(d), "missing in both"),
    ("a tensor", lambda u, d: torch.tensor(closed(u, d)), "float"),
    ("both costs", lambda u, d: (17 * u + 32, 17 * whole(d) + 32), "one number"),
    ("printed", prints, "return"),
    ("text", lambda u, d: f"{closed(u, d):.2f}", "one number"),
    ("one argument", lambda u: 1.0, "arguments"),
    ("not a function", 1.011, "function"),
]
