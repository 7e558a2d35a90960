"""Answers to *The staircase*."""

from __future__ import annotations

import bisect
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


def no_end(step, first, milestones):
    for k, milestone in enumerate(milestones):
        if step < milestone:
            return first * 0.1**k
    if not milestones:
        return first


WRONG = [
    Answer(NAME, "no milestones are an error", no_empty, "empty"),
    Answer(NAME, "exactly two", two_drops, "any number"),
    Answer(NAME, "no end", no_end, "without a return"),
    Answer(NAME, "a tensor", lambda s, f, d: torch.tensor(solution(s, f, d)),
           ".item()"),
    Answer(NAME, "a text", lambda s, f, d: f"{solution(s, f, d):g}", "number"),
    Answer(NAME, "a sorted list", lambda s, f, d: d.sort() or solution(s, f, d),
           "tuple"),
    Answer(NAME, "compared as a whole", lambda s, f, d: f / 10 if s >= d else f,
           "each milestone"),
    Answer(NAME, "with a state", Schedule(), "between calls"),
]
