"""Answers to *Mend a mask*."""

from __future__ import annotations

from itertools import product

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.soft_mask import stretch

pool = nn.MaxPool2d(3, stride=2, ceil_mode=True)


def mended(
    reads_x=False, doubled=False, added=False, skip=None, below=None, end=None,
    stretches=stretch, pool=pool,
):
    """A mask with some of the stub's faults, or with others."""
    def answer(parts, x, trunk):
        first = parts.down(pool(x))
        if below is None:
            bottom = parts.bottom(pool(x if reads_x else first))
        else:
            bottom = below(parts, x, first)
        y = stretches(bottom, first.shape[-2:])
        y = y + (parts.skip(first) if skip is None else skip(parts, first))
        y = y + first if doubled else y
        y = stretches(parts.up(y), x.shape[-2:])
        y = parts.tail(y + trunk if added else y)
        return y if end is None else end(y, x, trunk)
    return answer


def summed_otherwise(joined):
    """The right mask but for what goes into ``up``, made of its map and the lower."""
    def answer(parts, x, trunk):
        first = parts.down(pool(x))
        low = stretch(parts.bottom(pool(first)), first.shape[-2:])
        return parts.tail(stretch(parts.up(joined(parts, first, low)), x.shape[-2:]))
    return answer


def not_stretched_at_the_end(parts, x, trunk):
    first = parts.down(pool(x))
    low = stretch(parts.bottom(pool(first)), first.shape[-2:])
    return parts.tail(parts.up(parts.skip(first) + low))


def down_run_twice(parts, x, trunk):
    low = stretch(parts.bottom(pool(parts.down(pool(x)))), pool(x).shape[-2:])
    y = parts.up(parts.skip(parts.down(pool(x))) + low)
    return parts.tail(stretch(y, trunk.shape[-2:]))


def trunk_given_to_the_tail(parts, x, trunk):
    first = parts.down(pool(x))
    low = stretch(parts.bottom(pool(first)), first.shape[-2:])
    y = parts.up(parts.skip(first) + low)
    return parts.tail(stretch(y, trunk.shape[-2:]), trunk)


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


def up_left_out(parts, x, trunk):
    first = parts.down(pool(x))
    y = stretch(parts.bottom(pool(first)), first.shape[-2:]) + parts.skip(first)
    return parts.tail(stretch(y, x.shape[-2:]))


def up_at_full_size(parts, x, trunk):
    first = parts.down(pool(x))
    y = stretch(parts.bottom(pool(first)), first.shape[-2:]) + parts.skip(first)
    return parts.tail(parts.up(stretch(y, x.shape[-2:])))


def no_tail(parts, x, trunk):
    first = parts.down(pool(x))
    y = stretch(parts.bottom(pool(first)), first.shape[-2:]) + parts.skip(first)
    return stretch(parts.up(y), x.shape[-2:])


def tail_without_trunk_values(parts, x, trunk):
    first = parts.down(pool(x))
    y = stretch(parts.bottom(pool(first)), first.shape[-2:]) + parts.skip(first)
    return parts.tail(stretch(parts.up(y), x.shape[-2:]) * trunk)


def no_bottom(parts, x, trunk):
    first = parts.down(pool(x))
    return parts.tail(stretch(parts.up(parts.skip(first)), x.shape[-2:]))


def x_at_full_size(parts, x, trunk):
    first = parts.down(pool(x))
    y = stretch(parts.bottom(pool(first)), first.shape[-2:]) + parts.skip(first)
    return parts.tail(stretch(parts.up(y), x.shape[-2:]) + x)


def not_stretched(parts, x, trunk):
    first = parts.down(pool(x))
    y = parts.bottom(pool(first)) + parts.skip(first)
    return parts.tail(stretch(parts.up(y), x.shape[-2:]))


def twice_the_factor(parts, x, trunk):
    first = parts.down(pool(x))
    y = F.interpolate(
        parts.bottom(pool(first)), scale_factor=2, mode="bilinear", align_corners=True
    )
    y = parts.up(y + parts.skip(first))
    return parts.tail(stretch(y, x.shape[-2:]))


def without_graph(parts, x, trunk):
    with torch.no_grad():
        return by_unpacking(parts, x, trunk)


def in_place(parts, x, trunk):
    return by_unpacking(parts, x.relu_(), trunk)


def no_return(parts, x, trunk):
    by_unpacking(parts, x, trunk)


def other_names(parts, x, trunk):
    return parts.tail(parts.middle(x))


FAULTS = {"reads_x": "second pooling", "doubled": "doubled", "added": "trunk is added"}
RIGHT = [
    ("all three faults mended", mended()),
    ("the size from the trunk", by_the_trunks_size),
    ("plain torch", with_plain_torch),
    ("the parts unpacked", by_unpacking),
    ("the sum in place, on a map of its own", summed_otherwise(
        lambda p, first, low: p.skip(first).add_(low))),
]

