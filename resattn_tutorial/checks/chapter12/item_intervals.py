"""The table of *An interval over items*."""

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


def item_interval(better: Tensor, worse: Tensor) -> tuple[float, float]:
    """The solution, and what the slips change."""
    shares = [arm.double().mean(dim=0) for arm in (better, worse)]
    each = shares[0] - shares[1]
    reach = 1.96 * each.std() / len(each) ** 0.5
    middle = each.mean()
    return (middle - reach).item(), (middle + reach).item()


def read_ends(report: Report, came: Any) -> tuple[float, float]:
    """The two ends, if two plain numbers came back."""
    wish = "the last line is `return low, high`, two plain floats"
    if not isinstance(came, tuple | list) or len(came) != 2:
        refuse(report, f"two floats must come back, got {kind(came)}", wish)
    for end in came:
        if isinstance(end, Tensor):
            refuse(report, f"two floats must come back, got {kind(end)} in a pair",
                   "return Python floats: .item() gives them")
        if not isinstance(end, Real) or isinstance(end, bool):
            refuse(report, f"a pair of floats must come back, got {kind(end)}", wish)
    return float(came[0]), float(came[1])


SHARES = ".double().mean(dim=0) for"
EACH = "shares[0] - shares[1]"
REACH = "1.96 * each.std() / len(each) ** 0.5"
END = "return (middle - reach).item(), (middle + reach).item()"
APART = "(shares[0].var() + shares[1].var()) ** 0.5"
RUNS = (
    "runs count as items: a hundred runs on ten items are still ten items. Take the "
    "share of runs first, then count items"
)


def reach(words: str, *forms: str) -> Slip:
    """Another half of the interval."""
    return Slip(words, *[{REACH: form} for form in forms])


def flat(one: str) -> str:
    """All answers of an arm, one by one."""
    return f"{one}.double().flatten()"


