"""The table of *Choose the rates fairly*."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping
from numbers import Real
from typing import Any

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table

Row = tuple[str, float, str, float]


def fair_rates(runs: list[Row]) -> dict[str, float]:
    """The solution, and what the slips change."""
    tried: dict = {}
    for arm, rate, split, error in runs:
        if split == "validation":
            error = 1.0 if math.isnan(error) else error
            tried.setdefault(arm, {}).setdefault(rate, []).append(error)
    return {
        arm: min(rates, key=lambda r: (statistics.mean(rates[r]), r))
        for arm, rates in tried.items()
    }


def read_rates(report: Report, came: Any) -> dict[str, float]:
    """A rate for each arm, in the order of their names."""
    if not isinstance(came, Mapping):
        refuse(report, f"a dictionary must come back, got {kind(came)}",
               "return a dictionary from each arm's name to its rate")
    for arm, rate in came.items():
        if not isinstance(arm, str):
            refuse(report, f"{kind(arm)} is no arm's name",
                   "the dictionary goes from an arm's name to its rate")
        if not isinstance(rate, Real) or isinstance(rate, bool):
            refuse(report, f"{arm}: a rate must be one number, got {kind(rate)}",
                   "each arm's value is its rate alone, one number")
    return {arm: float(came[arm]) for arm in sorted(came)}


SPLIT = 'split == "validation"'
NAN = "1.0 if math.isnan(error) else error"
MEAN = "statistics.mean(rates[r])"
KEY = f"key=lambda r: ({MEAN}, r)"
CHOICE = f"min(rates, {KEY})"
ARMS = "for arm, rates in tried.items()"
END = "    return {\n"
POOL = (
    "    pool = {}\n"
    "    for rates in tried.values():\n"
    "        for rate, many in rates.items():\n"
    "            pool.setdefault(rate, []).extend(many)\n"
)


def score(words: str, *forms: str) -> Slip:
    """Something else than the mean of a rate's errors."""
    return Slip(words, *[{MEAN: form} for form in forms])


def diverged(words: str, *puts: str) -> Slip:
    """Another error for a run that diverged."""
    return Slip(words, *[{NAN: put} for put in puts])


NO_TEST = (
    "the test has a part in the choice: an arm whose rate was chosen by the test has "
    "seen it. Look at rows of \"validation\" alone"
)
SLIPS = (
    Slip(NO_TEST, {SPLIT: "True"}),
    Slip("the rates are chosen on the test itself; validation is there to choose by",
         {SPLIT: 'split == "test"'}),
    diverged("nan is compared: every comparison with it is false, so the order of the "
             "runs decides. Turn it into 1 first", "error"),
    Slip("runs that diverged are left out: such a rate is judged by its good runs "
         "alone. They count as error 1",
         {SPLIT: f"{SPLIT} and not math.isnan(error)"}),
    diverged("a run that diverged counts as error 0, the best there is; it is wrong "
             "everywhere, error 1", "0.0 if math.isnan(error) else error"),
    diverged("a run that diverged has error 1, not another number",
             "0.5 if math.isnan(error) else error",
             "0.9 if math.isnan(error) else error",
             "math.inf if math.isnan(error) else error"),
    Slip("the highest error is looked for; errors are to be low",
         {"min(rates": "max(rates"}),
    Slip("of two rates that are equally good the lower one is asked for",
         {KEY: f"key=lambda r: ({MEAN}, -r)"}),
    Slip("of two rates that are equally good the one that comes first is taken, or "
         "last: take the lower one", {KEY: f"key=lambda r: {MEAN}"},
         {CHOICE: f"min(reversed(rates), key=lambda r: {MEAN})"}),
    score("the luckiest run of a rate decides; its mean over seeds is asked for",
          "min(rates[r])"),
    score("the worst run of a rate decides; its mean over seeds is asked for",
          "max(rates[r])"),
    score("one run of a rate decides, the last or the first that came; take the mean",
          "rates[r][-1]", "rates[r][0]"),
    score("the median over seeds; the mean is asked for",
          "statistics.median(rates[r])"),
    score("errors are summed: a rate with more seeds looks worse. Take the mean",
          "sum(rates[r])"),
    score("the spread over seeds decides; the mean is asked for",
          "statistics.pstdev(rates[r])"),
    score("errors are rounded before they are compared", "round(sum(rates[r]) "
          "/ len(rates[r]), 2)", "round(sum(rates[r]) / len(rates[r]), 1)"),
    Slip("the lowest rate is taken, whatever its error", {CHOICE: "min(rates)"}),
    Slip("the highest rate is taken, whatever its error", {CHOICE: "max(rates)"}),
    Slip("one rate is chosen for all arms together: each arm has its own best",
         {END: POOL + END, CHOICE: CHOICE.replace("rates", "pool")}),
    Slip("the first arm's best rate is given to all: each arm has its own",
         {CHOICE: CHOICE.replace("rates", "next(iter(tried.values()))")}),
    Slip("the lowest error comes back; the rate that has it is asked for",
         {CHOICE: "min(map(statistics.mean, rates.values()))"}),
    Slip("only one arm comes back: the return stands inside a loop, or looks at one",
         {ARMS: "for arm, rates in list(tried.items())[:1]"},
         {ARMS: "for arm, rates in list(tried.items())[-1:]"}),
    Slip("only the first runs are read: there may be any number", {
        "in runs:": "in runs[:3]:"}),
)
N = math.nan