WRONG = [
    (f"left: {[name for name, is_left in zip(FAULTS, left, strict=True) if is_left]}",
     mended(*left),
     [word for word, is_left in zip(FAULTS.values(), left, strict=True) if is_left][-1])
    for left in product((False, True), repeat=3) if any(left)
] + [
    ("the raw skip kept, its unit dropped", mended(skip=lambda p, f: f), "raw"),
    ("the skip dropped", mended(skip=lambda p, f: 0 * f), "left out"),
    ("the skip's unit twice", mended(skip=lambda p, f: 2 * p.skip(f)), "doubled"),
    ("no second pooling", mended(below=lambda p, x, f: p.bottom(f)), "left out"),
    ("x pooled twice", mended(below=lambda p, x, f: p.bottom(pool(pool(x)))), "level"),
    ("no second pooling, the trunk added", mended(
        added=True, below=lambda p, x, f: p.bottom(f)), "trunk is added"),
    ("pooled three times", mended(
        below=lambda p, x, f: p.bottom(pool(pool(f)))), "too many"),
    ("no bottom", mended(below=lambda p, x, f: pool(f)), "`bottom` never ran"),
    ("bottom twice", mended(
        below=lambda p, x, f: p.bottom(p.bottom(pool(f)))), "`bottom` ran more"),
    ("stretched before bottom", mended(below=lambda p, x, f: p.bottom(
        stretch(pool(f), f.shape[-2:]))), "small map"),
    ("down run twice", down_run_twice, "in a variable"),
    ("the skip's unit on the sum", summed_otherwise(
        lambda p, first, low: p.skip(first + low)), "alone"),
    ("the skip's unit on the lower map", summed_otherwise(
        lambda p, first, low: first + p.skip(low)), "alone"),
    ("a product", summed_otherwise(
        lambda p, first, low: p.skip(first) * low), "not multiplied"),
    ("a mean", summed_otherwise(
        lambda p, first, low: (p.skip(first) + low) / 2), "no mean"),
    ("the mask of the trunk", lambda parts, x, trunk: mended()(parts, trunk, x),
     "not from the trunk"),
    ("poolings of 2x2", mended(pool=lambda y: F.max_pool2d(y, 2)), "3x3"),
    ("mean poolings", mended(pool=lambda y: F.avg_pool2d(y, 2)), "3x3"),
    ("poolings with padding", mended(
        pool=lambda y: F.max_pool2d(y, 3, 2, padding=1)), "3x3"),
    ("not stretched at the end", not_stretched_at_the_end, "as large as x"),
    ("the trunk given to the tail", trunk_given_to_the_tail, "one map"),
    ("the trunk multiplied in", tail_without_trunk_values, "multiplied"),
    ("the trunk behind the tail", mended(end=lambda y, x, t: y + t), "behind the tail"),
    ("the module's merge", mended(end=lambda y, x, t: (1 + y) * t), "behind the tail"),
    ("a second sigmoid", mended(end=lambda y, x, t: y.sigmoid()), "sigmoid"),
    ("no tail", no_tail, "tail is left out"),
    ("no up", up_left_out, "`up` is left out"),
    ("up at full size", up_at_full_size, "before"),
    ("nothing below", no_bottom, "lower level"),
    ("x at full size", x_at_full_size, "no skip"),
    ("nearest", mended(stretches=F.interpolate), "corners"),
    ("corners off corners", mended(
        stretches=lambda y, size: F.interpolate(y, size, mode="bilinear")), "corners"),
    ("not stretched", not_stretched, "before the sum"),
    ("a factor of two", twice_the_factor, "fixed"),
    ("even sizes only", mended(stretches=lambda y, size: stretch(
        y, (2 * y.shape[2], 2 * y.shape[3]))), "fixed"),
    ("detached", mended(end=lambda y, x, t: y.detach()), "detach"),
    ("the skip detached", mended(skip=lambda p, f: p.skip(f.detach())), "detach"),
    ("under no_grad", without_graph, "no_grad"),
    ("x in place", in_place, "in-place"),
    ("float32 whatever came", mended(end=lambda y, x, t: y.float()), ".float()"),
    ("the trunk", lambda parts, x, trunk: trunk, None),
    ("no return", no_return, "return"),
    ("two tensors", mended(end=lambda y, x, t: (y, t)), "return"),
    ("NumPy", mended(end=lambda y, x, t: y.detach().numpy()), "return"),
    ("dropout", mended(end=lambda y, x, t: F.dropout(y, 0.1)), "random"),
    ("a part that is not there", other_names, "down, bottom"),
    ("two arguments", lambda parts, x: x, "arguments"),
    ("a class", nn.Identity, "function"),
]
