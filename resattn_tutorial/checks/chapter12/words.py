"""The table of *The honest word*."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.several_trial import SeveralTrial
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling

Ends = tuple[float, float]
REPRODUCED, SAME_DIRECTION, NOT_SEEN = "reproduced", "same direction", "not seen"
NOT_RESOLVED = "cannot be resolved at this size"
WORDS = (REPRODUCED, SAME_DIRECTION, NOT_SEEN, NOT_RESOLVED)


def honest_word(seeds: Ends, items: Ends) -> str:
    """The solution, and what the slips change."""
    sign = sum((low > 0) - (high < 0) for low, high in (seeds, items))
    if sign == 2:
        return "reproduced"
    if sign == 0:
        return "cannot be resolved at this size"
    return "same direction" if sign > 0 else "not seen"


def read_word(report: Report, came: Any) -> dict[str, str]:
    """The word, if it is one of the four."""
    if not isinstance(came, str):
        refuse(report, f"a word must come back, got {kind(came)}",
               "return one of the four words, as a string")
    if came not in WORDS:
        refuse(report, f"{came!r} is none of the four words",
               "return a word as the exercise writes it: " + ", ".join(WORDS))
    return {"words": Telling(came)}


PAIR = "in (seeds, items)"
SIGN = "(low > 0) - (high < 0)"
TWO, NONE = "if sign == 2:", "if sign == 0:"
LAST = 'return "same direction" if sign > 0 else "not seen"'
ONE_IS_ENOUGH = (
    "both intervals must show the claimed direction for \"reproduced\"; one that does "
    "gives \"same direction\""
)
MIDDLE = (
    "where neither interval shows a direction, the middle does not decide either: it "
    "cannot be resolved at this size"
)
ZERO_IN = "an end that is exactly 0 counts as lying in the interval"
SWAPPED = "two of the words are swapped"


def swapped(one: str, other: str) -> Callable[[Ends, Ends], str]:
    """The right answer but for two words, each in the other's place."""
    def answer(seeds: Ends, items: Ends) -> str:
        word = honest_word(seeds, items)
        return {one: other, other: one}.get(word, word)

    return answer


SLIPS = (
    Slip(ONE_IS_ENOUGH, {TWO: "if sign >= 1:"}),
    Slip("the interval over items is not looked at: it may show what seeds do not",
         {PAIR: "in (seeds, seeds)"}),
    Slip("the interval over seeds is not looked at: it may hold zero where that over "
         "items does not", {PAIR: "in (items, items)"}),
    Slip(MIDDLE, {NONE: "if sign == 0 and sum(seeds) == 0:",
                  "if sign > 0": "if sum(seeds) > 0"},
         {NONE: "if False:", "if sign > 0": "if sum(seeds) > 0"}),
    Slip("where neither interval shows a direction, it cannot be resolved: that is "
         "neither \"same direction\" nor \"not seen\"", {NONE: "if False:"},
         {NONE: "if False:", "sign > 0": "sign >= 0"}),
    Slip("one interval that shows a direction is enough for \"same direction\" or "
         "\"not seen\": only where neither does, it cannot be resolved",
         {NONE: "if abs(sign) < 2:"}),
    Slip("one interval that shows the claimed direction is enough for \"same "
         "direction\"", {NONE: "if sign in (0, 1):"}),
    Slip("one interval below zero is enough for \"not seen\": something speaks against "
         "the claim", {NONE: "if sign in (0, -1):"}),
    Slip("both intervals below zero show the opposite of the claim: \"not seen\"",
         {TWO: "if abs(sign) == 2:"}, {NONE: "if sign in (0, -2):"}),
    Slip(ZERO_IN, {SIGN: "(low >= 0) - (high <= 0)"}, {"low > 0": "low >= 0"},
         {"high < 0": "high <= 0"}),
    Slip("an interval shows the claimed direction if its lower end is above zero; its "
         "upper end nearly always is", {SIGN: "(high > 0) - (high < 0)"}),
    Slip("the middle of an interval shows nothing: zero must lie outside",
         {SIGN: "(low + high > 0) - (low + high < 0)"}),
    Slip("the sides are swapped: above zero means as claimed",
         {SIGN: "(high < 0) - (low > 0)"}),
    Slip("intervals below zero are not told from those that hold zero: high < 0 shows "
         "the opposite of the claim", {SIGN: "int(low > 0)"}),
    Slip("\"same direction\" and \"not seen\" are swapped",
         {"if sign > 0": "if sign < 0"}),
    Slip(SWAPPED, swapped(REPRODUCED, NOT_RESOLVED), swapped(NOT_SEEN, NOT_RESOLVED),
         swapped(REPRODUCED, SAME_DIRECTION), swapped(REPRODUCED, NOT_SEEN)),
    Slip("a claim that is not reproduced has three words, not one",
         {NONE: "if False:", LAST: 'return "not seen"'},
         {NONE: "if True:"}),
    Slip("what shows below zero is \"not seen\"", {LAST: 'return "same direction"'}),
    Slip("what shows above zero, in one interval, is \"same direction\"",
         {LAST: 'return "not seen"'}),
    Slip("how large a difference is does not matter, only whether zero lies in its "
         "interval", {"low > 0": "low > 0.005", "high < 0": "high < -0.005"},
         {"low > 0": "low > 0.01", "high < 0": "high < -0.01"}),
)
FIRST = ((-0.02, 0.04), (0.002, 0.018))
ASKED = (
    ((0.08, 0.26), (0.166, 0.179)), ((-0.04, 0.01), (-0.02, -0.01)),
    ((-0.02, 0.03), (-0.005, 0.015)), ((-0.03, 0.01), (-0.02, 0.001)),
    ((0.001, 0.009), (-0.002, 0.012)), ((-0.06, -0.01), (-0.05, -0.02)),
    ((-0.012, -0.004), (-0.019, 0.003)), ((0.0, 0.02), (0.004, 0.016)),
    ((0.001, 0.019), (0.0, 0.02)), ((-0.02, 0.0), (-0.018, -0.002)),
    ((-0.019, -0.001), (-0.02, 0.0)), ((0.0, 0.04), (0.0, 0.04)),
    ((-0.04, 0.0), (-0.04, 0.0)), ((0.0001, 0.0009), (0.0002, 0.0008)),
    ((-0.03, 0.03), (-0.01, 0.01)),
)
HONEST_WORD = Table(
    title="The honest word",
    usage="honest_word(seeds, items)",
    reference=honest_word,
    cases=(Case(FIRST, "the word is right for each pair of intervals"),),
    slips=SLIPS,
    trial=SeveralTrial(
        more=ASKED, parts=read_word, one="it is the same word whatever comes",
    ),
    fixed=False,
    otherwise="a sign for each interval, 1, 0 or -1, then a word for their sum",
)
