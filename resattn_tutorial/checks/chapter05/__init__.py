"""The checks of chapter 5: a prediction, a repair, and two backward passes by hand."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter05 import (
    module_wirings,
    stack_counts,
)
from resattn_tutorial.checks.chapter05.merging import MERGING
from resattn_tutorial.checks.chapter05.teaching import TEACHING
from resattn_tutorial.checks.engine.functions import (
    ERRORS,
    call,
    require_function,
)
from resattn_tutorial.checks.engine.probe import (
    KEPT,
    ask,
    refuse,
    require_gradient,
    require_same,
    require_steady,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise
from resattn_tutorial.checks.engine.table import checked

ARGUMENTS = {
    "positional argument": "keep the stub's arguments, in their order",
    "unexpected keyword": "keep the stub's arguments, in their order",
}
TWICE = "give its result a name and use that: a second pass costs as much again"


@exercise("The size of a stack")
def predict(report: Report, answer: Callable[[float, int], tuple]) -> None:
    """Check ``predict(factor, modules)``: the output's size, the input's share."""
    usage = "predict(factor, modules)"
    require_function(report, answer, usage)
    found = []
    with suspecting(report, ARGUMENTS | ERRORS | stack_counts.ERROR_WORDS):
        for _, factor, modules in stack_counts.CASES:
            words = f"predict({factor}, {modules})"
            came, again = (
                stack_counts.require_two(
                    report, words, call(report, answer, words, factor, modules)
                )
                for _ in range(2)
            )
            if not all(map(math.isclose, came, again)):
                refuse(report, f"a second {words} gives other numbers", KEPT)
            found.append(came)
    sizes, shares = map(list, zip(*found, strict=True))
    for place, case in enumerate(stack_counts.CASES):
        size, share = stack_counts.size(*case[1:]), stack_counts.share(*case[1:])
        require_number(report, case, "size", sizes, place, size)
        require_number(report, case, "share", shares, place, share)
        following = stack_counts.CASES[place + 1 : place + 2]
        if not following or following[0].group != case.group:
            fact = case.group
            if case.group != stack_counts.OTHERS:
                fact += f": size {size:.4g}, share {share:.3g}"
            report.require(True, fact)


def require_number(
    report: Report,
    case: stack_counts.Case,
    what: str,
    found: list[float],
    place: int,
    right: float,
) -> None:
    """Refuse a wrong size or share; all that were found tell which mistake it is."""
    got = found[place]
    if math.isclose(got, right, rel_tol=1e-4, abs_tol=1e-9):
        return
    count, wrong = stack_counts.size, stack_counts.wrong_sizes()
    if what == "share":
        count, wrong = stack_counts.share, stack_counts.wrong_shares()
    stack = f"predict({case.factor}, {case.modules})"
    failed = f"{stack}: the {what} is {got:.4g}, right is {right:.4g}"
    if what == "size" and math.isclose(got, stack_counts.share(*case[1:])):
        refuse(report, failed, "the two are swapped: the size comes first")
    refuse(report, failed, stack_counts.name(found, count, wrong))


@exercise("The module repaired")
def repaired_module(report: Report, answer: Callable[..., Tensor]) -> None:
    """Check ``repaired_module(x, trunk, mask, after)``: the paper's wiring."""
    name = "repaired_module"
    require_function(report, answer, f"{name}(x, trunk, mask, after)")
    facts = {
        (2, 3, 5, 4): "the output is after((1 + M(x)) * T(x))",
        (1, 5, 3, 6): "so it is for other parts and another size",
    }
    for size, fact in facts.items():
        x, parts = torch.randn(size), module_wirings.make_parts(size[1])
        right = module_wirings.wired(x, *parts)
        for part in parts:
            part.calls = 0
        with suspecting(report, ARGUMENTS | ERRORS | module_wirings.ERROR_WORDS):
            got = ask(report, name, answer, x, *parts)
        calls = {which: part.calls for which, part in parts._asdict().items()}
        wrong = module_wirings.wrong_wirings(x, *parts)
        require_same(report, got, right, fact, wrong)
        for which, count in calls.items():
            if count != 1:
                words = f"{which} is called {count} times, once is enough"
                refuse(report, words, TWICE)
    for mask, fact in module_wirings.PLAIN_MASKS.items():
        others = parts._replace(mask=mask)
        right = module_wirings.wired(x, *others)
        got = ask(report, name, answer, x, *others)
        wrong = module_wirings.wrong_wirings(x, *others)
        require_same(report, got, right, fact, wrong)
    with suspecting(report, module_wirings.ERROR_WORDS):
        require_gradient(report, name, lambda x: answer(x, *parts),
                         lambda x: module_wirings.wired(x, *parts), x)
    require_steady(report, name, lambda x: answer(x, *parts), x)


send_back = checked(MERGING)
filter_gradient = checked(TEACHING)
