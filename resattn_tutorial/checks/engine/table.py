"""An exercise as one table: its reference, its cases, what holds, and its slips.

Reference, slips and answer go through the same trials. Where an answer differs from the
reference, the slip that leaves the same traces is the mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple, Protocol

import torch

from resattn_tutorial.checks.engine.report import Report, Stopped
from resattn_tutorial.checks.engine.slips import Slip, SlipError, made
from resattn_tutorial.checks.engine.traces import ENDED, Traces, alike


class Case(NamedTuple):
    """What an answer is tried with.

    Attributes:
        asked: the arguments.
        fact: what holds where this case is right, in a learner's words; empty where
            the exercise says it of each trace. Cases may share one; it then holds
            if all of them are right.
        shape: of one image, ``(C, H, W)``, for an answer that is a module.
        title: what the case is, where several share a fact.
        look: where to look if this case is wrong, and no slip is known that does it.
    """

    asked: tuple
    fact: str = ""
    shape: tuple[int, ...] = ()
    title: str = ""
    look: str | None = None


class Trial(Protocol):
    """Ask an answer for everything that can be seen of it."""

    facts: Mapping[str, str]

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """Give traces one by one, by name; stop the report where it cannot go on."""

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """What traces alone tell of a mistake that no slip makes."""


@dataclass(frozen=True, eq=False)
class Table:
    """One exercise.

    Attributes:
        title: as its report says it.
        usage: how the answer is called, ``choose(masks, objects)``.
        reference: the right answer whose source the slips change.
        cases: what it is tried with; the first decides most.
        slips: the usual mistakes, the likely ones first.
        trial: how an answer is asked.
        facts: what holds, by the name of a trace; the trial has words of its own.
        errors: from words of an error to the mistake that usually lies behind it.
        otherwise: the mistake to name where nothing else is known.
        fixed: whether an answer that is wrong in a later case alone, and is not known,
            has probably fixed a size.
        pairs: of slips that are tried at most; 150 take a second, for modules.
    """

    title: str
    usage: str
    reference: Callable
    cases: tuple[Case, ...]
    slips: tuple[Slip, ...]
    trial: Trial
    facts: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    fixed: bool = True
    pairs: int = 150

    def fact(self, case: Case, name: str) -> str:
        """What holds if a trace is right."""
        words = {**self.trial.facts, **self.facts}.get(name)
        return case.fact if words is None or (case.fact and case.shape) else words

    def ways(self) -> list[tuple[Slip, Any]]:
        """Every way of every slip, in order."""
        return [(slip, way) for slip in self.slips for way in slip.ways]


class Outcome(NamedTuple):
    """The traces of a trial, and the mistake that ended it, if that is known."""

    traces: Traces
    mistake: str | None = None


def tried(table: Table, answer: Callable, case: Case) -> Outcome:
    """Try an answer; the same each time, since the random state is.

    Raises:
        NotImplementedError: the answer is still a stub.
    """
    report, traces = Report(table.title), Traces()
    torch.manual_seed(0)
    try:
        for name, value in table.trial(report, table, answer, case):
            traces[name] = value
    except Stopped:
        name = getattr(answer, "__name__", "")
        known = table.reference.__name__
        failed = str(report.failed)
        traces[ENDED] = failed.replace(f"{name}(", f"{known}(") if name else failed
    return Outcome(traces, report.mistake)


@cache
def traces_of(table: Table, ways: tuple[int, ...], case: int) -> Traces:
    """The traces of the reference with some of its ways, by their places in the table.
    """
    answer = made(table.reference, *(table.ways()[way][1] for way in ways))
    return tried(table, answer, table.cases[case]).traces


def leaves(
    table: Table, ways: tuple[int, ...], case: int, wanted: Traces, last: str
) -> bool:
    """Whether the reference with some of its ways leaves these traces, up to one.

    False also where the ways do not go together.
    """
    try:
        answer = made(table.reference, *(table.ways()[way][1] for way in ways))
    except SlipError:
        return False
    torch.default_generator.manual_seed(0)           # manual_seed(0) is far slower
    with suppress(Stopped):
        for name, value in table.trial(
            Report(table.title), table, answer, table.cases[case]
        ):
            if name not in wanted or not alike(value, wanted[name]):
                return False
            if name == last:
                return True
    return False
