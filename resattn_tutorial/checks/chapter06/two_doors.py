"""A trial of modules with two methods: ``forward(x)`` and ``with_mask(x)``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.module_trial import ModuleTrial, images, redraw
from resattn_tutorial.checks.engine.modules import build
from resattn_tutorial.checks.engine.probe import ask, call, refuse
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Loose, Traces, first_unlike

TWO = "return two tensors from with_mask: the output, then the mask"
ONE_WAY = (
    "forward and with_mask go one way: what forward returns is with_mask(x)[0], or "
    "with_mask calls forward"
)
ITS_MASK = "keep the mask when it is made, at the split: this very one comes back"
TWICE = (
    "keep a result that is used twice in a variable: a second run costs as much as the "
    "first, and batch norms learn from the batch twice"
)

LATER = {"runs": TWICE, "again": TWICE, "pair": ONE_WAY, "mask": ITS_MASK}
"""What it usually is where only this is wrong, and nothing before it."""


class TwoDoorsTrial(ModuleTrial):
    """How a class of modules is asked that gives its mask, too."""

    facts = ModuleTrial.facts | {
        "runs": "every part runs once",
        "again": "every part runs once",
        "pair": "with_mask gives that output and the mask",
        "mask": "with_mask gives that output and the mask",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        yield from super().__call__(report, table, answer, case)
        module = redraw(build(report, answer, *case.asked)).train()
        x = images(case.shape).double()
        ask(report, "your answer", module, x)
        yield "runs", more_than_once(module, Counter())
        before = runs(module)
        came = call(report, "with_mask(x)", lambda x: module.with_mask(x), x)
        if not isinstance(came, tuple | list):
            refuse(report, f"with_mask(x) must give two tensors, got {kind(came)}", TWO)
        if len(came) != 2 or not all(isinstance(one, Tensor) for one in came):
            what = ", ".join(map(kind, came)) or "nothing"
            refuse(report, f"with_mask(x) must give two tensors, got {what}", TWO)
        output, mask = (one.detach() for one in came)
        yield "again", more_than_once(module, before)
        yield "pair", Loose(output, 2e-3)
        yield "mask", Loose(mask, 2e-3)

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if (wrong := first_unlike(found, right)) in LATER:
            return LATER[wrong]
        return super().diagnose(found, right)


def runs(module: nn.Module) -> Counter:
    """How often each batch norm has run, for those that count it; by place."""
    counts = (getattr(part, "num_batches_tracked", None) for part in module.modules())
    return Counter({
        place: int(count) for place, count in enumerate(counts) if count is not None})


def more_than_once(module: nn.Module, before: Counter) -> str:
    """How many batch norms have run more than once since."""
    again = sum(count > 1 for count in (runs(module) - before).values())
    return f"{again or 'no'} batch norm{'s' * (again != 1)} that ran more than once"
