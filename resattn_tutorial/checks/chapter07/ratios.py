"""The table of *The ratio of two differences*.

All counts are in units: one residual unit weighs 1, a mask's two 1x1 convolutions
weigh ``tail``.
"""

from __future__ import annotations

from fractions import Fraction
from numbers import Rational, Real
from typing import Any

from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces


def my_ratio(poolings: int, r: int, tail: Fraction) -> Fraction:
    """The solution, and what the slips change."""

    def module(p: int, t: int, r: int) -> Fraction:
        units = 2 * r * poolings + poolings - 1 if poolings else 2 * r
        return 2 * p + t + units + tail

    small, large = module(1, 2, 1), module(2, 4, r)
    p92, p236, p452 = 2 * small, 6 * small, 6 * large
    return Fraction(p452 - p236) / (p236 - p92)


def exact(report: Report, came: Any) -> str:
    """The fraction that came, as it is written: an exact one."""
    if isinstance(came, Rational) and not isinstance(came, bool):
        return str(Fraction(came))
    words = "return one Fraction"
    if came is None:
        words = "the function ends without a return"
    elif isinstance(came, Real | Tensor):
        words = EXACT
    return refuse(report, f"a Fraction must come back, got {kind(came)}", words)


class RatioTrial(FunctionTrial):
    """How an answer is asked that gives one fraction."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "value" not in found:
            return None
        gap = Fraction(found["value"]) - Fraction(right["value"])
        return ROUNDED if abs(gap) < Fraction(1, 1000) else None


EXACT = (
    "only whole numbers and `tail` enter: divide a Fraction, Fraction(a, b) or "
    "Fraction(a) / b, and convert nothing to float"
)
ROUNDED = f"close, and not exact: {EXACT}"
SKIPS = "a mask has d - 1 skips with a unit each, and none without poolings"
NO_POOLING = "without poolings a mask has 2 r units"
SIDES = "r units stand on the way down and r on the way up: 2 r"
CHANGED = "p and t have changed places: p = 1 and t = 2, and 2 and 4 in Attention-452"
OWN = "Attention-452 has a p and a t of its own: 2 and 4"
TRUNK = "the trunk has 2 p + t units a module: 4, and 8 in Attention-452"
ARGUMENTS = "work the ratio out from the three arguments: other ones come, too"

WITH = "2 * r * poolings + poolings - 1"
SMALL, LARGE = "module(1, 2, 1)", "module(2, 4, r)"
COUNTS = "2 * small, 6 * small, 6 * large"
QUOTIENT = "Fraction(p452 - p236) / (p236 - p92)"


def units(words: str, *puts: str) -> Slip:
    """A mask's units, otherwise."""
    return Slip(words, *[{f"{WITH} if poolings else 2 * r": put} for put in puts])


def counts(words: str, *puts: str) -> Slip:
    """Other numbers of modules in the three networks."""
    return Slip(words, *[{COUNTS: put} for put in puts])


def result(words: str, *puts: str) -> Slip:
    """Another result; ``{}`` stands for the right one."""
    return Slip(words, *[{QUOTIENT: put.format(f"({QUOTIENT})")} for put in puts])


