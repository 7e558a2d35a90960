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


def prints(p, t, r, poolings):
    print(2 * p + t, end="\r")


RIGHT = [
    ("the closed forms", pair()),
    ("level by level", by_recursion),
    ("walking over the package's module", by_walking),
    ("floats in a list", as_floats),
]

WRONG = [
    ("nothing after the merge", pair(lambda p, t, r, d: p + t), "after the merge"),
    ("one unit after the merge", pair(lambda p, t, r, d: p + t + 1), "not one"),
    ("the trunk alone", pair(lambda p, t, r, d: t), "before the split"),
    ("the trunk twice", pair(lambda p, t, r, d: 2 * (p + t)), "once"),
    ("no trunk", pair(lambda p, t, r, d: 2 * p), "t units"),
    ("layers", pair(lambda p, t, r, d: 6 * p + 3 * t), "layers"),
    ("one more, for the merge", pair(lambda p, t, r, d: 2 * p + t + 1), "one too many"),
    ("always two in the trunk", pair(lambda p, t, r, d: 2 * p + 2), "not 2"),
    ("the mask on the way, too", pair(
        lambda p, t, r, d: way(p, t, r, d) + inside(p, t, r, d)), "apart"),
    ("the skips forgotten", pair(in_the_mask=lambda p, t, r, d: 2 * r * d), "skips"),
    ("a skip for each pooling", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + d), "poolings - 1 skips"),
    ("only the way down", pair(
        in_the_mask=lambda p, t, r, d: r * d + d - 1), "way up"),
    ("only the way down, no skips", pair(
        in_the_mask=lambda p, t, r, d: r * d), "each skip"),
    ("r at the bottom", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * (d - 1) + r + d - 1), "lowest"),
    ("nothing at the bottom", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * (d - 1) + d - 1), "lowest"),
    ("r in each skip", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + r * (d - 1)), "not r"),
    ("r is 1", pair(in_the_mask=lambda p, t, r, d: 3 * d - 1), "not 1"),
    ("units at full size", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * (d + 1) + d - 1), "full size"),
    ("the 1x1 as units", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + d + 1), "1x1"),
    ("layers of the mask", pair(
        in_the_mask=lambda p, t, r, d: 3 * inside(p, t, r, d)), "layers"),
    ("all units in the mask", pair(
        in_the_mask=lambda p, t, r, d: way(p, t, r, d) + inside(p, t, r, d)), "apart"),
    ("units at full size, and a skip", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * (d + 1) + d), "full size"),
    ("the first units in the mask", pair(
        in_the_mask=lambda p, t, r, d: p + inside(p, t, r, d)), "before the split"),
    ("one skip in all", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + 1), "not one"),
    ("a skip too few", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + max(0, d - 2)), "poolings - 2"),
    ("a unit for each level below a skip", pair(
        in_the_mask=lambda p, t, r, d: 2 * r * d + d * (d - 1) // 2), "however many"),
    ("a table of three masks", pair(
        in_the_mask=lambda p, t, r, d: {1: 2 * r, 2: 4 * r + 1, 3: 6 * r + 2}[d]),
     "table"),
    ("swapped", lambda p, t, r, d: (inside(p, t, r, d), way(p, t, r, d)), "swapped"),
    ("Attention-56's first module", lambda p, t, r, d: (4, 8), "one number"),
    ("right for p, t, r = 1, 2, 1 alone", lambda p, t, r, d: (4, 3 * d - 1),
     "one number"),
    ("the mask of three poolings", pair(in_the_mask=lambda p, t, r, d: 8),
     "one number"),
    ("half of the mask", pair(
        in_the_mask=lambda p, t, r, d: inside(p, t, r, d) / 2), "half"),
    ("the sum", lambda p, t, r, d: way(p, t, r, d) + inside(p, t, r, d), "return"),
    ("printed", prints, "return"),
    ("text", lambda p, t, r, d: ("4", "8"), "return"),
    ("three numbers", lambda p, t, r, d: (p, t, inside(p, t, r, d)), "return"),
    ("p, t as they came", lambda p, t, r, d: (p, t), None),
    ("two arguments", lambda p, t: (2 * p + t, 8), "arguments"),
]
