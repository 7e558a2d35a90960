"""A mask of two poolings, whole and with the faults of public versions left in it.

Every fault changes the output and no shape. All combinations are computed, so a half
mended mask is told which faults remain.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter06.stand_ins import StandIn
from resattn_tutorial.checks.engine.map_forms import halved
from resattn_tutorial.checks.engine.probe import Forms
from resattn_tutorial.models.soft_mask import stretch

Part = Callable[[Tensor], Tensor]
TRUNK = "the trunk is added to the mask: from it the stretch takes the size, no values"
DOUBLED = "the skip is doubled: the map comes in raw, and through its unit once more"
POOLING = "the second pooling reads x: it has to go on from the first level's map"
LEFT_OUT = "the skip is left out: the first level's map comes back through its unit"
RAW = "the skip is raw: it passes through its own unit first"
UNPOOLED = "the second pooling is left out"
SKIPPED = "the skip's unit runs on the first level's map alone, before the sum"
LATE = "the trunk comes in behind the tail: the mask is finished there"


class MaskParts(NamedTuple):
    """What a mask of two poolings consists of, besides its poolings and stretches."""

    down: Part
    bottom: Part
    skip: Part
    up: Part
    tail: Part


def mask_parts(channels: int) -> MaskParts:
    """Stand-ins for the five parts; the tail gives values in (0, 1)."""
    *units, tail = (StandIn(channels, weighs=place == 4) for place in range(5))
    return MaskParts(*units, tail)


def whole(parts: MaskParts, x: Tensor, pool: Part = halved) -> Tensor:
    """The mask as in the authors' files: it does not depend on the trunk's values."""
    first = parts.down(pool(x))
    y = parts.skip(first) + stretch(parts.bottom(pool(first)), first.shape[-2:])
    return parts.tail(stretch(parts.up(y), x.shape[-2:]))


def faulty(parts: MaskParts, x: Tensor, trunk: Tensor) -> Forms:
    """Yield the faults that remain, in words, and what they make of the mask."""
    first = parts.down(halved(x))
    ways = product(_lower_maps(parts, x, first), _skips(parts, first), _tops(trunk))
    for (low, below), (skipped, skip), (high, top) in ways:
        y = stretch(below, first.shape[-2:]) + skip
        y = top(parts, stretch(parts.up(y), x.shape[-2:]))
        words = "; and ".join(filter(None, (low, skipped, high)))
        yield words or "one of the parts is changed on the way", y
    yield from _other_mistakes(parts, x, first)
    yield from _other_sums(parts, x, first)
    yield "the mask starts from x, the map at the split, not from the trunk's end", (
        whole(parts, trunk)
    )
    for pool in (
        lambda y: F.max_pool2d(y, 2),
        lambda y: F.max_pool2d(y, 3, 2, padding=1),
        lambda y: F.max_pool2d(y, 3, 2),
        lambda y: F.avg_pool2d(y, 3, 2, ceil_mode=True),
        lambda y: F.avg_pool2d(y, 2),
    ):
        yield "the poolings: largest of 3x3, stride 2, ceil mode, as `pool` does it", (
            whole(parts, x, pool)
        )


def _lower_maps(parts: MaskParts, x: Tensor, first: Tensor) -> Forms:
    """What the lower level gives, rightly first."""
    yield "", parts.bottom(halved(first))
    yield POOLING, parts.bottom(halved(x))
    yield UNPOOLED, parts.bottom(first)
    yield "the lower level reads x, twice pooled: go on from the first level's map", (
        parts.bottom(halved(halved(x)))
    )
    yield "one pooling too many: the mask has two", parts.bottom(halved(halved(first)))


def _skips(parts: MaskParts, first: Tensor) -> Forms:
    """What the lower level's map is added to, rightly first."""
    skip = parts.skip(first)
    yield "", skip
    yield DOUBLED, skip + first
    yield "the skip is doubled: it comes in once", 2 * skip
    yield RAW, first
    yield LEFT_OUT, torch.zeros_like(first)


def _tops(trunk: Tensor) -> Iterator[tuple[str, Callable]]:
    """What is made of the map at full size, rightly first."""
    yield "", lambda parts, y: parts.tail(y)
    yield TRUNK, lambda parts, y: parts.tail(y + trunk)
    yield "the trunk is multiplied in: a mask is computed without its values", (
        lambda parts, y: parts.tail(y * trunk)
    )
    yield LATE, lambda parts, y: parts.tail(y) + trunk
    yield LATE, lambda parts, y: parts.tail(y) * trunk
    yield LATE, lambda parts, y: (1 + parts.tail(y)) * trunk
    yield "the tail is left out", lambda parts, y: y
    yield "a second sigmoid: the tail ends with one", (
        lambda parts, y: parts.tail(y).sigmoid()
    )


def _other_sums(parts: MaskParts, x: Tensor, first: Tensor) -> Forms:
    """What meets at the first level in another way."""
    size, full = first.shape[-2:], x.shape[-2:]
    low, skip = stretch(parts.bottom(halved(first)), size), parts.skip(first)
    early = parts.bottom(stretch(halved(first), size))
    joined = (
        (SKIPPED, parts.skip(first + low)),
        (SKIPPED, first + parts.skip(low)),
        (SKIPPED, parts.skip(low)),
        (SKIPPED, parts.skip(low) + low),
        ("the skip starts from the first level's map, behind `down`",
         low + parts.skip(halved(x))),
        ("the skip starts from the first level's map, behind `down`",
         low + parts.skip(stretch(x, size))),
        ("`bottom` works on the small map: the stretch comes after it", skip + early),
        ("the two maps are added, not multiplied", skip * low),
        ("a sum, no mean: the two maps are added as they are", (skip + low) / 2),
    )
    for words, y in joined:
        yield words, parts.tail(stretch(parts.up(y), full))
    yield "the last stretch is left out: the mask is as large as x", (
        parts.tail(parts.up(skip + low))
    )


def _other_mistakes(parts: MaskParts, x: Tensor, first: Tensor) -> Forms:
    """What a repair may break that was whole."""
    skip, below = parts.skip(first), parts.bottom(halved(first))
    size, full = first.shape[-2:], x.shape[-2:]
    joined = skip + stretch(below, size)
    yield "`up` is left out: units follow the sum", parts.tail(stretch(joined, full))
    yield "`up` stands before the sum: it follows it", parts.tail(
        stretch(skip + parts.up(stretch(below, size)), full)
    )
    ends = parts.up(joined), joined
    yield "`up` runs behind the last stretch: it runs before", parts.tail(
        parts.up(stretch(ends[1], full))
    )
    for mode in ("nearest", "bilinear"):
        other = F.interpolate(below, size, mode=mode)
        up = F.interpolate(parts.up(skip + other), full, mode=mode)
        yield "the stretch: bilinear with corners on corners, as `stretch` does it", (
            parts.tail(up)
        )
    yield "x is added at full size: the outermost level has no skip", parts.tail(
        stretch(ends[0], full) + x
    )
    yield "the lower level is left out: it is added to the skip", parts.tail(
        stretch(parts.up(skip), full)
    )
