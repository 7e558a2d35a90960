"""Judge an answer by its traces, and name the slip that leaves the same ones."""

from __future__ import annotations

from collections.abc import Callable

from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.engine.naming import name_slip
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Outcome, Table, traces_of, tried
from resattn_tutorial.checks.engine.traces import ENDED, first_unlike, told


def checked(table: Table) -> Check:
    """The check of a table: called with an answer, it prints its report."""

    def ask(report: Report, answer: Callable) -> None:
        judge(report, answer, table)

    ask.__doc__ = f"Check ``{table.usage}``."
    reference = table.reference
    check = Check(table.title, ask, reference.__module__, reference)
    check.table = table
    return check


def judge(report: Report, answer: Callable, table: Table) -> None:
    """Report what holds of an answer, up to the first thing that does not."""
    found = [tried(table, answer, case) for case in table.cases]
    wrong = [
        first_unlike(outcome.traces, traces_of(table, (), place))
        for place, outcome in enumerate(found)
    ]
    last = next((k for k, name in enumerate(wrong) if name), None)
    failed = None if last is None else table.fact(table.cases[last], wrong[last])
    for place, case in enumerate(table.cases[:None if last is None else last + 1]):
        for name in traces_of(table, (), place):
            if name == wrong[place] or name not in found[place].traces:
                break
            fact = table.fact(case, name)
            if fact not in report.held and fact != failed:
                report.require(True, fact)
    if last is not None:
        _refuse(report, table, found, last, wrong[last])


def _refuse(
    report: Report, table: Table, found: list[Outcome], place: int, wrong: str
) -> None:
    """End the check: say what is otherwise, and which slip it is."""
    mine, right = found[place].traces, traces_of(table, (), place)
    case, mistake = table.cases[place], name_slip(table, found, place, wrong)
    if wrong == ENDED:
        report.require(False, mine[ENDED], mistake=mistake)
    came = told(mine[wrong], right[wrong])
    came = f"{case.title}: {came}" if case.title else came
    report.require(False, table.fact(case, wrong), came, mistake)
