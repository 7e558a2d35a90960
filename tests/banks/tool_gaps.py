"""Answers to *Predict the difference of two tools*."""

from __future__ import annotations

from collections import Counter

import torch

from tests.banks import Answer

NAME = "tool_gap"
FACTORS = {"batch norm": 2, "interpolation": 4}


def gap(factors=FACTORS, what="written"):
    """An answer: so many for each number of a kind."""
    def answer(found):
        return sum(factors.get(one.kind, 0) * getattr(one, what) for one in found)
    return answer


def in_a_loop(found):
    total = 0
    for _, kind, shape, *_ in found:
        size = 1
        for side in shape:
            size *= side
        if kind == "batch norm":
            total += 2 * size
        elif kind == "interpolation":
            total += 4 * size
    return total


def by_counter(found):
    written = Counter()
    for one in found:
        written[one.kind] += one.written
    return torch.tensor(2.0 * written["batch norm"] + 4.0 * written["interpolation"])


RIGHT = [
    Answer(NAME, "factors by kind", gap()),
    Answer(NAME, "a loop over shapes", in_a_loop),
    Answer(NAME, "sums by kind, as a tensor", by_counter),
]


def wrong(story, named, function):
    return Answer(NAME, story, function, named)


def without_default(found):
    return sum({**FACTORS, "convolution": 0, "ReLU": 0}[one.kind] * one.written
               for one in found)


WRONG = [
    wrong("the residual unit's number", "no effect", lambda found: 2600),
    wrong("a dictionary", "no strings, no lists", lambda found: {"gap": gap()(found)}),
    wrong("as text", "no strings, no lists", lambda found: f"{gap()(found):,}"),
    wrong("no other kind allowed", ".get", without_default),
    wrong("one number for all", "no effect", lambda found: 41_370_112),
]
