"""Answers to *Mend a mask*."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.soft_mask import stretch

pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)


def mended(skip=None, below=None, added=False):
    """The right mask, or one with another skip, lower map or last sum."""
    def answer(parts, x, trunk):
        first = parts.down(pool(x))
        bottom = below(parts, first) if below else parts.bottom(pool(first))
        y = stretch(bottom, first.shape[-2:])
        y = y + (skip(parts, first) if skip else parts.skip(first))
        y = stretch(parts.up(y), x.shape[-2:])
        return parts.tail(y + trunk if added else y)
    return answer


def summed_otherwise(joined):
    """The right mask but for what goes into ``up``, made of its map and the lower."""
    def answer(parts, x, trunk):
        first = parts.down(pool(x))
        low = stretch(parts.bottom(pool(first)), first.shape[-2:])
        return parts.tail(stretch(parts.up(joined(parts, first, low)), x.shape[-2:]))
    return answer


def down_run_twice(parts, x, trunk):
    low = stretch(parts.bottom(pool(parts.down(pool(x)))), pool(x).shape[-2:])
    y = parts.up(parts.skip(parts.down(pool(x))) + low)
    return parts.tail(stretch(y, trunk.shape[-2:]))


def by_the_trunks_size(parts, x, trunk):
    a = parts.down(pool(x))
    b = stretch(parts.bottom(pool(a)), (a.shape[2], a.shape[3]))
    return parts.tail(stretch(parts.up(parts.skip(a) + b), trunk.shape[2:]))


def with_plain_torch(parts, x, trunk):
    def halve(y):
        return F.max_pool2d(y, 3, 2, ceil_mode=True)

    def grow(y, like):
        return F.interpolate(
            y, like.shape[-2:], mode="bilinear", align_corners=True
        )

    first = parts.down(halve(x))
    y = torch.add(grow(parts.bottom(halve(first)), first), parts.skip(first))
    return parts.tail(grow(parts.up(y), x))


def by_unpacking(parts, x, trunk):
    down, bottom, skip, up, tail = parts
    first = down(pool(x))
    return tail(stretch(
        up(skip(first) + stretch(bottom(pool(first)), first.shape[-2:])), x.shape[-2:]
    ))


def no_bottom(parts, x, trunk):
    first = parts.down(pool(x))
    return parts.tail(stretch(parts.up(parts.skip(first)), x.shape[-2:]))


def not_stretched(parts, x, trunk):
    first = parts.down(pool(x))
    y = parts.bottom(pool(first)) + parts.skip(first)
    return parts.tail(stretch(parts.up(y), x.shape[-2:]))


def without_graph(parts, x, trunk):
    with torch.no_grad():
        return by_unpacking(parts, x, trunk)


def other_names(parts, x, trunk):
    return parts.tail(parts.middle(x))


RIGHT = [
    ("all three faults mended", mended()),
    ("the size from the trunk", by_the_trunks_size),
    ("plain torch", with_plain_torch),
    ("the parts unpacked", by_unpacking),
    ("the sum in place, on a map of its own", summed_otherwise(
        lambda p, first, low: p.skip(first).add_(low))),
]

WRONG = [
    ("no second pooling, the trunk added", mended(
        added=True, below=lambda p, f: p.bottom(f)), "trunk is added"),
    ("no bottom", mended(below=lambda p, f: pool(f)), "`bottom` never ran"),
    ("bottom twice", mended(
        below=lambda p, f: p.bottom(p.bottom(pool(f)))), "`bottom` ran more"),
    ("down run twice", down_run_twice, "in a variable"),
    ("nothing below", no_bottom, "lower level"),
    ("not stretched", not_stretched, "before the sum"),
    ("the skip detached", mended(skip=lambda p, f: p.skip(f.detach())), "detach"),
    ("under no_grad", without_graph, "no_grad"),
    ("the trunk", lambda parts, x, trunk: trunk,
     "none of the parts"),
    ("a part that is not there", other_names, "down, bottom"),
]
