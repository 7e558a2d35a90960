"""The smallest map for given poolings, worked out rightly and wrongly.

``poolings`` holds, stage by stage, how often a mask pools. Stage ``k`` sees a map that
the trunk has halved ``k`` times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

CASES = (
    (3, 2, 1),
    (2, 2, 2),
    (0, 0, 3),
    (1, 1, 1, 1),
    (0,),
    (4, 0, 1),
    (0, 1, 0, 2),
    (0, 0, 0),
    (0, 0, 0, 4),
)


def smallest(poolings: Sequence[int]) -> int:
    """What ``smallest_map(poolings)`` has to return."""
    return max((2**d - 1) * 2**k + 1 for k, d in enumerate(poolings))


def largest_of(each: Callable[[int, int], int]) -> Callable[[Sequence[int]], int]:
    """The largest of what every stage asks for: ``each(halvings, poolings)``."""
    return lambda poolings: max(each(k, d) for k, d in enumerate(poolings))


def stage_by_stage(
    before: Callable[[int, int], int], backwards: bool = True
) -> Callable[[Sequence[int]], int]:
    """One stage after another: ``before(needed, poolings)`` pixels at each."""
    return lambda poolings: reduce(before, poolings[:: -1 if backwards else 1], 1)


def by_trial(halved: Callable[[int], int]) -> Callable[[Sequence[int]], int]:
    """The first size that suffices, where a stage turns ``n`` into ``halved(n)``."""

    def answer(poolings: Sequence[int]) -> int:
        size = 1
        while not _suffices(size, poolings, halved):
            size += 1
        return size

    return answer


def _suffices(
    size: int, poolings: Sequence[int], halved: Callable[[int], int]
) -> bool:
    for d in poolings:
        if size < 2**d:
            return False
        size = halved(size)
    return True


ROUNDS_UP = (
    "the trunk rounds odd sizes up, so a map of n pixels, halved k times, keeps "
    "n / 2^k rounded up; the smallest n that keeps s of them is (s - 1) * 2^k + 1"
)
MASKS_ONLY = (
    "only the masks are looked at: the trunk has halved the map once more before each "
    "stage but the first"
)
TOO_SOON = (
    "the first stage keeps the stem's size; the trunk halves before each later "
    "one"
)
TWICE = "d poolings halve d times: 2^d, not 2 d"
MASK_SIZE = "a mask halves as {}; d poolings ask for a map of 2^d pixels"
FORMS: list[tuple[Callable[[Sequence[int]], int], str]] = [
    (largest_of(lambda k, d: 2 ** (d + k)), ROUNDS_UP),
    (stage_by_stage(lambda n, d: max(2 * n, 2**d)), ROUNDS_UP),
    (stage_by_stage(lambda n, d: max(2 * n - 1, 2**d), backwards=False), "the order: "
     "begin with the last stage, whose map is the smallest"),
    (by_trial(lambda n: round(n / 2)), "round() takes halves to the even side, so 5 "
     "becomes 2: sizes are rounded up, (n + 1) // 2"),
    (largest_of(lambda k, d: 2**d * 2**k + 1), "a map of exactly 2^d pixels is large "
     "enough: at least, not more than"),
    (lambda p: (2 ** max(p) - 1) * 2 ** p.index(max(p)) + 1, "the stage with the most "
     "poolings need not be the one that decides: look at each stage for itself"),
    (lambda p: 2 ** (sum(p) + len(p) - 1), "the masks stand in different stages; each "
     "one halves its own map, and what it halves comes back"),
    (lambda p: 2 ** sum(p), "the masks stand in different stages; each one halves its "
     "own map, and what it halves comes back"),
    (largest_of(lambda k, d: (2**d - 1) * 2**k), "one pixel short: with this size a "
     "mask still meets a map that is too small"),
    (largest_of(lambda k, d: 2**d), MASKS_ONLY),
    (lambda p: 2 ** max(p) * 2 ** (len(p) - 1), "the largest number of poolings need "
     "not stand in the last stage: look at each stage for itself"),
    (lambda p: (2 ** max(p) - 1) * 2 ** (len(p) - 1) + 1, "the largest number of "
     "poolings need not stand in the last stage: look at each stage for itself"),
    (lambda p: 2 ** p[0], "only the first stage is looked at"),
    (lambda p: (2 ** p[-1] - 1) * 2 ** (len(p) - 1) + 1, "only the last stage is "
     "looked at"),
    (lambda p: 2 ** (p[-1] + len(p) - 1), "only the last stage is looked at"),
    (lambda p: min((2**d - 1) * 2**k + 1 for k, d in enumerate(p)), "every stage must "
     "be content: take the largest of their sizes, not the smallest"),
    (lambda p: sum((2**d - 1) * 2**k + 1 for k, d in enumerate(p)), "every stage must "
     "be content: take the largest of their sizes, not their sum"),
    (largest_of(lambda k, d: (2**d - 1) * 2 ** (k + 1) + 1), TOO_SOON),
    (largest_of(lambda k, d: 2 ** (d + k + 1)), TOO_SOON),
    (largest_of(lambda k, d: (2 ** (d - 1) if d else 0) * 2**k + 1),
     MASK_SIZE.format("sizes rounded down: 3 becomes 1, and 1 becomes nothing")),
    (largest_of(lambda k, d: (3 * 2 ** (d - 1) - 1 if d else 0) * 2**k + 1),
     MASK_SIZE.format("2 becomes 1: the window of 3 may be cut by the border")),
    (largest_of(lambda k, d: (7 * 2**d - 1) * 2**k + 1), "the smallest map that can "
     "still be halved is asked for, not one that ends on 7 x 7"),
    (largest_of(lambda k, d: 2 * d * 2**k), TWICE),
    (stage_by_stage(lambda n, d: max(2 * n - 1, 2 * d)), TWICE),
    (lambda p: 4 * smallest(p) - 1, "the map behind the stem is asked for, not the "
     "image before it"),
    (lambda p: smallest(p) + 1, "one pixel more than is needed"),
    (lambda p: 1 << (smallest(p) - 1).bit_length(), "the size need not be a power of "
     "two: try one pixel less"),
]


def name(found: list[int]) -> str | None:
    """Name the mistake behind the answers to all :data:`CASES`."""
    if len(set(found)) == 1:
        return "the same size came for every list of poolings"
    wrong = [p for mine, p in zip(found, CASES, strict=True) if mine != smallest(p)]
    if not any(any(poolings) for poolings in wrong):
        return "a stage without poolings is content with one pixel, no more, no less"
    return next((w for form, w in FORMS if found == [form(p) for p in CASES]), None)
