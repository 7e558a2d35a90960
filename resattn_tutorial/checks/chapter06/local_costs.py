"""The table of *The local mask's cost*.

Costs are in multiply-adds for one pixel at full size, divided by the square of the
bottleneck's width: a residual unit has 4 + 9 + 4 = 17, a 1x1 convolution from all
channels to all channels 4 * 4 = 16.
"""

from __future__ import annotations

from typing import Any

import torch

from resattn_tutorial.checks.engine.functions import require_number
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.several_trial import SeveralTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Loose


def local_ratio(units: int, poolings: int) -> float:
    """The solution, and what the slips change."""
    pooled = 2 / 4**poolings                         # the lowest level
    for level in range(1, poolings):
        pooled += 3 / 4**level                       # down, up and skip
    return (17 * units + 32) / (17 * pooled + 32)


def a_ratio(report: Report, came: Any) -> dict[str, Loose]:
    """The number that came, to six digits."""
    number = torch.tensor(require_number(report, came), dtype=torch.float64)
    return {"ratio": Loose(number, 1e-6)}


QUOTIENT = "(17 * units + 32) / (17 * pooled + 32)"
ABOVE, BELOW = "17 * units + 32", "17 * pooled + 32"
LOWEST, UPPER, LEVELS = "2 / 4**poolings", "3 / 4**level", "range(1, poolings)"
ALL = "range(1, poolings + 1)"
TAILS = {
    "the two 1x1 of the tail are missing in": 0,
    "the tail has two 1x1, not one, in": 16,
    "a 1x1 of the tail takes all channels to all channels, C * C weights, in": 2,
    "the tail's 1x1 are as wide as the map, C to C, not C to C/4, in": 8,
    "a 1x1 is no residual unit; its cost is C * C, in": 34,
}
UNITS = {
    "a unit has 4 + 9 + 4 = 17 weights for each w * w": 11,
    "the 3x3 has nine weights, and the two 1x1 count too": 9,
    "a unit has two 1x1 convolutions": 13,
    "a unit has a 3x3 convolution, too": 8,
    "the 1x1 convolutions of a unit lead to a quarter of the channels": 41,
}


def sums(words: str, lowest: str, upper: str, levels: str = LEVELS) -> Slip:
    """Other units of the mask with poolings."""
    puts = {LOWEST: lowest, LEVELS: levels, UPPER: upper}
    return Slip(words, {find: put for find, put in puts.items() if find != put})


def result(words: str, *puts: str) -> Slip:
    """Another result; ``{}`` stands for the right one."""
    return Slip(words, *[{QUOTIENT: put.format(f"({QUOTIENT})")} for put in puts])


def tails() -> list[Slip]:
    """Another tail, in both masks or in one."""
    above = {cost: {"units + 32": f"units + {cost}"} for cost in TAILS.values()}
    below = {cost: {"pooled + 32": f"pooled + {cost}"} for cost in TAILS.values()}
    both = [Slip(f"{words} both masks", above[cost] | below[cost])
            for words, cost in TAILS.items()]
    return both + [
        Slip(f"{words} {mask}", puts[cost]) for words, cost in TAILS.items()
        for puts, mask in ((above, "the local mask"), (below, "the mask with poolings"))
    ]


def fixed(name: str, n: int) -> Slip:
    """An argument that has no effect."""
    return Slip(f"{name} is an argument: here it is {n}, whatever came",
                {"    pooled = ": f"    {name} = {n}\n    pooled = "})


SLIPS = (
    *tails(),
    sums("the skips' units are missing", LOWEST, "2 / 4**level"),
    sums("a pooling quarters the pixels: it halves height and width",
         "2 / 2**poolings", "3 / 2**level"),
    sums("the maps shrink: each pooling quarters a unit's cost", "2", "3"),
    sums("the lowest level has two units", "1 / 4**poolings", UPPER),
    sums("the lowest level has two units, and nothing is skipped there",
         "3 / 4**poolings", UPPER),
    sums("the first units come after the first pooling, not before it",
         "8 / 4**poolings", "12 / 4**level"),
    sums("the way up has units, too", "0", "1 / 4**level", ALL),
    sums("the way up has units, too, and so have the skips", "1 / 4**poolings",
         "2 / 4**level"),
    sums("no unit stands at full size: the first level comes after the first pooling",
         "3 + 2 / 4**poolings", UPPER),
    sums("the lowest level is left out: it has two units", "0", UPPER),
    sums("every level but the lowest has three units: poolings - 1 levels", LOWEST,
         UPPER, "range(1, poolings - 1)"),
    sums("the lowest level comes after all poolings: 1/4**poolings of the pixels",
         "8 / 4**poolings", UPPER),
    sums("a skip's unit works on its own level's map, not on the one below", "0",
         "(2 + (level > 1)) / 4**level", ALL),
    sums("a skip's unit works on its own level's map, not on the one above", LOWEST,
         "6 / 4**level"),
    sums("a skip's unit works on its own level's map, not at full size", LOWEST,
         "2 / 4**level + 1"),
    sums("a pooling quarters the pixels of the level before: 1/4, 1/16, 1/64",
         "2 / (4 * poolings)", "3 / (4 * level)"),
    *[Slip(words, {"17 *": f"{cost} *"}) for words, cost in UNITS.items()],
    result("upside down: the local mask's cost is the numerator", "1 / {}"),
    result("the difference: divide the two", "{} - 1"),
    result("percent: the ratio itself is wanted", "100 * {}"),
    Slip("the units of all three masks: count one mask", {"* units": "* 3 * units"}),
    Slip("the tail runs at full size in both masks, after the last stretch",
         {"pooled + 32": "pooled + 32 / 4**poolings"}),
    Slip("a unit and a 1x1 in one currency: 17 and 16 times w * w",
         {"17 *": "17 / 16 *"}),
    *[fixed(name, n) for name in ("units", "poolings") for n in (1, 2, 3)],
    result("rounded: return the quotient as it comes",
           *[f"round({{}}, {digits})" for digits in range(6)]),
    result("cut to a whole number: / divides, // and int() drop the rest",
           "float(int({}))"),
)
CASES = ((1, 3), (3, 3), (1, 2), (3, 1), (2, 4))
RATIO = Table(
    title="The local mask's cost",
    usage="local_ratio(units, poolings)",
    reference=local_ratio,
    cases=(Case(CASES[0]),),
    slips=SLIPS,
    trial=SeveralTrial(
        more=CASES[1:],
        parts=a_ratio,
        one="one number for all masks: count from units and poolings",
    ),
    facts={"ratio": "the ratios are " + ", ".join(
        f"{local_ratio(*case):.4f}" for case in CASES)},
    errors={"KeyError": "a table ends somewhere: compute from the arguments, whatever "
                        "they are"},
    pairs=1200,
)
