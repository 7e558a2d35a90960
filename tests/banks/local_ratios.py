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


TABLE = {(1, 3): 1.010961, (3, 3): 1.712444, (1, 2): 1.045333}

RIGHT = [
    ("the closed form", closed),
    ("layer by layer", by_hand),
    ("measured", by_measurement),
    ("in units, the sum closed", by_geometric_sum),
]

WRONG = [
    ("no tail and no skips", ratio(lambda u: u, lambda d: sum(
        2 / 4**k for k in range(1, d + 1))), "; and "),
    ("a table that ends", lambda u, d: TABLE[u, d], "table"),
    ("the shown one", lambda u, d: closed(1, 3), "one number"),
    ("a table", lambda u, d: TABLE.get((u, d), 1.0), None),
    ("a tensor", lambda u, d: torch.tensor(closed(u, d)), "float"),
    ("both costs", lambda u, d: (17 * u + 32, 17 * whole(d) + 32), "one number"),
    ("text", lambda u, d: f"{closed(u, d):.2f}", "one number"),
]
