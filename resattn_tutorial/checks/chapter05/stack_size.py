"""The table of *A stack's signal*."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from numbers import Real
from typing import Any

from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import ERRORS, kind, require_function
from resattn_tutorial.checks.engine.probe import KEPT, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, alike


def predict(factor: float, modules: int) -> tuple[float, float]:
    """The solution, and what the slips change."""
    square = 1.0
    for _ in range(modules):
        square = factor**2 * (square + 2) + 1
    root = square**0.5
    return root, factor**modules / root


def read_two(report: Report, came: Any) -> tuple[float, float]:
    """The root mean square and the share, if two plain numbers came back."""
    wish = "the last line is `return root, share`, two plain numbers"
    if hasattr(came, "tolist"):
        came = came.tolist()  # a tensor, an array or one number of theirs
    if not isinstance(came, tuple | list) or len(came) != 2:
        refuse(report, f"two numbers must come back, got {kind(came)}", wish)
    numbers = [n.item() if isinstance(n, Tensor) and not n.dim() else n for n in came]
    if not all(isinstance(n, Real) and not isinstance(n, bool) for n in numbers):
        refuse(report, f"two numbers must come back, got {kind(came)}", wish)
    return float(numbers[0]), float(numbers[1])


STACKS = ((0.5, 1), (0.5, 12), (1.5, 12), (1.0, 12), (0.25, 3), (0.1, 2), (1.9, 5))
EMPTY = "where there is no module nothing happens: both numbers are 1"
FIRST_ONLY = (
    "the first module is right, a later one is not: each starts from what the module "
    "before it left"
)


class StackTrial(FunctionTrial):
    """Asks for several stacks; roots and shares are a trace each."""

    facts = {
        "roots": "the root mean square is right, for one module and for many",
        "shares": "the share is right, for one module and for many",
        "empty": "with no module both numbers are 1",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        found = [self.twice(report, table, answer, stack) for stack in STACKS]
        for place, name in enumerate(("roots", "shares")):
            yield name, {f"predict({f}, {n})": two[place]
                         for (f, n), two in zip(STACKS, found, strict=True)}
        yield "empty", self.twice(report, table, answer, (0.5, 0))

    def twice(
        self, report: Report, table: Table, answer: Callable, stack: tuple
    ) -> tuple[float, float]:
        """The two numbers for one stack, the same each time."""
        one, other = (self.read(report, self.once(report, table, answer, stack))
                      for _ in range(2))
        if not alike(one, other):
            refuse(report, f"a second predict{stack} gives other numbers", KEPT)
        return one

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        for name in ("roots", "shares"):
            if name not in found or alike(found[name], right[name]):
                continue
            mine, true = list(found[name].values()), list(right[name].values())
            if any(alike(mine, [round(x, d) for x in true]) for d in range(6)):
                return "the numbers are asked for as they are, not rounded"
            return FIRST_ONLY if alike(mine[:1], true[:1]) else None
        return EMPTY if "empty" in found else None


STEP = "factor**2 * (square + 2) + 1"
BEGIN, ROOT, SHARE = "    square = 1.0", "square**0.5", "factor**modules / root"
MODULES = {
    "factor**2 * (square + 2)": "the unit after the merge is missing",
    "factor**2 * (square + 1) + 1": "two units stand before the merge",
    "factor**2 * square + 1": "the two units before the merge are missing",
    "factor**2 * square": "that is what is left of the input: each unit adds 1 to the "
    "mean square",
    "factor**2 * (square + 3)": "the order: only two units stand before the merge, one "
    "stands after it",
    "factor**2 * square + 3": "the order: two units come first, then the merge",
    "factor**2 * (square + 1) + 2": "the order: two units stand before the merge, one "
    "after it",
    "square + 3": "the merge is missing: it multiplies the values by the factor",
    "factor**2 * (square + 2) + 2": "one unit stands after the merge, not two",
    "8 * factor**2 * square": "a unit adds 1 to the mean square, it does not double it",
    "factor * (square + 2) + 1": "the merge multiplies each value by the factor, and "
    "so the mean square by the factor's square",
}
NOT_USED = "the number of modules is not used: loop over it, return after the loop"
BOTH_ROOTS = "both parts of the fraction must be root mean squares: {}"
EVERY = "every merge acts on the rest of the input too: factor ** modules"
ONLY = "the units leave the rest as it is: only the merges act on it"


def share(words: str, *puts: str) -> Slip:
    """Another share."""
    return Slip(words, *[{SHARE: put} for put in puts])


def first(words: str, *lines: str) -> Slip:
    """A line more, at the beginning."""
    return Slip(words, *[{BEGIN: f"    {line}\n{BEGIN}"} for line in lines])


SLIPS = (
    Slip("that is the mean square: take its square root at the end", {ROOT: "square"}),
    Slip("the two are swapped: the root mean square comes first",
         {f"return root, {SHARE}": f"return {SHARE}, root"}),
    *[Slip(words, {STEP: step}) for step, words in MODULES.items()],
    Slip("mean squares add up, their roots do not: take the root at the end",
         {STEP: "factor * (square + 2) + 1", ROOT: "square"}),
    Slip("the input has mean square 1 before the first module",
         {BEGIN: BEGIN.replace("1.0", "0")}),
    first(NOT_USED, "modules = 1"),
    first("the number of modules is fixed in the code", "modules = 12", "modules = 3"),
    first("the factor is fixed in the code",
          *[f"factor = {f}" for f in (0.5, 1.5, 1.0)]),
    first("one module too many is counted", "modules = modules + 1"),
    first("one module too few is counted", "modules = max(modules - 1, 0)"),
    first("the factor comes ready, with its 1: nothing is to be added to it",
          "factor = 1 + factor"),
    share("that is the root mean square of what is left of the input; divide it by the "
          "output's", "factor**modules"),
    share(BOTH_ROOTS.format("here the denominator is a mean square"),
          "factor**modules / square"),
    share(BOTH_ROOTS.format("that is the share of the mean square"), f"({SHARE}) ** 2"),
    share(EVERY, "1 / root", "factor / root"),
    share("merges multiply: factor ** modules, not factor * modules",
          "factor * modules / root"),
    share("the rest shrinks by the factor itself, only mean squares by its square",
          "factor ** (2 * modules) / root"),
    share(ONLY, "(factor**modules + 3 * modules) / root",
          "factor ** (3 * modules) / root"),
    share("a share of 1, not per cent", f"100 * {SHARE}"),
    share("what is left is asked for, not what is new", f"1 - {SHARE}"),
    share("the fraction is upside down", "root / max(factor**modules, 1e-30)"),
)
STACK = Table(
    title="A stack's signal",
    usage="predict(factor, modules)",
    reference=predict,
    cases=(Case(STACKS[0]),),
    slips=SLIPS,
    trial=StackTrial(read=read_two),
    errors={
        "KeyError": "other factors than the three of the text come, too",
        "division by zero": "a root of 0 means that the input's own 1 is forgotten; a "
        "closed form divides by 1 - factor**2, which a factor of 1 makes 0",
        **ERRORS,
    },
)
