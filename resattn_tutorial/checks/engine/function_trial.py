"""Ask a learner's function for all that can be seen of it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.functions import kind, require_function
from resattn_tutorial.checks.engine.kept import Kept
from resattn_tutorial.checks.engine.probe import CUT, DTYPE, KEPT, RETURNS, call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, alike


def read_tensor(report: Report, came: Any) -> Tensor:
    """What came, if it is a tensor."""
    if not isinstance(came, Tensor):
        refuse(report, f"a tensor must come back, got {kind(came)}", RETURNS)
    return came


def copied(case: Case) -> tuple:
    """The arguments of a case, anew each time."""
    return copy.deepcopy(case.asked)


def in_double(x: Any) -> Any:
    """A map or a network in float64, anything else as it is."""
    floats = isinstance(x, nn.Module) or (
        isinstance(x, Tensor) and x.is_floating_point())
    return x.double() if floats else x


def nothing(*inputs: Any) -> dict[str, Any]:
    """What is seen of the arguments after a call, where nobody looks."""
    return {}


@dataclass(frozen=True, eq=False)
class FunctionTrial:
    """How a function is asked.

    Attributes:
        read: turns what came back into a value that can be compared, or refuses it.
        make: the arguments for a case; fresh ones at each call.
        seen: more traces, from the arguments after the call.
        may_change: parts of the arguments that the answer may change, see
            :mod:`~resattn_tutorial.checks.engine.kept`.
        gradient: whether the gradient must flow back to every tensor that came.
        dtype: whether float64 must stay float64.
    """

    read: Callable[[Report, Any], Any] = read_tensor
    make: Callable[[Case], tuple] = copied
    seen: Callable[..., Mapping[str, Any]] = nothing
    may_change: tuple[str, ...] = ()
    gradient: bool = False
    dtype: bool = False

    facts = {
        "gradient": "the gradient flows back to every input",
        "dtype": "the number type stays what it was",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        inputs = self.fresh(case, 1)
        came = self.once(report, table, answer, inputs)
        value = self.read(report, came)
        yield "value", value.detach() if isinstance(value, Tensor) else value
        yield from self.seen(*inputs).items()
        again = self.read(
            report, self.once(report, table, answer, self.fresh(case, 2))
        )
        if not alike(again, value):
            refuse(report, "a second call on the same input gives another result", KEPT)
        if self.gradient:
            yield "gradient", gradients(report, table, answer, self.make(case))
        if self.dtype:
            double = [in_double(x) for x in self.make(case)]
            came = self.read(report, call(report, table.usage, answer, *double))
            if came.dtype != torch.float64:
                refuse(report, f"float64 went in, {came.dtype} came out", DTYPE)
            yield "dtype", str(came.dtype)

    def fresh(self, case: Case, draw: int) -> tuple:
        """The arguments again; what is drawn after them is other each time."""
        inputs = self.make(case)
        torch.manual_seed(draw)
        return inputs

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> Any:
        """One call, after which the arguments are as they were."""
        before = Kept(inputs, self.may_change)
        came = call(report, table.usage, answer, *inputs)
        if (change := before.change()) is not None:
            refuse(report, change.what, change.reason)
        return came

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        mine, true = found.get("value"), right.get("value")
        if not (isinstance(mine, Tensor) and isinstance(true, Tensor)):
            return None
        if mine.shape == true.shape:
            return CUT if alike(mine, true) and "gradient" in found else None
        if mine.dim() != true.dim():
            return f"the number of axes: got {mine.dim()}, expected {true.dim()}"
        if mine.dim() == 4 and mine.shape[:2] != true.shape[:2]:
            return "the number of images or channels is wrong"
        return None


def gradients(
    report: Report, table: Table, answer: Callable, inputs: tuple
) -> list[Tensor]:
    """What arrives at each tensor that came, for one pull at the result."""
    leaves = [
        x.detach().clone().requires_grad_()
        if isinstance(x, Tensor) and x.is_floating_point() else x for x in inputs
    ]
    got = call(report, table.usage, answer, *leaves)
    wanted = [x for x in leaves if isinstance(x, Tensor) and x.requires_grad]
    if not got.requires_grad:                        # the graph ends before it
        return [torch.zeros_like(x) for x in wanted]
    pull = torch.sin(torch.arange(got.numel(), dtype=got.dtype)).view_as(got)
    with report.attempt(f"{table.usage}, backward"):
        found = torch.autograd.grad((got * pull).sum(), wanted, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g
            for x, g in zip(wanted, found, strict=True)]