def at(arm: str, rate: float, *errors: float, split: str = "validation") -> list[Row]:
    """One arm's runs at one rate."""
    return [(arm, rate, split, error) for error in errors]


GENERAL = [
    *at("naive", 0.45, 0.61, 0.17, 0.64), *at("residual", 0.15, 0.305, 0.315, 0.35),
    *at("residual", 0.45, 0.31, 0.33, 0.3), *at("naive", 0.15, 0.43, 0.38, 0.44),
    *at("residual", 0.05, 0.2, 0.24, split="test"), *at("naive", 0.05, 0.58, 0.41),
    *at("residual", 0.05, 0.42, 0.44), *at("naive", 0.05, 0.1, split="test"),
    *at("none", 0.05, 0.352), *at("none", 0.45, 0.348, 0.349, 0.347),
    *at("none", 0.15, 0.36, 0.36, 0.29, 0.36, 0.36),
    *at("none", 0.15, 0.1, split="test"),
]
DIVERGED = [
    *at("trunk", 0.45, 0.2, N), *at("trunk", 0.15, 0.45, 0.47), *at("mask", 0.45, N),
    *at("mask", 0.05, 0.7), *at("trunk", 0.05, 0.65, 0.66), *at("mask", 0.15, N, 0.45),
]
NAN_FIRST = [*at("a", 0.45, N), *at("a", 0.15, 0.3), *at("a", 0.05, 0.4)]
TIED = [
    *at("later", 0.45, 0.3), *at("later", 0.15, 0.3), *at("first", 0.05, 0.25),
    *at("first", 0.15, 0.25), *at("later", 0.05, 0.5), *at("first", 0.45, 0.25),
]
ALL_DIVERGED = [*at("a", 0.45, N), *at("a", 0.15, N), *at("b", 0.45, N, 0.98),
                *at("b", 0.15, N), *at("b", 0.05, 0.995)]
FAIR_RATES = Table(
    title="Rates, chosen fairly",
    usage="fair_rates(runs)",
    reference=fair_rates,
    cases=(
        Case((GENERAL,), "each arm gets its own best rate, by its mean on validation"),
        Case((DIVERGED,), "a run that diverged counts as error 1"),
        Case((NAN_FIRST,), "also where it comes first"),
        Case((TIED,), "of two equally good rates the lower one is chosen"),
        Case((ALL_DIVERGED,), "also where a whole arm diverged"),
        Case((at("alone", 0.1, 0.5),), "one arm at one rate has this rate"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read_rates),
    fixed=False,
    otherwise="collect the validation errors of each arm and rate, and compare means",
    errors={
        "unpack": "each row has four parts: arm, rate, split, error",
        "KeyError": "an arm or a rate is new when its first row comes: setdefault",
        "mean requires at least one": "a mean needs at least one error: are all rows "
        "of a rate left out?",
    },
)
