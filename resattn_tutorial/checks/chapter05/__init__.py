"""The checks of chapter 5: a prediction, a repair, and two backward passes by hand."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter05 import (
    module_wirings,
)
from resattn_tutorial.checks.chapter05.merging import MERGING
from resattn_tutorial.checks.chapter05.stack_size import STACK
from resattn_tutorial.checks.chapter05.teaching import TEACHING
from resattn_tutorial.checks.engine.functions import (
    ERRORS,
    require_function,
)
from resattn_tutorial.checks.engine.probe import (
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


predict = checked(STACK)
send_back = checked(MERGING)
filter_gradient = checked(TEACHING)
