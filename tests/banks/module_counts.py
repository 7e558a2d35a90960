"""Answers to *Count a module's units*."""

from __future__ import annotations

from torch import nn

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.residual import ResidualUnit


def way(p, t, r, d):
    return 2 * p + t


def inside(p, t, r, d):
    return 2 * r * d + d - 1


def by_recursion(p, t, r, poolings):
    def level(left):
        return 2 * r + (1 + level(left - 1) if left > 1 else 0)

    return p + t + p, level(poolings)


def by_walking(p, t, r, poolings):
    def units(part: nn.Module) -> int:
        return sum(isinstance(one, ResidualUnit) for one in part.modules())

    module = AttentionModule(4, poolings, p, t, r)
    in_the_mask = units(module.mask)
    return units(module) - in_the_mask, in_the_mask


def as_floats(p, t, r, poolings):
    return [2.0 * p + t, sum([r, r, 1][0] * 2 + 1 for _ in range(poolings)) - 1.0]


def pair(on_the_way=way, in_the_mask=inside):
    """An answer from two functions of p, t, r and the number of poolings."""
    return lambda p, t, r, d: (on_the_way(p, t, r, d), in_the_mask(p, t, r, d))


RIGHT = [
    ("the closed forms", pair()),
    ("level by level", by_recursion),
    ("walking over the package's module", by_walking),
    ("floats in a list", as_floats),
]

WRONG = [
    ("a table of three masks", pair(
        in_the_mask=lambda p, t, r, d: {1: 2 * r, 2: 4 * r + 1, 3: 6 * r + 2}[d]),
     "table"),
    ("Attention-56's first module", lambda p, t, r, d: (4, 8), "one number"),
    ("right for p, t, r = 1, 2, 1 alone", lambda p, t, r, d: (4, 3 * d - 1),
     "one number"),
    ("the mask of three poolings", pair(in_the_mask=lambda p, t, r, d: 8),
     "one number"),
    ("the sum", lambda p, t, r, d: way(p, t, r, d) + inside(p, t, r, d), "return"),
    ("text", lambda p, t, r, d: ("4", "8"), "return"),
    ("three numbers", lambda p, t, r, d: (p, t, inside(p, t, r, d)), "return"),
    ("p, t as they came", lambda p, t, r, d: (p, t), None),
]
