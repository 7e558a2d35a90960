"""Answers to *The staircase*."""

from __future__ import annotations

import bisect
import itertools
import math

import torch

from tests.banks import Answer

NAME = "rate"


def solution(step, first, milestones):
    return first * 0.1 ** sum(step >= milestone for milestone in milestones)


def by_loop(step, first, milestones):
    for milestone in milestones:
        if step >= milestone:
            first = first / 10
    return first


def by_bisection(step, first, milestones):
    return first / 10 ** bisect.bisect_right(milestones, step)


def by_tensor(step, first, milestones):
    passed = (torch.tensor(milestones, dtype=torch.int64) <= step).sum().item()
    return math.exp(math.log(first) - passed * math.log(10))


def by_recursion(step, first, milestones):
    if not milestones or step < milestones[0]:
        return first
    return by_recursion(step, first * 0.1, milestones[1:])


RIGHT = [
    Answer(NAME, "one line", solution), Answer(NAME, "a loop", by_loop),
    Answer(NAME, "a search", by_bisection),
    Answer(NAME, "by logarithms", by_tensor), Answer(NAME, "milestone by milestone",
                                                     by_recursion),
]


def counted(passed, rate=lambda first, count: first * 0.1**count):
    return lambda step, first, milestones: rate(
        first, sum(passed(step, one) for one in milestones)
    )


def reached(step, milestone):
    return step >= milestone


class Schedule:
    """Multiplies whenever it meets a milestone, as a schedule with a state does."""

    def __init__(self):
        self.rate = None

    def __call__(self, step, first, milestones):
        if self.rate is None or step == 0:
            self.rate = first
        if step in milestones:
            self.rate *= 0.1
        return self.rate


def first_that_fits(step, first, milestones):
    for milestone in milestones:
        if step >= milestone:
            return first * 0.1
    return first


def no_empty(step, first, milestones):
    rate = first
    if step >= milestones[0]:
        rate = first / 10
    if step >= milestones[-1] and len(milestones) > 1:
        rate = first / 100
    return rate


def two_drops(step, first, milestones):
    one, two = milestones
    return solution(step, first, (one, two))


def forgets_the_end(step, first, milestones):
    for k, milestone in enumerate(milestones):
        if step < milestone:
            return first * 0.1**k
    return first


def no_end(step, first, milestones):
    for k, milestone in enumerate(milestones):
        if step < milestone:
            return first * 0.1**k
    if not milestones:
        return first


WRONG = [
    Answer(NAME, "one step late", counted(lambda s, d: s > d), "one step late"),
    Answer(NAME, "one step early", counted(lambda s, d: s + 1 >= d), "one step early"),
    Answer(NAME, "a search on the left",
           lambda s, f, d: f * 0.1 ** bisect.bisect_left(d, s), "one step late"),
    Answer(NAME, "divided once", counted(reached, lambda f, n: f / 10 if n else f),
           "once more"),
    Answer(NAME, "the first that fits", first_that_fits, "once more"),
    Answer(NAME, "divided by ten times n",
           counted(reached, lambda f, n: f / (10 * n) if n else f), "power"),
    Answer(NAME, "times 0.1 n", counted(reached, lambda f, n: f * 0.1 * n), "power"),
    Answer(NAME, "times 0.1 n, if any",
           counted(reached, lambda f, n: f * 0.1 * n if n else f), "power"),
    Answer(NAME, "halved", counted(reached, lambda f, n: f / 2**n), "by ten"),
    Answer(NAME, "multiplied", counted(reached, lambda f, n: f * 10**n), "multiplies"),
    Answer(NAME, "subtracted", counted(reached, lambda f, n: f - 0.1 * n),
           "subtracted"),
    Answer(NAME, "the paper's first rate",
           counted(reached, lambda f, n: 0.1 ** (n + 1)), "first rate"),
    Answer(NAME, "no first rate", counted(reached, lambda f, n: 0.1**n), "left out"),
    Answer(NAME, "at the milestone only", counted(lambda s, d: s == d), "lasts"),
    Answer(NAME, "the wrong way round", counted(lambda s, d: s < d), "way round"),
    Answer(NAME, "all at once", lambda s, f, d: f * 0.1 ** len(d), "reached"),
    Answer(NAME, "constant", lambda s, f, d: f, "same rate"),
    Answer(NAME, "the first milestone", lambda s, f, d: solution(s, f, d[:1]), "all"),
    Answer(NAME, "two of them", lambda s, f, d: solution(s, f, d[:2]), "only two mile"),
    Answer(NAME, "the paper's milestones",
           lambda s, f, d: solution(s, f, (64_000, 96_000)), "argument"),
    Answer(NAME, "smooth", lambda s, f, d: f * 0.1 ** (s / d[0]) if d else f,
           "staircase"),
    Answer(NAME, "equal stairs", lambda s, f, d: f * 0.1 ** (s // d[0]) if d else f,
           "equally far"),
    Answer(NAME, "a straight line", lambda s, f, d: f * (1 - s / d[-1]) if d else f,
           "straight"),
    Answer(NAME, "with a state", Schedule(), "call before"),
    Answer(NAME, "from milestone to milestone", lambda s, f, d: solution(
        s, f, tuple(itertools.accumulate(d))), "from step 0"),
    Answer(NAME, "with the last milestone only",
           lambda s, f, d: f / 10 ** len(d) if d and s >= d[-1] else f, "as soon as"),
    Answer(NAME, "the place of the milestone", lambda s, f, d: f * 0.1 ** max(
        (k for k, x in enumerate(d) if s >= x), default=0), "too few"),
    Answer(NAME, "divided without a rest",
           counted(reached, lambda f, n: f // 10**n), "point"),
    Answer(NAME, "a power of the first rate",
           counted(reached, lambda f, n: f ** (n + 1)), "power of the first"),
    Answer(NAME, "rounded", counted(reached, lambda f, n: round(f * 0.1**n, 3)),
           "round"),
    Answer(NAME, "no milestones are an error", no_empty, "empty"),
    Answer(NAME, "exactly two", two_drops, "any number"),
    Answer(NAME, "high again at the end", forgets_the_end, "last milestone"),
    Answer(NAME, "no end", no_end, "without a return"),
    Answer(NAME, "nothing", lambda s, f, d: None, "without a return"),
    Answer(NAME, "a tensor", lambda s, f, d: torch.tensor(solution(s, f, d)),
           ".item()"),
    Answer(NAME, "a text", lambda s, f, d: f"{solution(s, f, d):g}", "number"),
    Answer(NAME, "a sorted list", lambda s, f, d: d.sort() or solution(s, f, d),
           "tuple"),
    Answer(NAME, "compared as a whole", lambda s, f, d: f / 10 if s >= d else f,
           "each milestone"),
    Answer(NAME, "two arguments", lambda step, first: first, "arguments"),
]
