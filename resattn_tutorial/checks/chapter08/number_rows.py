"""Read a row of numbers that a learner's function returns."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any

from torch import Tensor

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report


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
        words = f"{line}: numbers themselves, no text, no lists"
        refuse(report, f"a number must come back, got {kind(value)}", words)
    return one


def exact(number: float) -> int | str:
    """A number to compare to its last digit: a whole one, or else as it is written."""
    whole = number == number and abs(number) < float("inf") and number == int(number)
    return int(number) if whole else f"{number:,}"
