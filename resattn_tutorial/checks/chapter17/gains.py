"""The table of *Is the gain real?*."""

from __future__ import annotations

from numbers import Real
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling

WORDS = ("real", "a loss", "not shown")


def real_gain(ours: Tensor, theirs: Tensor, t: float) -> tuple[str, float, float]:
    """The solution, and what the slips change."""
    gains = theirs - ours
    middle = gains.mean().item()
    reach = t * gains.std().item() / len(gains) ** 0.5
    low, high = middle - reach, middle + reach
    if low > 0:
        word = "real"
    elif high < 0:
        word = "a loss"
    else:
        word = "not shown"
    return word, low, high


def read(report: Report, came: Any) -> dict[str, Any]:
    """A word and two numbers."""
    wish = "the last line is `return word, low, high`: a string and two plain floats"
    if not isinstance(came, tuple | list) or len(came) != 3:
        refuse(report, f"a word and two floats must come back, got {kind(came)}", wish)
    word, *ends = came
    for end in ends:
        if isinstance(end, Tensor):
            refuse(report, f"two floats must come back, got {kind(end)} among them",
                   "return Python floats: .item() gives them")
        if not isinstance(end, Real) or isinstance(end, bool):
            refuse(report, f"two floats must come back, got {kind(end)} among them",
                   wish)
    if word not in WORDS:
        refuse(report, f"{word!r} is none of the three words",
               "return a word as the exercise writes it: " + ", ".join(WORDS))
    return {"ends": [float(end) for end in ends], "word": Telling(word)}


class GainTrial(FunctionTrial):
    """A function that gives an interval and a word for it."""

    facts = FunctionTrial.facts | {
        "ends": "the interval of the gains, seed by seed, is right",
        "word": "the word is the one that the interval allows",
    }

    def __call__(self, report: Report, table: Table, answer: Any, case: Case) -> Any:
        """See :class:`~.table.Trial`."""
        for name, value in super().__call__(report, table, answer, case):
            yield from value.items() if name == "value" else [(name, value)]


GAINS, END = "theirs - ours", "return word, low, high"
REACH = "t * gains.std().item() / len(gains) ** 0.5"
UNPAIRED = (
    "the two ways are taken as if they had nothing in common, but each seed's wardrobe "
    "is the same for both: subtract seed by seed, and take the deviation of the "
    "differences"
)
REAL, LOSS = "if low > 0:", "elif high < 0:"


def reach(words: str, *forms: str) -> Slip:
    """Another half of the interval."""
    return Slip(words, *[{REACH: form} for form in forms])


def swapped(one: str, other: str) -> dict[str, str]:
    """Two words, each in the other's place; changes are made one after another."""
    return {f'"{one}"': '"?"', f'"{other}"': f'"{one}"', '"?"': f'"{other}"'}


