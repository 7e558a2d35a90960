"""Ask a function of a few numbers for many of them at once.

A single small number is alike by chance, and many of them are not. So what comes back
for all arguments is one trace, and a slip is named where it gives all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.probe import call
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces, alike


@dataclass(frozen=True, eq=False)
class SeveralTrial(FunctionTrial):
    """How a function is asked for several arguments; the case has the first ones.

    Attributes:
        more: the other arguments.
        parts: turns one thing that came back into the traces that it belongs to.
        one: what to say where a trace is the same for all arguments.
    """

    more: tuple[tuple, ...] = ()
    parts: Callable[[Report, Any], Mapping[str, Any]] = dict
    one: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "read", self.told_apart)

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        for name, value in super().__call__(report, table, answer, case):
            yield from value.items() if name == "value" else [(name, value)]

    def once(
        self, report: Report, table: Table, answer: Callable, inputs: tuple
    ) -> dict[str, Any]:
        """What comes back for all arguments, by the call."""
        name = table.reference.__name__
        calls = {f"{name}({', '.join(map(str, one))})": one
                 for one in (inputs, *self.more)}
        return {said: call(report, said, answer, *one) for said, one in calls.items()}

    def told_apart(
        self, report: Report, came: Mapping[str, Any]
    ) -> dict[str, dict[str, Any]]:
        """The traces, each by the call."""
        found: dict[str, dict[str, Any]] = {}
        for said, one in came.items():
            for name, value in self.parts(report, one).items():
                found.setdefault(name, {})[said] = value
        return found

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        for name, values in right.items():
            mine = list(found.get(name, {}).values())
            if mine and not alike(found[name], values):
                same = len(mine) > 1 and all(alike(x, mine[0]) for x in mine)
                return self.one if same else None
        return None
