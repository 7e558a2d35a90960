"""Read a row of numbers that a learner's function returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import exact, kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling


def require_row(report: Report, came: Any, names: Sequence[str]) -> tuple[float, ...]:
    """What came, if it is one plain number for each name, in a tuple or list."""
    line = f"the last line is `return {', '.join(names)}`"
    if isinstance(came, Tensor) and came.dim() == 1:
        came = came.tolist()
    if not isinstance(came, (tuple, list)) or len(came) != len(names):
        refuse(report, f"{len(names)} numbers must come back, got {kind(came)}", line)
    return tuple(require_real(report, one, line) for one in came)


def require_real(report: Report, value: Any, line: str) -> float:
    """A plain number, taken out of a tensor that holds just one."""
    one = value.item() if isinstance(value, Tensor) and value.numel() == 1 else value
    if isinstance(one, bool) or not isinstance(one, Real):
        words = f"{line}: plain numbers, no strings, no lists"
        refuse(report, f"a number must come back, got {kind(value)}", words)
    return one


@dataclass(frozen=True, eq=False)
class RowTrial(FunctionTrial):
    """How an answer is asked that gives a row of counts.

    Attributes:
        names: of the counts. Each is a trace of its own, and a text with its name:
            a count is a long number, which is not alike by chance.
    """

    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", self.row)

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        for name, value in super().__call__(report, table, answer, case):
            if name != "value":
                yield name, value
                continue
            for one, number in zip(self.names, value, strict=True):
                said = f"{number:,}" if isinstance(number, int) else number
                yield one, Telling(f"{said} {one.replace('_', '-')}")

    def row(self, report: Report, came: Any) -> tuple[int | str, ...]:
        """The row that came."""
        return tuple(map(exact, require_row(report, came, self.names)))
