"""The table of *The staircase*."""

from __future__ import annotations

from itertools import accumulate  # noqa: F401  (a slip needs it)

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_number
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table

PAPER = (64_000, 96_000)


def my_rate(step: int, first: float, milestones: tuple[int, ...]) -> float:
    """The solution, and what the slips change."""
    return first * 0.1 ** sum(step >= one for one in milestones)


COUNT = "sum(step >= one for one in milestones)"
RATE = f"first * 0.1 ** {COUNT}"
TENTH = "0.1 ** sum"


def rate(words: str, *forms: str) -> Slip:
    """The rate by another rule; ``N`` stands for how many milestones lie behind."""
    return Slip(words, *[{RATE: form.replace("N", COUNT)} for form in forms])


def passed(words: str, *forms: str) -> Slip:
    """Another question to a milestone ``one``."""
    return Slip(words, *[{"step >= one": form} for form in forms])


def among(words: str, *forms: str) -> Slip:
    """Other milestones count."""
    return Slip(words, *[{"in milestones": f"in {form}"} for form in forms])


def divided(words: str, by: str) -> Slip:
    """A milestone does something else than dividing by ten."""
    return Slip(words, {TENTH: f"{by} ** sum"})


ARGUMENTS = (
    "the first rate and the milestones are arguments; 0.1, 64,000 and 96,000 are the "
    "paper's for CIFAR"
)
SLIPS = (
    passed("one step late: steps are counted from 0, so `step` steps have been taken, "
           "and step >= milestone has the lower rate", "step > one"),
    passed("one step early: after 3 steps, which are 0, 1 and 2, step 3 is the first "
           "with the lower rate", "step >= one - 1"),
    rate("all milestones count, and each divides once more: after two milestones it is "
         "a hundredth", "first / 10 if N else first"),
    rate("after n milestones it is 10 to the power of n, not 10 times n",
         "first / (10 * N) if N else first"),
    rate("after n milestones it is 0.1 to the power of n, not 0.1 times n",
         "first * 0.1 * N", "first * 0.1 * N if N else first"),
    rate("a milestone divides by ten", "first / (N + 1)"),
    divided("a milestone divides by ten, not by two", "0.5"),
    divided("a milestone divides by ten, once", "0.01"),
    divided("the rate falls: divide, where this multiplies", "10.0"),
    rate("a milestone divides by ten; nothing is subtracted", "first - 0.1 * N",
         "max(first - 0.1 * N, 0.0)"),
    rate("the first rate is an argument; 0.1 is the paper's", "0.1 * 0.1 ** N",
         "(0.1, 0.01, 0.001)[N]"),
    rate("the first rate is left out", "0.1 ** N"),
    passed("a milestone lasts: all later steps have the lower rate, too",
           "step == one"),
    passed("the comparison is the wrong way round: the milestones that lie behind "
           "count", "step < one", "step <= one"),
    passed("only milestones that have been reached count", "True"),
    rate("the same rate for every step", "first"),
    among("only two milestones count: there may be any number of them",
          "milestones[:2]"),
    among("only the last milestone counts: look at all of them", "milestones[-1:]"),
    among("the milestones are an argument; 64,000 and 96,000 are the paper's for CIFAR",
          "PAPER"),
    Slip(ARGUMENTS, {"in milestones": "in PAPER", "first * 0.1": "0.1 * 0.1"}),
    rate("a staircase is meant: between two milestones the rate stays",
         "first * 0.1 ** (step / milestones[0]) if milestones else first"),
    rate("milestones need not be equally far apart: look at each of them",
         "first * 0.1 ** (step // milestones[0]) if milestones else first"),
    rate("a staircase is meant, not a straight line",
         "first * (1 - step / milestones[-1]) if milestones else first"),
    among("each milestone is counted from step 0, not from the milestone before it",
          "accumulate(milestones)"),
    rate("a milestone counts as soon as it is reached, not with the last one only",
         "first * 0.1 ** (len(milestones) * (step >= max(milestones, default=0)))"),
    rate("one milestone too few is counted: enumerate begins with 0",
         "first * 0.1 ** max(N - 1, 0)"),
    rate("// throws away what is behind the point: divide with /", "first // 10 ** N"),
    rate("divide by a power of ten; this is a power of the first rate",
         "first ** (N + 1)"),
    rate("do not round: rates become small",
         *[f"round({RATE}, {digits})" for digits in (1, 2, 3, 4, 5)]),
    rate("after the last milestone the lowest rate stays",
         "first * 0.1 ** (N % max(len(milestones), 1))"),
    rate("without milestones the first rate stays", f"{RATE} if milestones else 0.0",
         f"{RATE} if milestones else 0.1"),
)


def cases() -> list[Case]:
    """The questions, in an order in which a schedule that counts its calls fails."""
    asked = (
        (2, 0.1, (3,)), (3, 0.1, (3,)), (4, 0.1, (3,)), (0, 0.4, (3, 5)),
        (159_999, 0.1, PAPER), (63_999, 0.1, PAPER), (64_000, 0.1, PAPER),
        (95_999, 0.1, PAPER), (96_000, 0.1, PAPER), (7, 0.4, ()),
        (450, 0.1, (200, 400, 500)), (6, 2.0, (1, 2, 4, 6)), (12, 0.0123, (2, 5, 11)),
    )
    return [Case(one, f"my_rate{one} = {my_rate(*one):.3g}") for one in asked]


RATES = Table(
    title="A staircase of rates",
    usage="my_rate(step, first, milestones)",
    reference=my_rate,
    cases=tuple(cases()),
    slips=SLIPS,
    trial=FunctionTrial(read=require_number),
    fixed=False,
    otherwise="count the milestones that lie behind, and divide the first rate by ten "
    "so many times",
    errors={
        "index out of range": "milestones may be empty, and may be any number",
        "empty": "milestones may be empty",
        "unpack": "milestones may be any number of steps",
        "ZeroDivision": "milestones may be empty",
        "has no attribute": "milestones is a tuple: it has no append, pop or sort",
        "does not support item": "milestones is a tuple, and nothing has to be changed "
        "in it",
        "not supported between": "compare the step with each milestone, not with all "
        "of them",
    },
)
