"""Answers to *Read a printed count*."""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import ceil, floor

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


def in_floats(places=None):
    def answer(printed, counts, unit):
        n = len(printed.partition(".")[2]) if places is None else places

        def judge(count):
            near = round(count / unit, n) == float(printed)
            down = floor(count / unit * 10**n) / 10**n == float(printed)
            return named(near, down)

        return collect(counts, judge)
    return answer


def rounded_up(printed, counts, unit):
    n = len(printed.partition(".")[2])
    return collect(counts, lambda count: named(
        Fraction(ceil(Fraction(count * 10**n, unit)), 10**n) == Fraction(printed),
        Fraction(count * 10**n // unit, 10**n) == Fraction(printed)))


def within(steps):
    def answer(printed, counts, unit):
        most = steps * 10 ** -len(printed.partition(".")[2])
        return collect(counts, lambda count: (
            "rounded" if abs(count / unit - float(printed)) < most else None))
    return answer


def letters(printed, counts, unit):
    n = len(printed.partition(".")[2]) or None
    return collect(counts, lambda count: named(
        str(round(count / unit, n)) == printed,
        str(count / unit).startswith(printed)))


def with_misfits(printed, counts, unit):
    found = whole_numbers(printed, counts, unit)
    return {name: found.get(name) for name in counts}


def nearest(printed, counts, unit):
    if not counts:
        return {}
    name = min(counts, key=lambda name: abs(counts[name] / unit - float(printed)))
    return {name: whole_numbers(printed, counts, unit).get(name, "rounded")}


def empties(printed, counts, unit):
    found = whole_numbers(printed, counts, unit)
    counts.clear()
    return found


WORDS = {"rounded": "truncated", "truncated": "rounded", "both": "both"}
def judging(near, down):
    """An answer from two judgements of a quotient, the text, and its digits."""
    def answer(printed, counts, unit):
        n = len(printed.partition(".")[2])
        return collect(counts, lambda count: named(
            near(count / unit, printed, n), down(count / unit, printed, n)))
    return answer


def near(x, text, n):
    return round(x, n) == float(text)


def down(x, text, n):
    return floor(Fraction(f"{x:.9f}") * 10**n) == int(text.replace(".", ""))


def zeros_lost(printed, counts, unit):
    return whole_numbers(f"{float(printed):g}", counts, unit)


def digits_of_the_float(printed, counts, unit):
    n = len(str(float(printed)).partition(".")[2])
    return collect(counts, lambda count: named(
        round(count / unit, n) == float(printed),
        whole_numbers(printed, {"it": count}, unit).get("it") in (
            "truncated", "both")))


def needs_a_point(printed, counts, unit):
    places = len(printed.split(".")[1])
    return judging(lambda x, text, n: round(x, places) == float(text), down)(
        printed, counts, unit)


WRONG = [
    wrong("rounding alone", "truncating is missing", after(lambda found: {
        name: "rounded" for name, way in found.items() if way != "truncated"})),
    wrong("truncating alone", "rounding is missing", after(lambda found: {
        name: "truncated" for name, way in found.items() if way != "rounded"})),
    wrong("the words exchanged", "exchanged", after(lambda found: {
        name: WORDS[way] for name, way in found.items()})),
    wrong("never both, but rounded", "both ways", after(lambda found: {
        name: "rounded" if way == "both" else way for name, way in found.items()})),
    wrong("never both, but truncated", "both ways", after(lambda found: {
        name: "truncated" if way == "both" else way for name, way in found.items()})),
    wrong("FLOPs", "nothing is doubled", lambda printed, counts, unit: (
        whole_numbers(printed, {k: 2 * n for k, n in counts.items()}, unit))),
    wrong("always rounded up", "is not rounding", rounded_up),
    wrong("nearer than one digit", "tolerance", within(1)),
    wrong("nearer than half a digit", "truncating is missing", within(0.5)),
    wrong("one digit always", "how many digits", in_floats(1)),
    wrong("two digits always", "how many digits", in_floats(2)),
    wrong("in floats", "floats", in_floats()),
    wrong("by letters", "not letters", letters),
    wrong("always billions", "not always 10**9", lambda printed, counts, unit: (
        whole_numbers(printed, counts, 10**9))),
    wrong("always millions", "not always 10**6", lambda printed, counts, unit: (
        whole_numbers(printed, counts, 10**6))),
    wrong("misfits as None", "left out", with_misfits),
    wrong("the first that fits", "go through all", after(
        lambda found: dict(list(found.items())[:1]))),
    wrong("the nearest", "need not fit", nearest),
    wrong("names alone", "dictionary", after(list)),
    wrong("a word alone", "dictionary", after(lambda found: next(
        iter(found.values()), None))),
    wrong("yes or no", "the words are", after(
        lambda found: dict.fromkeys(found, True))),
    wrong("other words", "the words are", after(lambda found: {
        name: way.upper() for name, way in found.items()})),
    wrong("printed", "without a return", after(lambda found: print(found, end="\r"))),
    wrong("empties the counts", "start a dictionary", empties),
    wrong("always nothing", "nothing ever fits", lambda printed, counts, unit: {}),
    wrong("the shown answer", "fixed", lambda printed, counts, unit: {
        "counted": "rounded"}),
    wrong("raises", None, lambda printed, counts, unit: counts[printed]),
    wrong("a tenth of tolerance", "is no rounding", judging(
        lambda x, text, n: abs(x - float(text)) < 0.1, down)),
    wrong("the beginning of the letters", "123.0", judging(
        near, lambda x, text, n: str(x).startswith(text))),
    wrong("floats for both numbers", "434", judging(
        lambda x, text, n: round(x * 10**n) == float(text) * 10**n,
        lambda x, text, n: int(x * 10**n) == int(float(text) * 10**n))),
    wrong("rounded twice", "Round once", judging(
        lambda x, text, n: round(round(x, n + 1), n) == float(text), down)),
    wrong("to whole numbers", "not to a whole number", judging(
        lambda x, text, n: round(x) == round(float(text)), down)),
    wrong("the quotient cut off first", "multiply first", judging(
        lambda x, text, n: floor(x) == float(text),
        lambda x, text, n: floor(x) == float(text))),
    wrong("digits from the length", "behind the point", judging(
        lambda x, text, n: round(x, len(text) - 2) == float(text),
        lambda x, text, n: floor(
            Fraction(f"{x:.9f}") * 10 ** (len(text) - 2)) == int(
                text.replace(".", "")))),
    wrong("zeros at the end lost", "zero at the end", zeros_lost),
    wrong("the digits of the float", "in the text", digits_of_the_float),
    wrong("needs a point", "nothing stands behind", needs_a_point),
    wrong("None where nothing fits", "an empty dictionary", after(
        lambda found: found or None)),
    wrong("words as keys", "names are the keys", after(
        lambda found: {way: name for name, way in found.items()})),
]