SLIPS = (
    reach("the deviation of the items is taken as it is; that of their mean is "
          "smaller, by the root of their number", "1.96 * each.std()"),
    reach("divide by the root of the number of items, not by the number",
          "1.96 * each.std() / len(each)"),
    reach("the variance is not the deviation: take its root",
          "1.96 * each.var() / len(each) ** 0.5", "1.96 * each.var() / len(each)"),
    reach("the deviation has one less than the number of items in its denominator, as "
          "torch's std() has", "1.96 * each.std(correction=0) / len(each) ** 0.5"),
    reach("n - 1 stands in the deviation already; the root is that of n",
          "1.96 * each.std() / (len(each) - 1) ** 0.5"),
    reach("1.96 is missing: one standard error to each side holds only two times in "
          "three", "each.std() / len(each) ** 0.5"),
    reach("1.96 standard errors to each side, as asked",
          "2 * each.std() / len(each) ** 0.5", "3 * each.std() / len(each) ** 0.5"),
    reach("1.64 leaves one in ten outside, or one in twenty on one side; 1.96 is asked",
          "1.645 * each.std() / len(each) ** 0.5",
          "1.64 * each.std() / len(each) ** 0.5"),
    reach("1.96 standard errors to each side: this interval is half as wide",
          "0.98 * each.std() / len(each) ** 0.5"),
    reach("1.96 standard errors to each side: this interval is twice as wide",
          "2 * 1.96 * each.std() / len(each) ** 0.5"),
    reach(RUNS, "1.96 * each.std() / better.numel() ** 0.5",
          "1.96 * each.std() / (better.numel() + worse.numel()) ** 0.5"),
    Slip(RUNS, {EACH: f"{flat('better')}[:min(better.numel(), worse.numel())] - "
                f"{flat('worse')}[:min(better.numel(), worse.numel())]"}),
    reach("divide by the root of the number of items; this is the number of runs",
          "1.96 * each.std() / len(better) ** 0.5"),
    reach("the arms are taken as two tests of their own, though the items are the "
          "same: subtract item by item, and take the deviation of the differences",
          f"1.96 * {APART} / len(each) ** 0.5",
          "1.96 * sum(s.mean() * (1 - s.mean()) for s in shares) ** 0.5 "
          "/ len(each) ** 0.5"),
    reach("the deviation of the differences is not the difference of the deviations",
          "1.96 * (shares[0].std() - shares[1].std()).abs() / len(each) ** 0.5"),
    reach("the standard error is that of the differences, not of one arm",
          "1.96 * shares[0].std() / len(each) ** 0.5",
          "1.96 * shares[1].std() / len(each) ** 0.5"),
    reach("a formula for shares of right and wrong: here each item has a difference",
          "1.96 * (each.mean().abs() * (1 - each.mean().abs()) / len(each)) ** 0.5"),
    Slip("the direction: better minus worse", {EACH: "shares[1] - shares[0]"}),
    Slip("the sign of a difference counts; do not take absolute values",
         {EACH: f"({EACH}).abs()"}, {"each.mean()": "each.mean().abs()"}),
    Slip("the mean runs over the items and leaves runs: axis 0 is the runs, and the "
         "share of runs is wanted for each item",
         {"in (better, worse)": "in [x[:2].repeat(2, 1).T for x in (better, worse)]"}),
    Slip("only the first run of each arm is used; take the mean over all",
         {SHARES: ".double()[0] for"}),
    Slip("only the last run of each arm is used; take the mean over all",
         {SHARES: ".double()[-1] for"}),
    Slip("the runs are summed: an arm with more of them has more right answers. Take "
         "the mean", {SHARES: ".double().sum(dim=0) for"}),
    Slip("the runs vote, which makes an answer of its own; take their mean",
         {SHARES: ".double().mean(dim=0).round() for"},
         {SHARES: ".any(dim=0).double() for"}, {SHARES: ".all(dim=0).double() for"}),
    Slip("runs of the two arms are paired; they have nothing in common but the items",
         {SHARES: ".double()[:min(len(better), len(worse))].mean(dim=0) for"}),
    Slip("the order: low comes first, then high",
         {END: "return (middle + reach).item(), (middle - reach).item()"}),
    Slip("return the two ends: the mean minus and plus the half-width",
         {END: "return middle.item(), reach.item()"}),
    Slip("the lower end may lie below zero: do not cut it",
         {END: "return max((middle - reach).item(), 0.0), (middle + reach).item()"}),
    Slip("shares are asked for, not points",
         {END: "return 100 * (middle - reach).item(), 100 * (middle + reach).item()"}),
    Slip("do not round", {END: "return round((middle - reach).item(), 2), "
                          "round((middle + reach).item(), 2)"},
         {END: "return round((middle - reach).item(), 3), "
          "round((middle + reach).item(), 3)"}),
    Slip("the ends of the mean's interval are asked for, not those of 95 % of the "
         "items", {END: "return each.quantile(0.025).item(), "
                   "each.quantile(0.975).item()"}),
    Slip("the median of the differences; their mean is asked for",
         {"middle = each.mean()": "middle = each.median()"}),
)


def answers(runs: int, items: int, hard: float, seed: int) -> Tensor:
    """Right answers of an arm; items differ in how hard they are, alike for all."""
    easy = torch.rand(items, generator=torch.Generator().manual_seed(0))
    draw = torch.rand(runs, items, generator=torch.Generator().manual_seed(seed))
    return draw * (1 + hard) < easy * 1.6


FIRST = answers(5, 40, 0.0, 1), answers(3, 40, 0.9, 2)
TURNED = answers(2, 30, 0.8, 3), answers(4, 30, 0.0, 4)
EQUAL = answers(2, 25, 0.1, 5), answers(2, 25, 0.1, 6)
SINGLE = answers(1, 12, 0.0, 7), answers(1, 12, 0.4, 8)
ITEM_INTERVAL = Table(
    title="An interval over items",
    usage="item_interval(better, worse)",
    reference=item_interval,
    cases=(
        Case(FIRST, "the ends are right, for five runs and three"),
        Case(TURNED, "they may both lie below zero"),
        Case(EQUAL, "or on both sides of it"),
        Case(SINGLE, "one run each is enough"),
        Case((FIRST[0], FIRST[0].flip(0)), "arms with equal shares differ by zero"),
    ),
    slips=SLIPS,
    trial=FunctionTrial(read=read_ends),
    otherwise="a share for each item and arm, a difference for each item, then the "
    "mean of these and its standard error",
    errors={
        "mean(): could not infer": "booleans have no mean: .double() first",
        "could not infer output dtype": "booleans have no mean: .double() first",
        "must match the size": "the numbers of runs differ: take the mean over runs "
        "before you subtract",
        "Subtraction, the `-` operator": "booleans cannot be subtracted: .double() "
        "first",
        "not implemented for 'Bool'": "booleans have no deviation: .double() first",
    },
)
