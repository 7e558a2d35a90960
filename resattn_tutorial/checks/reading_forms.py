"""How a printed number came from an exact count, told rightly and wrongly.

Each form takes ``(printed, counts, unit)`` and returns a dictionary: the names of the
counts that fit, with ``"rounded"``, ``"truncated"`` or ``"both"``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

MILLION, BILLION = 10**6, 10**9
UNITS = {MILLION: "million", BILLION: "billion"}
Case = tuple[str, dict[str, int], int]
Reading = Callable[[str, Mapping[str, int], int], Any]
CASES: tuple[Case, ...] = (
    ("6.3", {"counted": 6_270_836_736}, BILLION),
    ("6.2", {"counted": 6_270_836_736}, BILLION),
    ("11.3", {"1x1": 11_282_415_616, "3x3": 11_513_626_624}, BILLION),
    ("15.0", {"1x1": 14_776_270_848, "3x3": 15_007_481_856}, BILLION),
    ("10.4", {"counted": 10_533_789_696}, BILLION),
    ("31.9", {"weights": 31_738_024, "learnable": 31_810_728, "stored": 31_883_432},
     MILLION),
    ("7.80", {"near": 7_801_405_440, "far": 7_811_405_440}, BILLION),
    ("8", {"below": 7_969_996_800, "above": 8_300_000_000, "far": 9_100_000_000},
     BILLION),
    ("4.35", {"exactly": 4_350_000, "less": 4_349_999, "more": 4_359_999}, MILLION),
    ("0.3", {"double": 150_000, "next": 249_999, "up": 250_001, "wide": 390_000},
     MILLION),
    ("12", {}, MILLION),
)


def reader(*ways: tuple[str, str], scale: float = 1) -> Reading:
    """A form that tries some ways of shortening a number, each with its own word."""
    def read(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
        step = Decimal(1).scaleb(-digits(printed))
        found = {}
        for name, count in counts.items():
            exact = Decimal(count) * Decimal(scale) / unit
            fit = [word for rule, word in ways
                   if exact.quantize(step, rule) == Decimal(printed)]
            if fit:
                found[name] = fit[0] if len(fit) == 1 else "both"
        return found
    return read


def digits(printed: str) -> int:
    """Digits behind the point."""
    return len(printed.partition(".")[2])


NEAR, DOWN = (ROUND_HALF_UP, "rounded"), (ROUND_DOWN, "truncated")
right = reader(NEAR, DOWN)


def tolerant(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """Anything nearer than one unit of the last digit fits, as "rounded"."""
    most = 10 ** -digits(printed)
    return {name: "rounded" for name, count in counts.items()
            if abs(count / unit - float(printed)) < most}


def by_floats(fixed: int | None = None) -> Reading:
    """With floats, and perhaps always the same number of digits."""
    def read(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
        places = digits(printed) if fixed is None else fixed
        found = {}
        for name, count in counts.items():
            exact = count / unit
            near = round(exact, places) == float(printed)
            down = int(exact * 10**places) / 10**places == float(printed)
            if near or down:
                both = "both" if near and down else "rounded"
                found[name] = both if near else "truncated"
        return found
    return read


def by_letters(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """Compare a number's letters with what is printed."""
    found = {}
    for name, count in counts.items():
        near = str(round(count / unit, digits(printed) or None)) == printed
        down = str(count / unit).startswith(printed)
        if near or down:
            both = "both" if near and down else "rounded"
            found[name] = both if near else "truncated"
    return found


def only(word_for_both: str) -> Reading:
    """Never says "both"."""
    def read(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
        found = right(printed, counts, unit)
        return {k: word_for_both if v == "both" else v for k, v in found.items()}
    return read


def every(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, Any]:
    """Also says what does not fit, as ``None``."""
    found = right(printed, counts, unit)
    return {name: found.get(name) for name in counts}


def first(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """Stops at the first count that fits."""
    return dict(list(right(printed, counts, unit).items())[:1])


def nearest(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """Takes the nearest count, whether it fits or not."""
    near = sorted(counts, key=lambda name: abs(counts[name] / unit - float(printed)))
    return {name: right(printed, counts, unit).get(name, "rounded")
            for name in near[:1]}


FORMS: dict[str, Reading] = {
    "truncating is missing: 6.27 without its last digit is 6.2": reader(NEAR),
    "rounding is missing: 6.27 is nearer to 6.3 than to 6.2": reader(DOWN),
    "rounded and truncated are exchanged": reader(
        (ROUND_HALF_UP, "truncated"), (ROUND_DOWN, "rounded")),
    "the table counts multiply-adds: nothing is doubled": reader(NEAR, DOWN, scale=2),
    "where both ways give what is printed the word is \"both\"": only("rounded"),
    "where both ways give what is printed the word is \"both\".": only("truncated"),
    "what does not fit is left out": every,
    "nothing ever fits: do printed and exact number have the same digits?": (
        lambda printed, counts, unit: {}),
    "a fixed answer: it must follow from what is printed": (
        lambda printed, counts, unit: {"counted": "rounded"}),
    "more than one count may fit: go through all of them": first,
    "the nearest need not fit, and more than one may": nearest,
    "rounding up always, ROUND_UP or ceil, is not rounding": reader(
        (ROUND_UP, "rounded"), DOWN),
    "a tolerance is no reading: shorten the exact number and compare": tolerant,
    "the printed text says how many digits it has: 7.80 has two, 8 has none": (
        by_floats(1)),
    "the printed text says how many digits it has: two is not always right": (
        by_floats(2)),
    "floats: 4.35 * 100 is 434.99999999999994. Stay with whole numbers": by_floats(),
    "compare numbers, not letters: 7.8 and 7.80 are one number": by_letters,
    "the unit is an argument: it is not always 10**9": (
        lambda printed, counts, unit: right(printed, counts, BILLION)),
    "the unit is an argument: it is not always 10**6": (
        lambda printed, counts, unit: right(printed, counts, MILLION)),
}


def mistake(seen: Sequence[tuple[Case, Any]]) -> str | None:
    """The usual mistake that explains all that an answer said so far."""
    for words, form in FORMS.items():
        if all(form(*case) == said for case, said in seen):
            return words
    return None