SLIPS = (
    Slip("the two 1x1 convolutions, `tail`, are missing: each module has them once",
         {" + tail": ""}),
    Slip("`tail` is both 1x1 convolutions together: once a mask",
         {" + tail": " + 2 * tail"}),
    Slip("the small module has a `tail` too", {SMALL: f"{SMALL} - tail"}),
    Slip("the large module has a `tail` too", {LARGE: f"{LARGE} - tail"}),
    Slip("tail comes as an argument, and is not always 32/17 here",
         {" + tail": " + Fraction(32, 17)"}),
    units(f"the skips are missing: {SKIPS}", "2 * r * max(poolings, 1)"),
    units(SKIPS, "2 * r * max(poolings, 1) + poolings",
          "2 * r * max(poolings, 1) + poolings - 1"),
    units(f"{NO_POOLING}, not none", "2 * r * poolings + max(poolings - 1, 0)"),
    units("without poolings a mask has 2 r units and no skip: 2 r d + d - 1 does not "
          "hold for d = 0", WITH),
    units(SIDES, "r * max(poolings, 1) + max(poolings - 1, 0)",
          "r * poolings + poolings - 1 if poolings else 2 * r"),
    units(NO_POOLING, f"{WITH} if poolings else r"),
    units(f"{NO_POOLING}, and r is Attention-452's own", f"{WITH} if poolings else 2"),
    units("a skip has one unit, whatever r is",
          "r * (3 * poolings - 1) if poolings else 2 * r"),
    Slip(CHANGED, {"p: int, t: int": "t: int, p: int"}, {LARGE: "module(4, 2, r)"}),
    Slip("p units stand before the split, and p more after the merge",
         {"2 * p + t": "p + t"}),
    Slip(TRUNK, {"2 * p + t": "t"}, {"2 * p + t": "0"}),
    Slip(OWN, *[{LARGE: f"module({p}, {t}, r)"} for p, t in ((2, 2), (1, 2))]),
    Slip("r comes as an argument; Attention-452's is not always 3 here",
         {LARGE: "module(2, 4, 3)"}),
    Slip("Attention-452's r is the argument; the others have 1",
         {LARGE: "module(2, 4, 1)"}),
    Slip("only Attention-452 takes r; in the others it is 1",
         {SMALL: "module(1, 2, r)"}),
    counts("Attention-92 has 2 modules in each stage",
           "1 * small, 6 * small, 6 * large"),
    counts("Attention-236 and -452 have 6 modules in each stage",
           "2 * small, 4 * small, 4 * large"),
    counts("Attention-452 has 6 modules in each stage",
           "2 * small, 6 * small, 12 * large"),
    counts("the denominator is P236 - P92, 6 modules minus 2; the numerator has 6 "
           "minus 6", "0, small, large"),
    result("upside down: P452 - P236 is the numerator", "1 / {}"),
    result("the numerator is P452 - P236; yours is P452 - P92", "{} + 1"),
    result("6 and 4 are swapped: the numerator is six times the growth, the "
           "denominator four modules", "Fraction(4, 9) * {}"),
    result("// rounds to whole numbers: divide with /", "{} // 1"),
    result("take the difference of the counts before you divide: yours is P452 / P236",
           "Fraction(p452) / p236"),
    result("the sign: subtract the smaller from the larger", "-{}"),
    result(ROUNDED, "Fraction(float({}))", *[
        f"{{}}.limit_denominator({most})" for most in ("100", "1000", "")]),
    Slip(ARGUMENTS, *[{"    def ": f"    {lines}, Fraction(32, 17)\n    def "}
                      for lines in (
                          "poolings, r, tail = 1, 3", "r, tail = 3",
                          "r, tail = {k: 3 for k in range(4)}[poolings]")]),
)
PUBLISHED = Fraction(32, 17)
CASES = (
    (1, 3, PUBLISHED),
    (2, 3, PUBLISHED),
    (3, 3, PUBLISHED),
    (0, 3, PUBLISHED),
    (2, 2, PUBLISHED),
    (1, 3, Fraction(128, 25)),
    (5, 1, Fraction(1)),
    (0, 4, Fraction(0)),
    (4, 5, Fraction(1_999_993, 999_983)),           # no rounding leaves this ratio
)
RATIOS = Table(
    title="The ratio of two differences",
    usage="my_ratio(poolings, r, tail)",
    reference=my_ratio,
    cases=tuple(
        Case((poolings, r, tail),
             f"poolings {poolings}, r {r}, tail {tail}: {my_ratio(poolings, r, tail)}")
        for poolings, r, tail in CASES
    ),
    slips=SLIPS,
    trial=RatioTrial(read=exact),
    errors={"KeyError": ARGUMENTS},
    fixed=False,
)
