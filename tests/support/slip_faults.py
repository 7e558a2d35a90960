"""What is wrong with an exercise's table, and which answers its slips reproduce."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.slips import made
from resattn_tutorial.checks.engine.table import Table, traces_of, tried
from resattn_tutorial.checks.engine.traces import ENDED, first_unlike


def faults(table: Table, right: Iterable[Callable] = ()) -> list[str]:
    """Everything that is wrong with a table; a sound one has no fault.

    Raises:
        SlipError: a slip no longer applies to the reference.
    """
    check = checked(table)
    found = [
        f"a right answer is refused: {report.failed}"
        for answer in (table.reference, *right)
        if not (report := check.report(answer)).passed
    ]
    for slip, way in table.ways():
        report = check.report(made(table.reference, way))
        if report.passed:
            found.append(f"accepted: {slip.words!r}, by {way}")
        elif report.mistake != slip.words:
            found.append(f"{slip.words!r}, by {way}, is told {report.mistake!r}")
    return found + [f"twice the same: {words!r}" for words in doubled(table)]


def doubled(table: Table) -> list[str]:
    """The words of slips that two of their ways leave the same traces of."""
    ways, found = table.ways(), []
    for one in range(len(ways)):
        for other in range(one + 1, len(ways)):
            if ways[one][0] is ways[other][0] and all(
                first_unlike(traces_of(table, (one,), k), traces_of(table, (other,), k))
                is None for k in range(len(table.cases))
            ):
                found.append(ways[one][0].words)
    return found


def raising(table: Table) -> set[tuple[str, str]]:
    """The slips that are told apart by an error alone: their words, and its kind.

    An error names a mistake only where the mistake is sure to raise it. One that comes
    of a careless edit (a name that is not there, a size of 0) would be told the slip's
    words all the same.
    """
    found = set()
    for place, (slip, _) in enumerate(table.ways()):
        for case in range(len(table.cases)):
            mine = traces_of(table, (place,), case)
            wrong = first_unlike(mine, traces_of(table, (), case))
            if wrong:
                if wrong == ENDED and " raised " in mine[ENDED]:
                    kind = mine[ENDED].split(" raised ")[1].split(":")[0]
                    found.add((slip.words, kind))
                break
    return found


def reproduced(table: Table, answer: Callable) -> str | None:
    """The words of a slip that leaves the same traces as an answer, in all cases."""
    mine = [tried(table, answer, case).traces for case in table.cases]
    for place, (slip, _) in enumerate(table.ways()):
        if all(first_unlike(traces, traces_of(table, (place,), k)) is None
               for k, traces in enumerate(mine)):
            return slip.words
    return None
