"""Answers to *The honest word*."""

from __future__ import annotations

from resattn_tutorial.experiments.outcome import word_for
from resattn_tutorial.experiments.statistics import Difference, Interval
from tests.banks import Answer

NAME = "honest_word"


def shows(interval):
    low, high = interval
    return "above" if low > 0 else "below" if high < 0 else "nothing"


def solution(seeds, items):
    found = {shows(seeds), shows(items)}
    if found == {"above"}:
        return "reproduced"
    if found == {"nothing"}:
        return "cannot be resolved at this size"
    return "same direction" if "above" in found else "not seen"


def by_sums(seeds, items):
    signs = [int(low > 0) - int(high < 0) for low, high in (seeds, items)]
    return {
        2: "reproduced", 1: "same direction", 0: "cannot be resolved at this size",
    }.get(sum(signs), "not seen")


def the_packages(seeds, items):
    mean = (seeds[0] + seeds[1]) / 2
    return word_for(Difference(mean, Interval(*seeds), Interval(*items), (5, 5)))


RIGHT = [
    Answer(NAME, "what each shows", solution),
    Answer(NAME, "a dictionary of sums", by_sums),
    Answer(NAME, "the package's", the_packages),
]
WRONG = [
    Answer(NAME, "shorter words", lambda s, i: solution(s, i).split()[0],
           "as the exercise writes it"),
    Answer(NAME, "capital letters", lambda s, i: solution(s, i).title(),
           "as the exercise writes it"),
    Answer(NAME, "the sum of signs", lambda s, i: len(solution(s, i)), "as a string"),
    Answer(NAME, "all words", lambda s, i: [solution(s, i)], "as a string"),
    Answer(NAME, "always the best", lambda s, i: "reproduced", "whatever comes"),
]
