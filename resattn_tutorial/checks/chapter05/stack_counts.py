"""A stack's size and what is left in it of its input, counted rightly and wrongly.

A module is two units, a merge and a unit. In words of mean squares: ``u`` adds 1, ``m``
multiplies by the square of the merge's factor.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from numbers import Real
from typing import Any, NamedTuple

from torch import Tensor

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report

MODULE = "uumu"
WRONG_MODULES = {
    "uum": "the unit after the merge is missing",
    "umu": "two units stand before the merge",
    "mu": "the two units before the merge are missing",
    "m": "that is what is left of the input: each unit adds 1 to the mean square",
    "uuum": "the order: only two units stand before the merge, one stands after it",
    "muuu": "the order: two units come first, then the merge",
    "umuu": "the order: two units stand before the merge, one after it",
    "uuu": "the merge is missing: it multiplies the values by the factor",
    "uumuu": "one unit stands after the merge, not two",
}


class Case(NamedTuple):
    """A stack to count; ``group`` is the line of the report that it belongs to."""

    group: str
    factor: float
    modules: int


ONE, OTHERS = "one module that halves", "other factors, and no module at all"
CASES = (
    Case(ONE, 0.5, 1),
    Case("naive, 12 modules", 0.5, 12),
    Case("residual, 12 modules", 1.5, 12),
    Case("without masks, 12 modules", 1.0, 12),
    Case(OTHERS, 0.25, 3),
    Case(OTHERS, 0.1, 2),
    Case(OTHERS, 1.9, 5),
    Case(OTHERS, 0.5, 0),
)
EMPTY = -1
ERROR_WORDS = {
    "KeyError": "other factors than the three of the text come, too",
    "division by zero": "a size of 0 means that the input's own 1 is forgotten; a "
    "closed form divides by 1 - factor**2, which a factor of 1 makes 0"
}
Counts = Callable[[float, int], float]


def mean_square(
    factor: float,
    modules: int,
    module: str = MODULE,
    power: int = 2,
    start: float = 1.0,
) -> float:
    """The mean square at the end of a stack whose input has mean square ``start``."""
    value = start
    for part in module * modules:
        value = value + 1 if part == "u" else value * factor**power
    return value


def size(factor: float, modules: int) -> float:
    """The root mean square at the end of the stack."""
    return math.sqrt(mean_square(factor, modules))


def share(factor: float, modules: int) -> float:
    """What is left of the input on the shortcuts, as a share of ``size``."""
    return factor**modules / size(factor, modules)


def wrong_sizes() -> Iterator[tuple[str, Counts]]:
    """Yield each mistake in words, and the size that it leads to."""
    root = "that is the mean square: the size is its square root"
    yield root, mean_square
    for module, words in WRONG_MODULES.items():
        yield words, lambda f, n, m=module: math.sqrt(mean_square(f, n, m))
        yield f"{words}; and {root}", lambda f, n, m=module: mean_square(f, n, m)
    words = (
        "the merge multiplies each value by the factor, and so the mean square by the "
        "factor's square"
    )
    yield words, lambda f, n: math.sqrt(mean_square(f, n, power=1))
    words = "mean squares add up, sizes do not: the root comes last"
    yield words, lambda f, n: mean_square(f, n, power=1)
    words = "the input has mean square 1 before the first module"
    yield words, lambda f, n: math.sqrt(mean_square(f, n, start=0.0))
    yield "a unit adds 1 to the mean square, it does not double it", (
        lambda f, n: math.sqrt((8 * f * f) ** n)
    )
    yield from _fixed(size)
    yield "the factor comes ready, with its 1: nothing is to be added to it", (
        lambda f, n: size(1 + f, n)
    )


def wrong_shares() -> Iterator[tuple[str, Counts]]:
    """Yield each mistake in words, and the share that it leads to."""
    words = "that is how large the rest of the input is; a share divides by the size"
    yield words, lambda f, n: f**n
    root = "size and rest are both root mean squares: "
    yield root + "the mean square came below the line", (
        lambda f, n: f**n / mean_square(f, n)
    )
    yield root + "that is the share of the mean square", lambda f, n: share(f, n) ** 2
    words = "every merge acts on the rest of the input too: factor ** modules"
    yield words, lambda f, n: 1 / size(f, n)
    yield words, lambda f, n: f / size(f, n)
    words = "merges multiply: factor ** modules, not factor * modules"
    yield words, lambda f, n: f * n / size(f, n)
    words = "the rest shrinks by the factor itself, only mean squares by its square"
    yield words, lambda f, n: f ** (2 * n) / size(f, n)
    words = "the units leave the rest as it is: only the merges act on it"
    yield words, lambda f, n: (f**n + 3 * n) / size(f, n)
    yield words, lambda f, n: f ** (3 * n) / size(f, n)
    yield "a share of 1, not per cent", lambda f, n: 100 * share(f, n)
    yield "what is left is asked for, not what is new", lambda f, n: 1 - share(f, n)
    yield "the fraction is upside down", lambda f, n: 1 / max(share(f, n), 1e-9)
    yield from _fixed(share)


def _fixed(right: Counts) -> Iterator[tuple[str, Counts]]:
    """What forgets to use one of its arguments, or miscounts it."""
    words = "the number of modules is not used: loop over it, return behind the loop"
    yield words, lambda f, n: right(f, 1)
    yield "the number of modules is fixed inside", lambda f, n: right(f, 12)
    for factor in (0.5, 1.5, 1.0):
        yield "the factor is fixed inside", lambda f, n, g=factor: right(g, n)
    yield "one module too many is counted", lambda f, n: right(f, n + 1)
    yield "one module too few is counted", lambda f, n: right(f, max(n - 1, 0))


def name(
    got: Sequence[float], right: Counts, wrong: Iterator[tuple[str, Counts]]
) -> str | None:
    """The mistake that leads to these numbers, one for each of ``CASES``."""
    for words, count in wrong:
        found = [count(case.factor, case.modules) for case in CASES]
        if _close(got, found) or _close(got[:EMPTY], found[:EMPTY]):
            return words  # the empty stack is often caught by a line of its own
    goal = [right(case.factor, case.modules) for case in CASES]
    if any(_close(got, [round(r, digits) for r in goal]) for digits in range(6)):
        return "the numbers are asked for as they are, not rounded"
    if _close(got[:EMPTY], goal[:EMPTY]):
        return "where there is no module nothing happens: both numbers are 1"
    if _close(got[:1], goal[:1]):
        return (
            "the first module is right, a later one is not: each starts from what the "
            "module before it left"
        )
    return None


def _close(one: Sequence[float], other: Sequence[float]) -> bool:
    return all(
        math.isclose(a, b, rel_tol=1e-5, abs_tol=1e-12)
        for a, b in zip(one, other, strict=True)
    )


def require_two(report: Report, words: str, came: Any) -> tuple[float, float]:
    """The size and the share, if two plain numbers came back."""
    wish = "the last line is `return size, share`, two plain numbers"
    if hasattr(came, "tolist"):
        came = came.tolist()  # a tensor, an array or one number of theirs
    if not isinstance(came, tuple | list) or len(came) != 2:
        refuse(report, f"{words} gives {kind(came)}, not two numbers", wish)
    numbers = [n.item() if isinstance(n, Tensor) and not n.dim() else n for n in came]
    if not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers):
        refuse(report, f"{words} gives {kind(came)}, not two numbers", wish)
    return float(numbers[0]), float(numbers[1])
