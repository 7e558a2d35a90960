"""Ask for a block's gradients where gradients are switched off."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, first_unlike

Gradients = tuple[Tensor, ...]
WISH = (
    "return a tuple: the gradient at x, then one for each parameter, in the order of "
    "block.parameters()"
)
ONCE = (
    "the block must run once: keep its output y, and ask for all gradients in one call "
    "of torch.autograd.grad"
)
BEFORE = (
    "backward() does not stop at an x that has a history: x.detach() cuts it off "
    "first, and torch.autograd.grad goes no further than what it is asked for"
)
LIKELY = {
    "number": WISH,
    "to_parameters": "at x the gradient is right: do those at the parameters stand in "
    "the order of block.parameters(), each as it came?",
    "runs": ONCE,
    "before": BEFORE,
}
"""From what is wrong to the usual reason, where no slip is known that does it."""


def read_gradients(report: Report, came: Any) -> Gradients:
    """The gradients, if all that came back are tensors."""
    if not isinstance(came, tuple | list) or not came:
        refuse(report, f"a tuple of gradients must come back, got {kind(came)}", WISH)
    for place, one in enumerate(came, 1):
        if one is None:
            refuse(report, f"number {place} is None, no gradient",
                   "torch.autograd.grad returns the gradients and leaves .grad as it "
                   "is; and the block must run on the very x that asks for one")
        if not isinstance(one, Tensor):
            refuse(report, f"number {place} must be a tensor, got {kind(one)}",
                   "one flat tuple, none within another: (at_x, *at_parameters)")
    return tuple(came)


class AgainTrial(FunctionTrial):
    """Called where gradients are switched off, as by a backward pass."""

    facts = {
        "number": "one gradient comes back for x, and one for each parameter",
        "to_x": "the gradient at x is right",
        "to_parameters": "those at the parameters are right, in their order",
        "graph": "the gradients carry no graph",
        "runs": "the block runs once",
        "before": "nothing flows into what x was made of",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        for name, value in super().__call__(report, table, answer, case):
            if name != "value":
                yield name, value
                continue
            yield "number", len(value)
            yield "to_x", value[0].detach()
            yield "to_parameters", {
                f"parameter {k}": one.detach() for k, one in enumerate(value[1:], 1)}
            yield "graph", "one" if any(x.requires_grad for x in value) else "none"

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> Any:
        """One call, after which gradients are switched off as before."""
        with torch.no_grad():
            came = super().once(report, table, answer, inputs)
            if torch.is_grad_enabled():
                refuse(report, "gradients are still switched on after the call")
        return came

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        return LIKELY.get(first_unlike(found, right) or "")
