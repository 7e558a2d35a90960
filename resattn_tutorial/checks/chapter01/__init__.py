"""The checks of chapter 1, *Residual units*."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Real

from torch import Tensor

from resattn_tutorial.checks.chapter01 import unit_counts
from resattn_tutorial.checks.chapter01.identity import IDENTITY
from resattn_tutorial.checks.chapter01.projection import PROJECTION
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.modules import call_words
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report, exercise

COUNTED = ((64, 56), (256, 14), (32, 7), (4, 1))  # channels and size
FIXED = "a number of channels or pixels is fixed: take it from the arguments"


identity_unit = checked(IDENTITY)
projection_unit = checked(PROJECTION)


@exercise("The unit's cost")
def count_unit(report: Report, answer: Callable[[int, int], tuple[int, int]]) -> None:
    """Check ``count_unit(channels, size)``: parameters and multiply-adds."""
    for channels, size in COUNTED:
        words, width = call_words(answer, (channels, size)), channels // 4
        got, goal = ask_counts(report, answer, channels, size), counts(channels, size)
        guesses = [
            unit_counts.parameter_mistake(got[0], width),
            unit_counts.multiply_add_mistake(got[1], width, size),
        ]
        if got == goal[::-1]:
            guesses[0] = "the two are swapped: the parameters come first"
        elsewhere = [counts(c, s) for c, _ in COUNTED for _, s in COUNTED]
        for place, kind in enumerate(("parameters", "multiply-adds")):
            found, right, guess = got[place], goal[place], guesses[place]
            if guess is None and found in [other[place] for other in elsewhere]:
                guess = FIXED
            fact = f"{words} has {right:,} {kind}"
            report.require(found == right, fact, f"got {found:,}", guess)


def counts(channels: int, size: int) -> tuple[float, float]:
    """What ``count_unit`` has to return."""
    width = channels // 4
    return unit_counts.parameters(width), unit_counts.multiply_adds(width, size)


def ask_counts(
    report: Report, answer: Callable, channels: int, size: int
) -> tuple[float, float]:
    """Return the two numbers that the answer gives."""
    if not callable(answer):
        refuse(report, f"a function is expected, got a {type(answer).__name__}",
               "hand over the function's name, without brackets behind it")
    words = call_words(answer, (channels, size))
    got = call(report, words, answer, channels, size)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        kind = "None" if got is None else repr(got)[:60]
        refuse(report, f"{words} gives {kind}, not two numbers",
               "the last line is `return parameters, multiply_adds`")
    numbers = [n.item() if isinstance(n, Tensor) and n.dim() == 0 else n for n in got]
    if not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers):
        refuse(report, f"{words} gives {repr(got)[:60]}, not two numbers",
               "return the numbers themselves, not text or lists")
    return tuple(numbers)
