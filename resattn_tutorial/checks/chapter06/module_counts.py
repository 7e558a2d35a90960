"""The table of *The module's units*."""

from __future__ import annotations

from numbers import Real
from typing import Any

from resattn_tutorial.checks.engine.functions import exact, kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.several_trial import SeveralTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def count_module(p: int, t: int, r: int, poolings: int) -> tuple[int, int]:
    """The solution, and what the slips change."""
    on_the_way = 2 * p + t
    in_the_mask = 2 * r * poolings + poolings - 1
    return on_the_way, in_the_mask


def both(report: Report, came: Any) -> dict[str, int | str]:
    """The two counts that came."""
    numbers = came if isinstance(came, tuple | list) else ()
    plain = [isinstance(n, Real) and not isinstance(n, bool) for n in numbers]
    if len(plain) != 2 or not all(plain):
        refuse(report, f"two numbers must come back, got {kind(came)}",
               "the last line is `return on_the_way, in_the_mask`")
    return dict(zip((WAY, MASK), map(exact, numbers), strict=True))


WAY, MASK = "on the way", "in the mask"
ON, IN = "2 * p + t", "2 * r * poolings + poolings - 1"
BOTH = "the two count apart: the way through the trunk has no unit of the mask"
BEFORE = "the units before the split are on the way through the trunk, not in the mask"
HALF = "half of it, or twice: each unit counts once"
LAYERS = "units, not layers: a unit has three"
SKIPS = "every level but the lowest has a skip: poolings - 1 of them, "


def way(words: str, *puts: str) -> Slip:
    """Another count of the units on the way."""
    return Slip(words, *[{f"on_the_way = {ON}": f"on_the_way = {put}"} for put in puts])


def mask(words: str, *puts: str) -> Slip:
    """Another count of the mask's units."""
    return Slip(words, *[{IN: put} for put in puts])


SLIPS = (
    Slip("the two are swapped: the way through the trunk comes first",
         {"return on_the_way, in_the_mask": "return in_the_mask, on_the_way"}),
    way("the units after the merge are missing: p stand there, too", "p + t"),
    way("p units stand after the merge, not one", "p + t + 1"),
    way("the p units are missing, before the split and after the merge", "t"),
    way("the t units of the trunk are missing", "2 * p"),
    way("the trunk stands there once: only p counts twice", "2 * (p + t)"),
    way("p units before and p after: 2p, not p squared", "p * p + t"),
    way("one too many: the merge is no residual unit", f"{ON} + 1"),
    way("the t units stand one after another: t of them, not 2", "2 * p + 2"),
    way("the p units are p: here is p = 1", "2 + t"),
    way("the mask's r has no place in the trunk", f"{ON} + r"),
    mask("the units in the skips are missing: one in each of poolings - 1 skips",
         "2 * r * poolings"),
    mask("there are poolings - 1 skips: below the last pooling nothing is skipped",
         "2 * r * poolings + poolings"),
    mask("the way up is missing: it has r units at each level, too",
         "r * poolings + poolings - 1"),
    mask("the way up is missing: it has r units at each level, too, and each skip has "
         "one", "r * poolings"),
    mask("the lowest level has 2r units: r of the way down, r of the way up",
         "r * (2 * poolings - 1) + poolings - 1"),
    mask("a skip passes through one unit, not r",
         "2 * r * poolings + r * (poolings - 1)"),
    mask("r units stand between poolings: r, not 1", "2 * poolings + poolings - 1"),
    mask("at full size stand no units, only the two 1x1",
         "2 * r * (poolings + 1) + poolings - 1"),
    mask("the lowest level has units, too: 2r of them",
         "2 * r * (poolings - 1) + poolings - 1"),
    mask("the two 1x1 convolutions are no residual units", f"{IN} + 2"),
    mask("each skip has one unit, not two", "2 * r * poolings + 2 * (poolings - 1)"),
    mask("the number of units doubles nowhere: each level has 2r, whatever its size",
         "2 * r * 2 ** (poolings - 1) + poolings - 1"),
    mask(BEFORE, f"p + {IN}", f"2 * p + {IN}"),
    mask("at full size stand no units, and nothing is skipped there",
         "2 * r * (poolings + 1) + poolings"),
    mask(f"{SKIPS}not one", "2 * r * poolings + 1"),
    mask(f"{SKIPS}not poolings - 2", "2 * r * poolings + max(0, poolings - 2)"),
    mask("a skip has one unit, however many levels lie below it",
         "2 * r * poolings + poolings * (poolings - 1) // 2"),
    Slip(LAYERS, *way("", f"3 * ({ON})").ways, *mask("", f"3 * ({IN})").ways,
         {f"on_the_way = {ON}": f"on_the_way = 3 * ({ON})", IN: f"3 * ({IN})"}),
    Slip(BOTH, *way("", f"{ON} + {IN}").ways, *mask("", f"{ON} + {IN}").ways),
    Slip(HALF, *[way_ for share in ("2", "0.5") for slip in (
        way("", f"{share} * ({ON})"), mask("", f"{share} * ({IN})"))
        for way_ in slip.ways]),
)
CASES = ((1, 2, 1, 3), (1, 2, 1, 2), (1, 2, 1, 1), (2, 4, 3, 3), (2, 4, 3, 1),
         (3, 1, 2, 4))
COUNTED = list(zip(*(count_module(*case) for case in CASES), strict=True))
COUNTS = Table(
    title="The module's units",
    usage="count_module(p, t, r, poolings)",
    reference=count_module,
    cases=(Case(CASES[0]),),
    slips=SLIPS,
    trial=SeveralTrial(
        more=CASES[1:],
        parts=both,
        one="one number for all modules: count from p, t, r and poolings",
    ),
    facts={
        name: "units {}: {}, {}, {}…".format(name, *counts)
        for name, counts in zip((WAY, MASK), COUNTED, strict=True)
    },
    errors={"KeyError": "a table ends somewhere: compute from the arguments, whatever "
                        "they are"},
)
