"""The checks of chapter 6: a module's units, its wiring, a mended mask, a ratio."""

from __future__ import annotations

from collections.abc import Callable
from math import isclose
from numbers import Real

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter06 import (
    local_costs,
    mask_repairs,
    module_counts,
    module_splits,
)
from resattn_tutorial.checks.chapter06.stand_ins import (
    FIXED,
    ONE_MAP,
    StandIn,
    require_wiring,
    runs,
)
from resattn_tutorial.checks.engine.functions import (
    kind,
    require_function,
    require_number,
)
from resattn_tutorial.checks.engine.modules import call_words
from resattn_tutorial.checks.engine.probe import (
    ask,
    call,
    refuse,
    require_gradient,
    require_steady,
    suspecting,
)
from resattn_tutorial.checks.engine.report import Report, exercise

SIZES = {
    (2, 4, 8, 12): "the mask is that of the diagram",
    (1, 6, 9, 7): "so it is for another size, and for other channels",
}
MODULES = {
    (2, 3, 2, 4, 8, 12): "p = 2, t = 3: the output is that of the wiring as drawn",
    (1, 2, 1, 6, 9, 7): "p = 1, t = 2: so it is, for another size as well",
    (1, 1, 2, 6, 5, 5): "p = 1, t = 1: and for the smallest module",
}
PAIR = "the last line is `return on_the_way, in_the_mask`"
ALONE = "each part is called with one map, and with nothing else"
LISTED = (
    "pop, remove, reverse and the like change the caller's own list: take slices of "
    "it, or a copy"
)
TABLE = {
    "KeyError": "a table ends somewhere: compute from the arguments, whatever they are"
}
ORDER = {
    ONE_MAP: ALONE,
    "invalid combination": "a unit or the mask got no map: x is the last argument",
    "out of range": "there are 2 * p + t units: the list ends there",
}
UNEQUAL = {
    ONE_MAP: ALONE,
    "must match the size": "stretch the lower map to the upper one's height and width "
    "before the sum",
    "has no attribute": "parts has down, bottom, skip, up and tail; each is called "
    "like a function",
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


@exercise("The wiring of a module")
def run_module(report: Report, answer: Callable[..., Tensor]) -> None:
    """Check ``run_module(units, mask, p, t, x)``: the module's output."""
    require_function(report, answer, "run_module(units, mask, p, t, x)")
    for (p, t, *size), fact in MODULES.items():
        units = [StandIn(size[1]) for _ in range(2 * p + t)]
        mask, x = StandIn(size[1], weighs=True), torch.randn(size)
        parts = module_splits.parts_of(units, mask, p, p + t)
        row, inputs = list(units), (mask, p, t, x)
        with suspecting(report, {"": FIXED} if report.held else ORDER):
            got = ask(report, "run_module", answer, row, *inputs)
        if row != units:
            refuse(report, "run_module changed the list `units`", LISTED)
        named = {f"unit {place}": unit for place, unit in enumerate(units, 1)}
        calls = runs(named | {"the mask": mask})
        require_wiring(report, got, module_splits.wired(parts, x), fact,
                       module_splits.wrong(units, *inputs), calls,
                       again(report, answer, units, *inputs))
    x = torch.randn(2, 6, 5, 5)

    def mine(x: Tensor) -> Tensor:
        return answer(list(units), mask, p, t, x)

    require_gradient(
        report, "run_module", mine, lambda x: module_splits.wired(parts, x), x
    )
    for part in (*units, mask):
        part.double()
    require_steady(report, "run_module", mine, x.double())


def again(report: Report, answer: Callable, *inputs: object) -> Callable[[], Tensor]:
    """A second call of the answer, to be made where its result is needed."""
    return lambda: ask(report, "a second call", answer, *inputs)


@exercise("The mended mask")
def mended_mask(report: Report, answer: Callable[..., Tensor]) -> None:
    """Check ``mended_mask(parts, x, trunk)``: a mask of two poolings."""
    require_function(report, answer, "mended_mask(parts, x, trunk)")
    for size, fact in SIZES.items():
        parts = mask_repairs.mask_parts(size[1])
        x, trunk = torch.randn(size), torch.randn(size)
        usual = {"": FIXED} if report.held else UNEQUAL
        with suspecting(report, usual):
            got = ask(report, "mended_mask", answer, parts, x, trunk)
        calls = runs({f"`{name}`": one for name, one in parts._asdict().items()})
        require_wiring(report, got, mask_repairs.whole(parts, x), fact,
                       mask_repairs.faulty(parts, x, trunk), calls,
                       again(report, answer, parts, x, trunk))
    x, trunk = torch.randn(2, 2, 6, 7, 6)

    def mine(x: Tensor) -> Tensor:
        return answer(parts, x, trunk)

    require_gradient(
        report, "mended_mask", mine, lambda x: mask_repairs.whole(parts, x), x
    )
    double = mask_repairs.MaskParts(*(part.double() for part in parts))
    require_steady(
        report, "mended_mask", lambda x, t: answer(double, x, t),
        x.double(), trunk.double(),
    )


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
        fact = f"{call_words(answer, case)} is {right:.4f}"
        holds = isclose(got, right, rel_tol=1e-6)
        report.require(holds, fact, f"got {got:.4f}", guess)
