"""Answers to *The ratio of two differences*."""

from __future__ import annotations

from fractions import Fraction

import torch

from tests.banks import Answer

NAME = "ratio"


def module(p, t, r, d, tail):
    units = 2 * r * d + d - 1 if d else 2 * r
    return 2 * p + t + units + tail


def step_by_step(poolings, r, tail):
    small = module(1, 2, 1, poolings, tail)
    large = module(2, 4, r, poolings, tail)
    return (6 * large - 6 * small) / (6 * small - 2 * small)


def closed_form(poolings, r, tail):
    d = max(poolings, 1)
    return Fraction(3, 2) * (4 + 2 * d * (r - 1)) / (3 + 3 * d + tail)


def whole_networks(poolings, r, tail):
    """Right: with a stem, a head and two more units, which all cancel."""
    def network(modules, p, t, r):
        return 1000 + 3 * (2 + modules * module(p, t, r, poolings, tail))

    p92, p236, p452 = network(2, 1, 2, 1), network(6, 1, 2, 1), network(6, 2, 4, r)
    return Fraction(p452 - p236) / Fraction(p236 - p92)


RIGHT = [
    Answer(NAME, "module by module", step_by_step),
    Answer(NAME, "the closed form", closed_form),
    Answer(NAME, "three whole networks", whole_networks),
]


def with_a_float(poolings, r, tail):
    return 1.5 * (4 + 2 * max(poolings, 1) * (r - 1)) / (3 + 3 * max(poolings, 1) + (
        float(tail)))


WRONG = [
    Answer(NAME, "a float", with_a_float, "Fraction"),
    Answer(NAME, "a float of the right one", lambda *case: float(step_by_step(*case)),
           "Fraction"),
    Answer(NAME, "a tensor", lambda *case: torch.tensor(float(step_by_step(*case))),
           "Fraction"),
    Answer(NAME, "both differences", lambda *case: (step_by_step(*case), 1),
           "one Fraction"),
]
