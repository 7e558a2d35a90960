"""The rate of a step on a staircase, worked out rightly and wrongly."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Case(NamedTuple):
    """One question: the rate of a step."""

    step: int
    first: float
    milestones: tuple[int, ...]


PAPER = (64_000, 96_000)
# Not in the order of the steps: a schedule that counts its own calls will not do.
CASES = (
    Case(2, 0.1, (3,)), Case(3, 0.1, (3,)), Case(4, 0.1, (3,)), Case(0, 0.4, (3, 5)),
    Case(159_999, 0.1, PAPER), Case(63_999, 0.1, PAPER), Case(64_000, 0.1, PAPER),
    Case(95_999, 0.1, PAPER), Case(96_000, 0.1, PAPER), Case(7, 0.4, ()),
    Case(450_000, 0.1, (200_000, 400_000, 500_000)), Case(6, 2.0, (1, 2, 4, 6)),
    Case(12, 0.4, (2, 5, 11)),
)
Form = Callable[[int, float, Sequence[int]], float]


def right(step: int, first: float, milestones: Sequence[int]) -> float:
    """What ``my_rate(step, first, milestones)`` has to return."""
    return first * 0.1 ** sum(step >= milestone for milestone in milestones)


def by_count(
    rate: Callable[[float, int], float], passed: Callable[[int, int], bool]
) -> Form:
    """The rate from the first one and how many milestones have passed."""
    return lambda step, first, milestones: rate(
        first, sum(passed(step, one) for one in milestones)
    )


def _tenths(first: float, count: int) -> float:
    return first * 0.1**count


def _reached(step: int, milestone: int) -> bool:
    return step >= milestone


FORMS: list[tuple[Form, str]] = [
    (by_count(_tenths, lambda s, d: s > d), "one step late: steps are counted from 0, "
     "so `step` steps have been taken, and step >= milestone has the lower rate"),
    (by_count(_tenths, lambda s, d: s >= d - 1), "one step early: after 3 steps, which "
     "are 0, 1 and 2, step 3 is the first with the lower rate"),
    (by_count(lambda f, n: f / 10 if n else f, _reached), "all milestones count, and "
     "each divides once more: after two milestones it is a hundredth"),
    (by_count(lambda f, n: f / (10 * n) if n else f, _reached), "after n milestones "
     "it is "
     "10 to the power of n, not 10 times n"),
    (by_count(lambda f, n: f * 0.1 * n if n else f, _reached), "after n milestones it "
     "is "
     "0.1 to the power of n, not 0.1 times n"),
    (by_count(lambda f, n: f * 0.1 * n, _reached), "after n milestones it is 0.1 to "
     "the "
     "power of n, not 0.1 times n"),
    (by_count(lambda f, n: f / (n + 1), _reached), "a milestone divides by ten"),
    (by_count(lambda f, n: f * 0.5**n, _reached), "a milestone divides by ten, not by "
     "two"),
    (by_count(lambda f, n: f * 0.01**n, _reached), "a milestone divides by ten, once"),
    (by_count(lambda f, n: f * 10.0**n, _reached), "the rate falls: divide, where this "
     "multiplies"),
    (by_count(lambda f, n: f - 0.1 * n, _reached), "a milestone divides by ten; "
     "nothing is "
     "subtracted"),
    (by_count(lambda f, n: 0.1 * 0.1**n, _reached), "the first rate is an argument; "
     "0.1 is the paper's"),
    (by_count(lambda f, n: 0.1**n, _reached), "the first rate is left out"),
    (by_count(_tenths, lambda s, d: s == d), "a milestone lasts: all later steps have "
     "the "
     "lower rate, too"),
    (by_count(_tenths, lambda s, d: s < d), "the comparison is the wrong way round: "
     "the milestones that lie behind count"),
    (by_count(_tenths, lambda s, d: True), "only milestones that have been reached "
     "count"),
    (by_count(lambda f, n: f, _reached), "the same rate for every step"),
    (lambda s, f, d: f * 0.1 ** sum(s >= x for x in d[:1]), "only the first milestone "
     "counts: look at all of them"),
    (lambda s, f, d: f * 0.1 ** sum(s >= x for x in d[:2]), "only two milestones "
     "count: "
     "there may be any number of them"),
    (lambda s, f, d: f * 0.1 ** sum(s >= x for x in d[-1:]), "only the last milestone "
     "counts: look at all of them"),
    (lambda s, f, d: f * 0.1 ** sum(s >= x for x in PAPER), "the milestones are an "
     "argument; 64,000 and 96,000 are the paper's for CIFAR"),
    (lambda s, f, d: f * 0.1 ** (s / d[0]) if d else f, "a staircase is meant: between "
     "two milestones the rate stays"),
    (lambda s, f, d: f * 0.1 ** (s // d[0]) if d else f, "milestones need not be "
     "equally "
     "far apart: look at each of them"),
    (lambda s, f, d: f * (1 - s / d[-1]) if d else f, "a staircase is meant, not a "
     "straight line"),
    (lambda s, f, d: f * 0.1 ** sum(s >= x for x in itertools.accumulate(d)), "each "
     "milestone is counted from step 0, not from the milestone before it"),
    (lambda s, f, d: f * 0.1 ** len(d) if d and s >= d[-1] else f, "a milestone "
     "counts as "
     "soon as it is reached, not with the last one only"),
    (by_count(lambda f, n: f * 0.1 ** max(n - 1, 0), _reached), "one milestone too "
     "few is "
     "counted: enumerate begins with 0"),
    (by_count(lambda f, n: f // 10**n, _reached), "// throws away what is behind the "
     "point: divide with /"),
    (by_count(lambda f, n: f ** (n + 1), _reached), "divide by a power of ten; this is "
     "a power of the first rate"),
    *[(by_count(lambda f, n, k=k: round(f * 0.1**n, k), _reached), "do not round: "
       "rates become small") for k in (1, 2, 3)],
]


ERRORS = {
    "index out of range": "milestones may be empty, and may be any number",
    "empty": "milestones may be empty",
    "unpack": "milestones may be any number of steps",
    "ZeroDivision": "milestones may be empty",
    "has no attribute": "milestones is a tuple: it has no append, pop or sort",
    "does not support item": "milestones is a tuple, and nothing has to be changed in "
     "it",
    "not supported between": "compare the step with each milestone, not with all of "
     "them",
}
"""From the words of an error to the mistake that usually lies behind it."""


def alike(one: float, other: float) -> bool:
    """Whether two rates are the same but for rounding."""
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-15)


def name(found: list[float]) -> str | None:
    """Name the mistake behind the answers to all :data:`CASES`."""
    for form, words in FORMS:
        if all(alike(x, form(*c)) for x, c in zip(found, CASES, strict=True)):
            return words
    pairs = [(x, c) for x, c in zip(found, CASES, strict=True)
             if not alike(x, right(*c))]
    wrong = [case for _, case in pairs]
    if any(case.step == 0 or x > case.first for x, case in pairs):
        return "step 0 has the first rate, and none has more: is something left from " \
            "the call before?"
    if all(not case.milestones for case in wrong):
        return "without milestones the first rate stays"
    late = [(x, case) for x, case in pairs if case.milestones]
    if all(c.step >= c.milestones[-1] and x > right(*c) for x, c in late):
        return "after the last milestone the lowest rate stays"
    return None
