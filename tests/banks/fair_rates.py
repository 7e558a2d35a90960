"""Answers to *Choose the rates fairly*."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from tests.banks import Answer

NAME = "fair_rates"


def solution(runs):
    tried = {}
    for arm, rate, split, error in runs:
        if split == "validation":
            error = 1.0 if math.isnan(error) else error
            tried.setdefault(arm, {}).setdefault(rate, []).append(error)
    return {
        arm: min(rates, key=lambda r: (sum(rates[r]) / len(rates[r]), r))
        for arm, rates in tried.items()
    }


def by_loops(runs):
    valid = [row for row in runs if row[2] == "validation"]
    best = {}
    for arm in {row[0] for row in valid}:
        lowest = math.inf
        for rate in sorted({row[1] for row in valid if row[0] == arm}):
            found = [row[3] for row in valid if row[:2] == (arm, rate)]
            mean = sum(1 if x != x else x for x in found) / len(found)
            if mean < lowest - 1e-12:
                best[arm], lowest = rate, mean
    return best


def with_numpy(runs):
    errors = defaultdict(list)
    for arm, rate, split, error in runs:
        if split != "test":
            errors[arm, rate].append(np.nan_to_num(error, nan=1.0))
    best = {}
    for (arm, rate), found in sorted(errors.items()):
        mean = np.mean(found)
        if arm not in best or mean < best[arm][0]:
            best[arm] = mean, rate
    return {arm: np.float64(rate) for arm, (_, rate) in best.items()}


RIGHT = [
    Answer(NAME, "collected, then chosen", solution),
    Answer(NAME, "by loops over sorted rates", by_loops),
    Answer(NAME, "with NumPy and a default", with_numpy),
]


def crossed(runs):
    return {rate: arm for arm, rate in solution(runs).items()}


def with_errors(runs):
    return {arm: (rate, 0.3) for arm, rate in solution(runs).items()}


def three_parts(runs):
    for arm, rate, error in runs:
        return {arm: rate, error: 0}


WRONG = [
    Answer(NAME, "a list of pairs", lambda r: list(solution(r).items()), "dictionary"),
    Answer(NAME, "from rate to arm", crossed, "arm's name"),
    Answer(NAME, "rate and error", with_errors, "rate alone"),
    Answer(NAME, "three parts of a row", three_parts, "four parts"),
    Answer(NAME, "the rates as text",
           lambda r: {a: str(x) for a, x in solution(r).items()}, "one number"),
    Answer(NAME, "the rows in place", lambda r: r.sort() or solution(r), ""),
]
