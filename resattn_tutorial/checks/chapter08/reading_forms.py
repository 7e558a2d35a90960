"""How a printed number came from an exact count: the cases, and the right reading.

A reading takes ``(printed, counts, unit)`` and returns a dictionary: the names of the
counts that fit, with ``"rounded"``, ``"truncated"`` or ``"both"``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
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
    ("12", {"tenfold": 123_000_000}, MILLION),
    ("5.1", {}, MILLION),
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
