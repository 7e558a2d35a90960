"""Answers to *Read a printed count*."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

from tests.banks import Answer

NAME = "read_count"


def named(near, down):
    if near and down:
        return "both"
    return "rounded" if near else "truncated" if down else None


def collect(counts, judge):
    """A dictionary of what ``judge`` says of each count, if it says something."""
    found = {name: judge(count) for name, count in counts.items()}
    return {name: word for name, word in found.items() if word}


def whole_numbers(printed, counts, unit):
    scale = 10 ** len(printed.partition(".")[2])
    shown = int(printed.replace(".", ""))
    found = {}
    for name, count in counts.items():
        near = (2 * count * scale + unit) // (2 * unit) == shown
        down = count * scale // unit == shown
        if near or down:
            found[name] = named(near, down)
    return found


def decimals(printed, counts, unit):
    goal = Decimal(printed)

    def judge(count):
        exact = Decimal(count) / unit
        near = exact.quantize(goal, ROUND_HALF_UP) == goal
        return named(near, exact.quantize(goal, ROUND_DOWN) == goal)

    return collect(counts, judge)


def intervals(printed, counts, unit):
    """Right: where must the exact number lie?"""
    goal = Fraction(printed)
    step = Fraction(1, 10 ** len(printed.partition(".")[2]))

    def judge(count):
        over = Fraction(count, unit) - goal
        return named(-step / 2 <= over < step / 2, 0 <= over < step)

    return collect(counts, judge)


RIGHT = [
    Answer(NAME, "in whole numbers", whole_numbers),
    Answer(NAME, "in decimals", decimals),
    Answer(NAME, "by intervals of fractions", intervals),
]


def wrong(story, word, function):
    return Answer(NAME, story, function, word)


def after(change):
    """The right dictionary, changed."""
    return lambda printed, counts, unit: change(whole_numbers(printed, counts, unit))


def empties(printed, counts, unit):
    found = whole_numbers(printed, counts, unit)
    counts.clear()
    return found


WRONG = [
    wrong("names alone", "dictionary", after(list)),
    wrong("a word alone", "dictionary", after(lambda found: next(
        iter(found.values()), None))),
    wrong("yes or no", "the words are", after(
        lambda found: dict.fromkeys(found, True))),
    wrong("other words", "the words are", after(lambda found: {
        name: way.upper() for name, way in found.items()})),
    wrong("empties the counts", "start one of your own", empties),
    wrong("words as keys", "names are the keys", after(
        lambda found: {way: name for name, way in found.items()})),
]
