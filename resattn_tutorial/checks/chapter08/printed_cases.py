"""Printed numbers, and the exact counts that may stand behind them."""

from __future__ import annotations

MILLION, BILLION = 10**6, 10**9
UNITS = {MILLION: "million", BILLION: "billion"}
Printed = tuple[str, dict[str, int], int]        # the text, the counts, the unit
CASES: tuple[Printed, ...] = (
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


def edges(printed: str, unit: int) -> dict[str, int]:
    """The counts on both sides of each end of both readings.

    A count halfway between two printed numbers is not among them: the exercise leaves
    open what becomes of it.
    """
    step = unit // 10 ** len(printed.partition(".")[2])
    exact = int(printed.replace(".", "")) * step
    half = step // 2
    counts = (exact - half - 1, exact - half + 1, exact - 1, exact, exact + half - 1,
              exact + half + 1, exact + step - 1, exact + step)
    return {f"{count:,}": count for count in counts}


EDGES: tuple[Printed, ...] = tuple(
    (printed, edges(printed, unit), unit) for printed, _, unit in CASES
)