SLIPS = (
    Slip("the direction: these are errors, and ours is better where it is lower. "
         "theirs - ours is the gain", {GAINS: "ours - theirs"}),
    reach(UNPAIRED,
          "t * ((ours.var() + theirs.var()) / len(gains)).item() ** 0.5",
          "t * ((ours.var() + theirs.var()) / 2).item() ** 0.5 / len(gains) ** 0.5",
          "t * (ours.std() + theirs.std()).item() / len(gains) ** 0.5"),
    reach("the deviation of the differences is not the difference of the deviations",
          "t * (theirs.std() - ours.std()).abs().item() / len(gains) ** 0.5"),
    reach("the deviation is that of the gains, not of one way alone",
          "t * ours.std().item() / len(gains) ** 0.5",
          "t * theirs.std().item() / len(gains) ** 0.5"),
    reach("the deviation of the gains is taken as it is; that of their mean is "
          "smaller, by the root of their number", "t * gains.std().item()"),
    reach("divide by the root of the number of seeds, not by the number",
          "t * gains.std().item() / len(gains)"),
    reach("n - 1 stands in the deviation already; the root is that of n",
          "t * gains.std().item() / (len(gains) - 1) ** 0.5"),
    reach("the deviation has n - 1 in its denominator, as torch's std() has. With "
          "three seeds that matters: correction=0 makes the interval a fifth too "
          "narrow", "t * gains.std(correction=0).item() / len(gains) ** 0.5"),
    reach("the variance is not the deviation: take its root",
          "t * gains.var().item() / len(gains) ** 0.5",
          "t * gains.var().item() / len(gains)"),
    reach("1.96 is for many seeds: with few the deviation itself is uncertain, and t "
          "is given for that", "1.96 * gains.std().item() / len(gains) ** 0.5",
          "2 * gains.std().item() / len(gains) ** 0.5"),
    reach("t is missing: one standard error to each side",
          "gains.std().item() / len(gains) ** 0.5"),
    reach("t standard errors to each side: this interval is half as wide",
          "0.5 * t * gains.std().item() / len(gains) ** 0.5"),
    reach("t is given, and not the same for every number of seeds",
          *[f"{one} * gains.std().item() / len(gains) ** 0.5"
            for one in (4.303, 4.3, 12.706, 2.776)]),
    Slip("the sign of a gain counts; do not take absolute values",
         {GAINS: "(theirs - ours).abs()"}),
    Slip("the gain is a difference of errors, not a ratio",
         {GAINS: "(theirs - ours) / theirs"}, {GAINS: "theirs / ours"}),
    Slip("points are asked for as shares, as they came: no factor 100",
         {END: "return word, 100 * low, 100 * high"}),
    Slip("the median of the gains; their mean is asked for",
         {"gains.mean().item()": "gains.median().item()"}),
    Slip("the order: low comes first, then high", {END: "return word, high, low"}),
    Slip("return the two ends: the mean minus and plus the half-width",
         {END: "return word, middle, reach"}),
    Slip("the range of the gains grows with the number of seeds: it is no interval of "
         "the mean", {"low, high = middle - reach, middle + reach":
                      "low, high = gains.min().item(), gains.max().item()"}),
    Slip("the mean alone decides nothing: the whole interval must lie on one side",
         {REAL: "if middle > 0:", LOSS: "elif middle < 0:"},
         {REAL: "if middle > 0:"}, {LOSS: "elif middle < 0:"}),
    Slip("one end above 0 is not enough: the whole interval must lie above it",
         {REAL: "if high > 0:"}),
    Slip("that every seed has a gain is no interval: three coins fall alike one time "
         "in four", {REAL: "if bool((gains > 0).all()):"},
         {REAL: "if bool((gains > 0).all()):", LOSS: "elif bool((gains < 0).all()):"}),
    Slip("two of the words are swapped", swapped("real", "a loss"),
         swapped("a loss", "not shown"), swapped("real", "not shown")),
    Slip("a loss is a result as well: the whole interval lies below 0",
         {LOSS: "elif False:"}),
    Slip("that nothing is shown is a result as well: where 0 lies in the interval, "
         "neither way can be said to be better",
         {"    else:\n        word = \"not shown\"": "    else:\n        word = "
          "\"a loss\""}),
    Slip("do not round", {END: "return word, round(low, 2), round(high, 2)"},
         {END: "return word, round(low, 3), round(high, 3)"},
         {END: "return word, round(low, 4), round(high, 4)"}),
)


def errors(*shares: float) -> Tensor:
    """Test errors of some seeds."""
    return torch.tensor(shares, dtype=torch.float64)


REAL_GAIN = Table(
    title="Is the gain real?",
    usage="real_gain(ours, theirs, t)",
    reference=real_gain,
    cases=(
        # Every seed has a gain, and the wardrobes differ more than the ways.
        Case((errors(0.104, 0.187, 0.143), errors(0.131, 0.221, 0.164), 4.303),
             title="three seeds with alike gains"),
        Case((errors(0.112, 0.148, 0.121), errors(0.127, 0.224, 0.130), 4.303),
             title="three seeds, one with most of the gain"),
        Case((errors(0.243, 0.261, 0.255, 0.249), errors(0.219, 0.244, 0.230, 0.222),
              3.182), title="four seeds, and ours errs more"),
        Case((errors(0.151, 0.149), errors(0.146, 0.171), 12.706),
             title="two seeds"),
        Case((errors(0.201, 0.196, 0.188, 0.215, 0.203),
              errors(0.198, 0.203, 0.181, 0.209, 0.199), 2.776),
             title="five seeds, and a mean that is nearly 0"),
        Case((errors(0.127, 0.224, 0.130), errors(0.112, 0.148, 0.121), 4.303),
             title="three seeds, one with most of the loss"),
        Case((errors(0.311, 0.324, 0.290, 0.333, 0.302),
              errors(0.327, 0.331, 0.309, 0.361, 0.315), 2.776),
             title="five seeds, small gains that are alike"),
    ),
    slips=SLIPS,
    trial=GainTrial(read=read),
    otherwise="print the gains of the seeds, their mean and their deviation; then t "
    "times the deviation, over the root of their number",
    errors={
        "not subscriptable": "t is one number, for as many seeds as came",
        "'float' object has no attribute": "`.item()` was called twice: what it gives "
        "is a Python number",
    },
)
