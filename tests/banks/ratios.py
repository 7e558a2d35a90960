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


def count(
    p=(1, 2), t=(2, 4), small_r=1, units=lambda d, r: 2 * r * d + d - 1 if d else 2 * r,
    tails=(1, 1), modules=(2, 6, 6), ends=2, large_r=None,
):
    """A right answer, or a wrong one for other settings."""
    def answer(poolings, r, tail):
        big = r if large_r is None else large_r
        low = r if small_r is None else small_r
        small = ends * p[0] + t[0] + units(poolings, low) + tails[0] * tail
        large = ends * p[1] + t[1] + units(poolings, big) + tails[1] * tail
        a, b, c = modules
        return Fraction(c * large - b * small) / (b * small - a * small)
    return answer


def inverted(*case):
    return 1 / step_by_step(*case)


def of_counts(poolings, r, tail):
    return Fraction(module(2, 4, r, poolings, tail)) / module(1, 2, 1, poolings, tail)


def from_the_start(*case):
    return step_by_step(*case) + 1


def with_a_float(poolings, r, tail):
    return 1.5 * (4 + 2 * max(poolings, 1) * (r - 1)) / (3 + 3 * max(poolings, 1) + (
        float(tail)))


def fixed_tail(poolings, r, tail):
    return closed_form(poolings, r, Fraction(32, 17))


def through_a_float(*case):
    return Fraction(float(step_by_step(*case)))


def from_the_list(poolings, r, tail):
    return {0: Fraction(102, 67), 1: Fraction(102, 67), 2: Fraction(306, 185),
            3: Fraction(102, 59)}[poolings]


def shown_only(poolings, r, tail):
    return closed_form(1, 3, Fraction(32, 17))


WRONG = [
    Answer(NAME, "the tail forgotten", count(tails=(0, 0)), "1x1"),
    Answer(NAME, "the tail twice", count(tails=(2, 2)), "together"),
    Answer(NAME, "no tail in the small module", count(tails=(0, 1)), "small module"),
    Answer(NAME, "no tail in the large module", count(tails=(1, 0)), "large module"),
    Answer(NAME, "no skips", count(units=lambda d, r: 2 * r * max(d, 1)), "skips"),
    Answer(NAME, "d skips", count(units=lambda d, r: 2 * r * max(d, 1) + d), "d - 1"),
    Answer(NAME, "one formula for all d",
           count(units=lambda d, r: 2 * r * d + d - 1), "does not hold"),
    Answer(NAME, "a skip less without poolings",
           count(units=lambda d, r: 2 * r * max(d, 1) + d - 1), "d - 1"),
    Answer(NAME, "nothing without poolings",
           count(units=lambda d, r: 2 * r * d + max(d - 1, 0)), "not none"),
    Answer(NAME, "r units a level",
           count(units=lambda d, r: r * max(d, 1) + max(d - 1, 0)), "way up"),
    Answer(NAME, "p once", count(ends=1), "after the merge"),
    Answer(NAME, "p forgotten", count(ends=0), "2 p + t"),
    Answer(NAME, "p = 1 for both", count(p=(1, 1)), "of its own"),
    Answer(NAME, "t = 2 for both", count(t=(2, 2)), "of its own"),
    Answer(NAME, "p and t for both", count(p=(1, 1), t=(2, 2)),
           "of its own"),
    Answer(NAME, "t forgotten", count(t=(0, 0)), "2 p + t"),
    Answer(NAME, "r = 3 whatever came", count(large_r=3), "always 3"),
    Answer(NAME, "r = 1 for both", count(large_r=1), "the others have 1"),
    Answer(NAME, "r for both", count(small_r=None), "only Attention-452"),
    Answer(NAME, "one module in 92", count(modules=(1, 6, 6)), "2 modules"),
    Answer(NAME, "four modules in 236", count(modules=(2, 4, 4)), "6 modules"),
    Answer(NAME, "twelve modules in 452", count(modules=(2, 6, 12)), "-452 has 6"),
    Answer(NAME, "modules not counted", count(modules=(0, 1, 1)), "6 modules less 2"),
    Answer(NAME, "over P236", count(modules=(0, 6, 6)), "P236 - P92"),
    Answer(NAME, "upside down", inverted, "upside"),
    Answer(NAME, "large over small", of_counts, "before you divide"),
    Answer(NAME, "less P92", from_the_start, "P452 - P92"),
    Answer(NAME, "the sign", lambda *case: -step_by_step(*case), "sign"),
    Answer(NAME, "a float", with_a_float, "Fraction"),
    Answer(NAME, "a float of the right one", lambda *case: float(step_by_step(*case)),
           "Fraction"),
    Answer(NAME, "a tensor", lambda *case: torch.tensor(float(step_by_step(*case))),
           "Fraction"),
    Answer(NAME, "both differences", lambda *case: (step_by_step(*case), 1),
           "one Fraction"),
    Answer(NAME, "the tail fixed", fixed_tail, "always 32/17"),
    Answer(NAME, "two units without poolings",
           count(units=lambda d, r: 2 * r * d + d - 1 if d else 2), "own"),
    Answer(NAME, "r units without poolings",
           count(units=lambda d, r: 2 * r * d + d - 1 if d else r), "2 r units"),
    Answer(NAME, "r units a level, 2 r without poolings",
           count(units=lambda d, r: r * d + d - 1 if d else 2 * r), "way up"),
    Answer(NAME, "r units in a skip",
           count(units=lambda d, r: r * (3 * d - 1) if d else 2 * r), "whatever r"),
    Answer(NAME, "p and t changed", count(p=(2, 4), t=(1, 2)), "changed places"),
    Answer(NAME, "p and t changed in 452", count(p=(1, 4), t=(2, 2)),
           "changed places"),
    Answer(NAME, "4 over 6", lambda *case: Fraction(4, 9) * step_by_step(*case),
           "changed places"),
    Answer(NAME, "//", lambda *case: Fraction(step_by_step(*case) // 1), "//"),
    Answer(NAME, "through a float", through_a_float, "not exact"),
    Answer(NAME, "rounded", lambda *case: step_by_step(*case).limit_denominator(100),
           "not exact"),
    Answer(NAME, "the page's list", from_the_list, "three arguments"),
    Answer(NAME, "the shown case", shown_only, "three arguments"),
    Answer(NAME, "nothing", lambda *case: None, "without a return"),
    Answer(NAME, "two arguments", lambda poolings, r: Fraction(1), "arguments"),
    Answer(NAME, "a number", Fraction(3, 2), "brackets"),
]
