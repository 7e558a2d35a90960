"""The residual units of an attention module, counted rightly and wrongly.

``p``, ``t``, ``r`` are the paper's, ``d`` is the number of poolings, at least 1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

Case = tuple[int, int, int, int]
Count = Callable[[int, int, int, int], float]
CASES: tuple[Case, ...] = (
    (1, 2, 1, 3), (1, 2, 1, 2), (1, 2, 1, 1), (2, 4, 3, 3), (2, 4, 3, 1), (3, 1, 2, 4),
)


def on_the_way(p: int, t: int, r: int, d: int) -> int:
    """Units on the way through the trunk: before the split, in it, after the merge."""
    return 2 * p + t


def in_the_mask(p: int, t: int, r: int, d: int) -> int:
    """Units of the mask: on the ways down and up, and one for each skip."""
    return 2 * r * d + d - 1


BOTH = "the two count apart: the way through the trunk has no unit of the mask"
BEFORE = "the units before the split are on the way through the trunk, not in the mask"
WAY: tuple[tuple[str, Count], ...] = (
    ("the units after the merge are missing: p stand there, too",
     lambda p, t, r, d: p + t),
    ("p units stand after the merge, not one", lambda p, t, r, d: p + t + 1),
    ("the p units are missing, before the split and after the merge",
     lambda p, t, r, d: t),
    ("the t units of the trunk are missing", lambda p, t, r, d: 2 * p),
    ("the trunk stands there once: only p counts twice",
     lambda p, t, r, d: 2 * (p + t)),
    ("units, not layers: a unit has three", lambda p, t, r, d: 3 * (2 * p + t)),
    ("p units before and p after: 2p, not p squared", lambda p, t, r, d: p * p + t),
    ("one too many: the merge is no residual unit", lambda p, t, r, d: 2 * p + t + 1),
    ("the t units stand one after another: t of them, not 2",
     lambda p, t, r, d: 2 * p + 2),
    ("the p units are p: here is p = 1", lambda p, t, r, d: 2 + t),
    (BOTH, lambda p, t, r, d: 2 * p + t + 2 * r * d + d - 1),
    ("the mask's r has no place in the trunk", lambda p, t, r, d: 2 * p + t + r),
)
MASK: tuple[tuple[str, Count], ...] = (
    ("the units in the skips are missing: one in each of poolings - 1 skips",
     lambda p, t, r, d: 2 * r * d),
    ("there are poolings - 1 skips: below the last pooling nothing is skipped",
     lambda p, t, r, d: 2 * r * d + d),
    ("the way up is missing: it has r units at each level, too",
     lambda p, t, r, d: r * d + d - 1),
    ("the way up is missing: it has r units at each level, too, and each skip has one",
     lambda p, t, r, d: r * d),
    ("the lowest level has 2r units: r of the way down, r of the way up",
     lambda p, t, r, d: r * (2 * d - 1) + d - 1),
    ("a skip passes through one unit, not r",
     lambda p, t, r, d: 2 * r * d + r * (d - 1)),
    ("r units stand between poolings: r, not 1", lambda p, t, r, d: 2 * d + d - 1),
    ("at full size stand no units, only the two 1x1",
     lambda p, t, r, d: 2 * r * (d + 1) + d - 1),
    ("the lowest level has units, too: 2r of them",
     lambda p, t, r, d: 2 * r * (d - 1) + d - 1),
    ("the two 1x1 convolutions are no residual units",
     lambda p, t, r, d: 2 * r * d + d + 1),
    ("each skip has one unit, not two", lambda p, t, r, d: 2 * r * d + 2 * (d - 1)),
    ("units, not layers: a unit has three", lambda p, t, r, d: 3 * (2 * r * d + d - 1)),
    ("the number of units doubles nowhere: each level has 2r, whatever its size",
     lambda p, t, r, d: 2 * r * 2 ** (d - 1) + d - 1),
    (BOTH, lambda p, t, r, d: 2 * p + t + 2 * r * d + d - 1),
    (BEFORE, lambda p, t, r, d: p + 2 * r * d + d - 1),
    (BEFORE, lambda p, t, r, d: 2 * p + 2 * r * d + d - 1),
    ("at full size stand no units, and nothing is skipped there",
     lambda p, t, r, d: 2 * r * (d + 1) + d),
    ("every level but the lowest has a skip: poolings - 1 of them, not one",
     lambda p, t, r, d: 2 * r * d + 1),
    ("every level but the lowest has a skip: poolings - 1 of them, not poolings - 2",
     lambda p, t, r, d: 2 * r * d + max(0, d - 2)),
    ("a skip has one unit, however many levels lie below it",
     lambda p, t, r, d: 2 * r * d + d * (d - 1) // 2),
)


def mistake(found: Sequence[float], right: Count, wrong: Sequence) -> str | None:
    """Name the mistake that explains all counts; ``None`` if none does."""
    for words, count in wrong:
        if all(got == count(*case) for got, case in zip(found, CASES, strict=True)):
            return words
    if len(set(found)) == 1:
        return "one number for all modules: count from p, t, r and poolings"
    for share in (2, 0.5):
        if all(g == share * right(*c) for g, c in zip(found, CASES, strict=True)):
            return "half of it, or twice: each unit counts once"
    return None
