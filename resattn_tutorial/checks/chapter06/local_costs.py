"""A local mask's cost over an encoder-decoder mask's, counted rightly and wrongly.

Costs are in multiply-adds for one pixel at full size, divided by the square of the
bottleneck's width: a residual unit has 4 + 9 + 4 = 17, a 1x1 convolution from all
channels to all channels 4 * 4 = 16. ``d`` is the number of poolings, ``u`` the units of
the local mask, and the encoder-decoder mask has ``r = 1``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from math import isclose

CASES = ((1, 3), (3, 3), (1, 2), (3, 1), (2, 4))
UNIT, TAIL = 17, 32
Cost = Callable[[int], float]


def levels(d: int, shrink: float = 4, skips: int = 1, bottom: int = 2) -> float:
    """The mask's units, each as the part of a full-size unit that it costs."""
    upper = sum((2 + skips) / shrink**k for k in range(1, d))
    return upper + bottom / shrink**d


TAILS = {
    "the two 1x1 of the tail are missing in": 0,
    "the tail has two 1x1, not one, in": 16,
    "a 1x1 of the tail takes all channels to all channels, C * C weights, in": 2,
    "the tail's 1x1 are as wide as the map, C to C, not C to C/4, in": 8,
    "a 1x1 is no residual unit; its cost is C * C, in": 34,
}
WAYS: dict[str, Cost] = {
    "the skips' units are missing": lambda d: levels(d, skips=0),
    "a pooling quarters the pixels: it halves height and width":
        lambda d: levels(d, shrink=2),
    "the maps shrink: each pooling quarters a unit's cost":
        lambda d: levels(d, shrink=1),
    "the lowest level has two units": lambda d: levels(d, bottom=1),
    "the lowest level has two units, and nothing is skipped there":
        lambda d: levels(d, bottom=3),
    "the first units stand behind the first pooling, not before it":
        lambda d: 4 * levels(d),
    "the way up has units, too": lambda d: sum(1 / 4**k for k in range(1, d + 1)),
    "the way up has units, too, and so have the skips":
        lambda d: sum(2 / 4**k for k in range(1, d)) + 1 / 4**d,
    "no unit stands at full size: the first level lies behind the first pooling":
        lambda d: 3 + levels(d),
    "the lowest level is left out: it has two units": lambda d: levels(d, bottom=0),
    "every level but the lowest has three units: poolings - 1 levels":
        lambda d: sum(3 / 4**k for k in range(1, d - 1)) + 2 / 4**d,
    "the lowest level lies behind all poolings: 1/4**poolings of the pixels":
        lambda d: levels(d, bottom=8),
    "a skip's unit works on its own level's map, not on the one below":
        lambda d: levels(d, skips=0) + sum(1 / 4**k for k in range(2, d + 1)),
    "a skip's unit works on its own level's map, not on the one above":
        lambda d: levels(d, skips=0) + sum(1 / 4**k for k in range(d - 1)),
    "a skip's unit works on its own level's map, not at full size":
        lambda d: levels(d, skips=0) + d - 1,
    "a pooling quarters the pixels of the level before: 1/4, 1/16, 1/64":
        lambda d: sum(3 / (4 * k) for k in range(1, d)) + 2 / (4 * d),
}


def local(u: int, tail: float = TAIL, unit: float = UNIT) -> float:
    """The local mask: ``u`` units at full size, and the tail."""
    return unit * u + tail


def pooled(
    d: int, tail: float = TAIL, unit: float = UNIT, way: Cost = levels
) -> float:
    """The encoder-decoder mask: its units at their sizes, and the tail."""
    return unit * way(d) + tail


def ratio(u: int, d: int) -> float:
    """What ``local_ratio`` has to return."""
    return local(u) / pooled(d)


def _wrong() -> list[tuple[str, Callable[[int, int], float]]]:
    """The usual mistakes, each with the ratio that it gives."""
    found = [
        ("upside down: the local mask's cost stands above",
         lambda u, d: pooled(d) / local(u)),
        ("the difference: divide the two", lambda u, d: ratio(u, d) - 1),
        ("percent: the ratio itself is wanted", lambda u, d: 100 * ratio(u, d)),
        ("the units of all three masks: count one mask",
         lambda u, d: local(3 * u) / pooled(d)),
        ("the tail runs at full size in both masks, behind the last stretch",
         lambda u, d: local(u) / pooled(d, TAIL / 4**d)),
        ("a unit and a 1x1 in one currency: 17 and 16 times w * w",
         lambda u, d: local(u, unit=UNIT / 16) / pooled(d, unit=UNIT / 16)),
    ]
    for n in (1, 2, 3):
        found += [
            (f"units is an argument: here it is {n}, whatever came",
             lambda u, d, n=n: ratio(n, d)),
            (f"poolings is an argument: here it is {n}, whatever came",
             lambda u, d, n=n: ratio(u, n)),
        ]
    return found


def _combined() -> list[tuple[str, Callable[[int, int], float]]]:
    """What goes wrong with tail, unit and levels, alone and together."""
    found = []
    above, below = {"": TAIL} | TAILS, {"": TAIL} | TAILS
    units = {"": 17} | {
        "a unit has 4 + 9 + 4 = 17 weights for each w * w": 11,
        "the 3x3 has nine weights, and the two 1x1 count too": 9,
        "a unit has two 1x1 convolutions": 13,
        "a unit has a 3x3 convolution, too": 8,
        "the 1x1 convolutions of a unit lead to a quarter of the channels": 41,
    }
    ways = {"": levels} | WAYS
    for (a, top), (b, foot), (c, unit), (e, way) in product(
        above.items(), below.items(), units.items(), ways.items()
    ):
        words = [_where(a, b), c, e]
        if any(words):
            found.append((
                "; and ".join(filter(None, words)),
                lambda u, d, top=top, foot=foot, unit=unit, way=way:
                    local(u, top, unit) / pooled(d, foot, unit, way),
            ))
    found.sort(key=lambda form: form[0].count("; and "))
    return found


def _where(above: str, below: str) -> str:
    """A tail's mistake, and in which of the two masks it was made."""
    if above == below:
        return f"{above} both masks" if above else ""
    places = {above: "the local mask", below: "the mask with poolings"}
    return "; and ".join(f"{tail} {mask}" for tail, mask in places.items() if tail)


def told_apart(got: float, right: float) -> tuple[str, str]:
    """Both in so many digits that a difference shows, four at least behind the point.
    """
    for digits in range(4, 9):
        mine, true = f"{got:.{digits}f}", f"{right:.{digits}f}"
        if mine != true:
            return mine, true
    return f"{got:.4f}", f"{right:.4f}"


def mistake(found: Sequence[float]) -> str | None:
    """Name the mistake that explains all ratios; ``None`` if none does."""
    for words, form in _wrong() + _combined():
        if all(isclose(got, form(*case), rel_tol=1e-6)
               for got, case in zip(found, CASES, strict=True)):
            return words
    for digits in range(5):
        if all(isclose(got, round(ratio(*case), digits))
               for got, case in zip(found, CASES, strict=True)):
            return "rounded: return the quotient as it comes"
    if all(got == int(ratio(*case)) for got, case in zip(found, CASES, strict=True)):
        return "cut to a whole number: / divides, // and int() drop the rest"
    if len(set(found)) == 1:
        return "one number for all masks: count from units and poolings"
    return None
