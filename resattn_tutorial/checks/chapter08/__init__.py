"""The checks of chapter 8: three counts, a mask, two tools, and a printed number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from resattn_tutorial.checks.chapter08 import (
    mask_costs,
    parameter_cases,
    parameter_forms,
)
from resattn_tutorial.checks.chapter08.gap_table import TOOLS
from resattn_tutorial.checks.chapter08.number_rows import require_row
from resattn_tutorial.checks.chapter08.printed_counts import READING
from resattn_tutorial.checks.engine.functions import call, require_function
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.probe import refuse, suspecting
from resattn_tutorial.checks.engine.report import Report, exercise

SWAPPED = "the order: return {0}, in this order"
NONE_THERE = {
    "NoneType": "a batch norm without scales has None for them, one without statistics "
    "as well: its parameters() and buffers() hold only what is there",
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


tool_gap = checked(TOOLS)
read_count = checked(READING)
