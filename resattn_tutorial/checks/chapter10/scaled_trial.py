"""The trial of a step with scaled gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function, require_number
from resattn_tutorial.checks.engine.probe import KEPT, call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Loose, Traces, alike

RUINED = (
    "weights became infinite or NaN: look for both, in every gradient, before the "
    "first move"
)
REPAIRED = (
    "a bad number is replaced or left out and the rest is used: the whole step is left "
    "out instead"
)
OVERFLOW = "a weight became infinite: divide before you multiply, in float32"


class StepTrial(FunctionTrial):
    """A case is weights, gradients, a scale and a rate; the weights are to move."""

    facts = {
        "lists": "the lists hold the tensors that they held",
        "gradients": "the gradients stay as they came",
        "finite": "every weight stays finite",
        "value": "the scale of the next step is returned",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        traces = self.stepped(report, answer, case)
        yield from traces.items()
        if not alike(self.stepped(report, answer, case), traces):
            refuse(report, "a second call with the same arguments gives another result",
                   KEPT)

    def stepped(self, report: Report, answer: Callable, case: Case) -> Traces:
        """What one call leaves behind."""
        given = self.make(case)
        weights, gradients = list(given[0]), list(given[1])
        came = call(report, f"my_scaled_step, {case.fact.split(':')[0]},", answer,
                    *given)
        same = _entries(given[0], given[1]) == _entries(weights, gradients)
        kept = all(torch.equal(a.view(torch.int16), b.view(torch.int16))
                   for a, b in zip(gradients, case.asked[1], strict=True))
        pairs = zip(weights, case.asked[0], strict=True)
        moved = torch.cat([(now - then).flatten() for now, then in pairs])
        fine = bool(moved.isfinite().all())
        return {
            "lists": "as they were" if same else "other tensors",
            "gradients": "as they came" if kept else "other numbers",
            "finite": "finite" if fine else "infinite or NaN",
            "move": Loose(moved.nan_to_num(0, 0, 0), 5e-5),
            "value": require_number(report, came),
        }

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "move" not in found or alike(found["move"], right["move"]):
            return None
        if found["finite"] != right["finite"]:
            return OVERFLOW if right["move"].value.any() else RUINED
        return None if right["move"].value.any() else REPAIRED


def _entries(*lists: list[Tensor]) -> list[list[int]]:
    return [[id(one) for one in some] for some in lists]
