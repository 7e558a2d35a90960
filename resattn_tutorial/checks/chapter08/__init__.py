"""The checks of chapter 8: three counts, a mask, two tools, and a printed number."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import nn

from resattn_tutorial.checks.chapter08 import (
    gap_forms,
    mask_costs,
    parameter_cases,
    parameter_forms,
    reading_forms,
    reading_slips,
)
from resattn_tutorial.checks.chapter08.number_rows import require_real, require_row
from resattn_tutorial.checks.engine.functions import call, kind, require_function
from resattn_tutorial.checks.engine.probe import refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.cost.op_recorder import Operation

SWAPPED = "the order: return {0}, in this order"
WORDS = ("rounded", "truncated", "both")
NONE_THERE = {
    "NoneType": "a batch norm without scales has None for them, one without statistics "
    "as well: its parameters() and buffers() hold only what is there",
}
NO_SUCH_KIND = {
    "KeyError": "not each kind is in your dictionary, and not each occurs in each "
    "network: .get(kind, 0)",
}
NO_POINT = {
    "IndexError": "nothing stands behind the point, for there is none: "
    "printed.partition(\".\")[2] is then empty",
    "ValueError": "there may be no point at all: printed.partition(\".\")[2] is then "
    "empty",
}


@exercise("Three counts of parameters")
def three_counts(
    report: Report, answer: Callable[[nn.Module], tuple[int, int, int]]
) -> None:
    """Check ``three_counts(network)``: weights, learnable, stored."""
    require_function(report, answer, "three_counts(network)")
    names, seen = parameter_forms.NAMES, []
    for words, network in parameter_cases.networks().items():
        before = state(network)
        with suspecting(report, NONE_THERE):
            came = call(report, answer, f"three_counts, for {words},", network)
        got, goal = require_row(report, came, names), parameter_forms.right(network)
        if state(network) != before:
            refuse(report, f"{words} is not as it was: a mode, a freeze or a value",
                   "counting changes nothing: no train(), eval() or requires_grad_()")
        seen.append((network, got))
        for place, name in enumerate(names):
            if got[place] != goal[place]:
                guess = parameter_forms.mistake(seen, place)
                if got != goal and sorted(got) == sorted(goal):
                    guess = SWAPPED.format(", ".join(names))
                found = f"{got[place]:,} instead of {goal[place]:,}"
                refuse(report, f"{words}: {name} is {found}", guess)
        said = ", ".join(f"{number:,}" for number in goal)
        report.require(True, f"{words}: {said}")


def state(network: nn.Module) -> list[Any]:
    """What a count leaves alone: modes, freezes, and the sum of all values."""
    values = [float(x.double().sum()) for x in network.state_dict().values()
              if not x.is_meta]
    freezes = [p.requires_grad for p in network.parameters()]
    return [part.training for part in network.modules()] + freezes + values


@exercise("The cost of a mask")
def count_mask(
    report: Report, answer: Callable[[int, int, int], tuple[int, int]]
) -> None:
    """Check ``count_mask(channels, size, poolings)``: parameters, multiply-adds."""
    require_function(report, answer, "count_mask(channels, size, poolings)")
    names = ("parameters", "multiply_adds")
    for case in mask_costs.CASES:
        words = "count_mask({}, {}, {})".format(*case)
        got = require_row(report, call(report, answer, words, *case), names)
        goal = mask_costs.right(case)
        guesses = [
            mask_costs.parameter_mistake(case, got[0]),
            mask_costs.work_mistake(case, got[1]),
        ]
        if got == goal[::-1]:
            guesses[0] = SWAPPED.format(" and ".join(names))
        for name, found, right, guess in zip(names, got, goal, guesses, strict=True):
            fact = f"{words}: {right:,} {name.replace('_', '-')}"
            if guess is None and case != mask_costs.CASES[0]:
                guess = fixed_mistake(found, names.index(name))
            report.require(found == right, fact, f"got {found:,}", guess)


def fixed_mistake(found: float, place: int) -> str | None:
    """What is behind a number that would be right for another case, if it is one."""
    if found in [mask_costs.right(case)[place] for case in mask_costs.CASES]:
        return "a fixed number: it must follow from channels, size and poolings"
    return None


@exercise("Two tools, one difference")
def tool_gap(report: Report, answer: Callable[[list[Operation]], int]) -> None:
    """Check ``tool_gap(found)``: what fvcore counts beyond PyTorch's counter."""
    require_function(report, answer, "tool_gap(found)")
    seen = []
    for case in gap_forms.cases():
        handed = list(case.found)
        with suspecting(report, NO_SUCH_KIND):
            came = call(report, answer, f"tool_gap, for {case.words},", handed)
        if handed != case.found:
            refuse(report, "tool_gap changed the list that it was given",
                   "go through the list with for; pop, remove and sort change it")
        seen.append((case, require_real(report, came, "return one number, the sum")))
    mistake = gap_forms.mistake(seen)
    for case, got in seen:
        fact = f"{case.words}: {case.fvcore:,} - {case.torch:,} = {case.gap:,}"
        report.require(got == case.gap, fact, f"predicted {got:,}", mistake)


@exercise("How a number was printed")
def read_count(
    report: Report, answer: Callable[[str, Mapping[str, int], int], dict[str, str]]
) -> None:
    """Check ``read_count(printed, counts, unit)``: which counts fit, and how."""
    require_function(report, answer, "read_count(printed, counts, unit)")
    seen = []
    for case in reading_forms.CASES:
        printed, counts, unit = case
        handed = dict(counts)
        words = f"read_count({printed!r}, …, {unit:,})"
        with suspecting(report, NO_POINT if "." not in printed else {}):
            came = call(report, answer, words, printed, handed, unit)
        if handed != counts:
            refuse(report, f"{words} changed the counts that it was given",
                   "start a dictionary of your own: found = {}")
        seen.append((case, came))
    for case, came in seen:
        goal = reading_forms.right(*case)
        mistake = reading_slips.mistake(seen) or reading_kind(came, goal)
        said = ", ".join(f"{name} {word}" for name, word in goal.items())
        fact = f"{case[0]} {reading_forms.UNITS[case[2]]}: {said or 'nothing fits'}"
        report.require(same(came, goal), fact, differing(came, goal, case), mistake)


def same(came: Any, goal: dict[str, str]) -> bool:
    """Whether a dictionary came, with these names and words."""
    return isinstance(came, dict) and came == goal


def differing(came: Any, goal: dict[str, str], case: reading_forms.Case) -> str:
    """The first count that an answer judges otherwise, and how."""
    if not isinstance(came, dict):
        return f"got {kind(came)}"
    for name, count in case[1].items():
        if came.get(name) != goal.get(name):
            found = kind(came[name]) if name in came else "nothing"
            return f"got {found} for {name} ({count:,})"
    return f"got {kind(came)}"


def reading_kind(came: Any, goal: dict[str, str]) -> str | None:
    """The mistake in an answer of another kind."""
    if came is None and not goal:
        return "where nothing fits, an empty dictionary comes back: return found"
    if came is None:
        return "the function ends without a return"
    if not isinstance(came, dict):
        return "a dictionary is to come back: found[name] = word"
    if came and all(name in WORDS for name in came):
        return "the names are the keys, and the words the values: found[name] = word"
    if not all(word in WORDS for word in came.values()):
        return 'the words are "rounded", "truncated" and "both"'
    return None
