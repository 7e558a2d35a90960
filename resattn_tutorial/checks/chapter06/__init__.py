"""The checks of chapter 6: a module's units, its wiring, a mended mask, a ratio."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from numbers import Real

from resattn_tutorial.checks.chapter06 import local_costs, module_counts
from resattn_tutorial.checks.chapter06.mending import MENDING
from resattn_tutorial.checks.chapter06.running import RUNNING
from resattn_tutorial.checks.engine.functions import (
    kind,
    require_function,
    require_number,
)
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.modules import call_words
from resattn_tutorial.checks.engine.probe import call, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, exercise

PAIR = "the last line is `return on_the_way, in_the_mask`"
TABLE = {
    "KeyError": "a table ends somewhere: compute from the arguments, whatever they are"
}


@exercise("The module's units")
def count_module(report: Report, answer: Callable[..., tuple[int, int]]) -> None:
    """Check ``count_module(p, t, r, poolings)``: units on the way and in the mask."""
    require_function(report, answer, "count_module(p, t, r, poolings)")
    cases = module_counts.CASES
    came = [ask_pair(report, answer, case) for case in cases]
    kinds = (
        ("on the way", module_counts.on_the_way, module_counts.WAY),
        ("in the mask", module_counts.in_the_mask, module_counts.MASK),
    )
    counts = list(zip(*came, strict=True))
    swapped = came == [goal(case)[::-1] for case in cases]
    for (words, right, wrong), found in zip(kinds, counts, strict=True):
        guess = module_counts.mistake(found, right, wrong)
        if swapped:
            guess = "the two are swapped: the way through the trunk comes first"
        for case, got in zip(cases, found, strict=True):
            if got != right(*case):
                fact = f"{call_words(answer, case)} has {right(*case)} units {words}"
                report.require(False, fact, f"got {got}", guess)
        report.require(True, f"units {words}: {found[0]}, {found[1]}, {found[2]}…")


def goal(case: module_counts.Case) -> tuple[int, int]:
    """What ``count_module`` has to return."""
    return module_counts.on_the_way(*case), module_counts.in_the_mask(*case)


def ask_pair(
    report: Report, answer: Callable, case: module_counts.Case
) -> tuple[float, float]:
    """The two counts that the answer gives."""
    words = call_words(answer, case)
    with suspecting(report, TABLE):
        got = call(report, words, answer, *case)
    numbers = got if isinstance(got, tuple | list) else ()
    plain = [isinstance(n, Real) and not isinstance(n, bool) for n in numbers]
    if len(plain) != 2 or not all(plain):
        refuse(report, f"{words} gives {kind(got)}, not two numbers", PAIR)
    return tuple(numbers)


run_module = checked(RUNNING)
mended_mask = checked(MENDING)


@exercise("The local mask's cost")
def local_ratio(report: Report, answer: Callable[[int, int], float]) -> None:
    """Check ``local_ratio(units, poolings)``: its cost over a mask's with poolings."""
    require_function(report, answer, "local_ratio(units, poolings)")
    found = []
    for case in local_costs.CASES:
        with suspecting(report, TABLE):
            came = call(report, call_words(answer, case), answer, *case)
        found.append(require_number(report, came))
    guess = local_costs.mistake(found)
    for case, got in zip(local_costs.CASES, found, strict=True):
        right = local_costs.ratio(*case)
        holds = isclose(got, right, rel_tol=1e-6)
        mine, true = local_costs.told_apart(got, right)
        fact = f"{call_words(answer, case)} is {true}"
        report.require(holds, fact, f"got {mine}", guess)
