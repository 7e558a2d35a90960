"""The table of *Is the gain real?*."""

from __future__ import annotations

from numbers import Real
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter17.gain_slips import SLIPS, WORDS
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, alike


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
                   "return Python floats: .item() gives them" if end.numel() == 1 else
                   "the interval is that of the mean gain: two numbers, however many "
                   "seeds")
        if not isinstance(end, Real) or isinstance(end, bool):
            refuse(report, f"two floats must come back, got {kind(end)} among them",
                   wish)
    if not isinstance(word, str) or word not in WORDS:
        refuse(report, f"{kind(word)} is none of the three words",
               "return a word as the exercise writes it: " + ", ".join(WORDS))
    low, high = map(float, ends)
    return {"ends": {"low": low, "high": high}, "word": word}


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

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "word" in found and alike(found["ends"], right["ends"]):
            return (
                "the interval is right, but the word does not go by it: `real` where "
                "both ends lie above 0, `a loss` where both lie below, else `not shown`"
            )
        return None


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
        # The mean lies 3 standard errors above 0: less than t, and more than 1.96.
        Case((errors(0.163, 0.141, 0.185), errors(0.187, 0.183, 0.204), 4.303),
             title="three seeds, and a mean that nearly suffices"),
        Case((errors(0.311, 0.324, 0.290, 0.333, 0.302),
              errors(0.327, 0.327, 0.311, 0.361, 0.312), 2.776),
             title="five seeds, and a lower end just above 0"),
        Case((errors(0.114, 0.131, 0.122, 0.109), errors(0.272, 0.265, 0.281, 0.249),
              3.182), title="four seeds, and a large gain"),
        # Both ends are 0 to the last digit, in whatever order one computes.
        Case((errors(0.25, 0.5, 0.125), errors(0.25, 0.5, 0.125), 4.303),
             title="three seeds, and both ways err alike"),
    ),
    slips=SLIPS,
    trial=GainTrial(read=read),
    otherwise="print the gains of the seeds, their mean and their deviation; then t "
    "times the deviation, over the root of their number",
    errors={
        "not subscriptable": "t is one number, for as many seeds as came",
        "'float' object has no attribute": "`.item()` was called twice: what it gives "
        "is a Python number",
        "local variable 'word'": "where neither end decides, no word was set: the "
        "third one is `not shown`",
        "division by zero": "gains that are all the same have a deviation of 0: do not "
        "divide by it",
    },
    fixed=False,
    pairs=800,
)
