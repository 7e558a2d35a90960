"""Wrong ways to tell how a printed number came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import floor
from typing import Any

from resattn_tutorial.checks.chapter08.reading_forms import Reading, digits, right


def nearly(change: Callable[[str], str]) -> Reading:
    """Right, for a printed text that was changed before."""
    return lambda printed, counts, unit: right(change(printed), counts, unit)


def shorter(printed: str) -> str:
    """A number as a float is printed: without zeros at its end."""
    return f"{float(printed):g}"


def judged(near: Callable[..., bool], down: Callable[..., bool]) -> Reading:
    """From two judgements, each of an exact number, the printed text, its digits."""

    def read(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
        found = {}
        for name, count in counts.items():
            case = Fraction(count, unit), printed, digits(printed)
            fit = [
                word
                for rule, word in ((near, "rounded"), (down, "truncated"))
                if rule(*case)
            ]
            if fit:
                found[name] = fit[0] if len(fit) == 1 else "both"
        return found

    return read


def rounds(exact: Fraction, printed: str, places: int) -> bool:
    """Whether the number, rounded, is what is printed."""
    return round(exact, places) == Fraction(printed)


def cuts(exact: Fraction, printed: str, places: int) -> bool:
    """Whether the number, its further digits cut off, is what is printed."""
    return floor(exact * 10**places) == Fraction(printed) * 10**places


def tolerant(printed: str, counts: Mapping[str, int], unit: int) -> dict[str, str]:
    """Anything nearer than one unit of the last digit fits, as "rounded"."""
    most = 10 ** -digits(printed)
    return {
        name: "rounded"
        for name, count in counts.items()
        if abs(count / unit - float(printed)) < most
    }


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
    return {
        name: right(printed, counts, unit).get(name, "rounded") for name in near[:1]
    }
