"""Name the mistake of an answer: the slip that leaves its traces, or what comes near.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, islice
from math import isfinite

from torch import Tensor

from resattn_tutorial.checks.engine.table import (
    Case,
    Outcome,
    Table,
    leaves,
    traces_of,
)
from resattn_tutorial.checks.engine.traces import (
    ENDED,
    Loose,
    Telling,
    Traces,
    alike,
    first_unlike,
)

FIXED = (
    "a number of channels, pixels or images is fixed in the code: take it from the "
    "arguments and the input"
)
NO_EFFECT = "what comes in has no effect: every question gets the same answer"
ROUNDED = "rounded: return the exact number, as it comes"
# Traces with so many values that to be alike by chance is out of the question.
TELLING = (Tensor, Loose, Mapping, Telling)    # and so Counter


def name_slip(
    table: Table, found: list[Outcome], place: int, wrong: str
) -> str | None:
    """The words for what an answer does wrong; ``None`` if nobody knows.

    Args:
        table: the exercise.
        found: the answer's outcome in each case.
        place: the first case in which it is wrong.
        wrong: the first trace in which it is.
    """
    mine, right = found[place].traces, traces_of(table, (), place)
    return (
        _by_all_traces(table, found, place)
        or _by_one_trace(table, mine, place, wrong)
        or (found[place].mistake if wrong == ENDED else None)
        or _by_another_case(table, mine, place, wrong)
        or table.trial.diagnose(mine, right)
        or _by_rounding(table, found, wrong)
        or _by_no_effect(table, found, wrong)
        or _by_error(table, mine)
        or found[place].mistake
        or _by_two_slips(table, mine, place, wrong)
        or table.cases[place].look
        or (FIXED if place and table.fixed and not _new_word(table, place) else None)
        or table.otherwise
    )


def _by_all_traces(table: Table, found: list[Outcome], place: int) -> str | None:
    """The slip that leaves all of the traces: in the wrong case, then in all cases.

    Where none does so, one that is right in the cases before is likelier.
    """
    order = [place, *(k for k in range(len(found)) if k != place)]
    left = list(range(len(table.ways())))
    partly = None
    for case in order:
        left = [
            way for way in left
            if first_unlike(found[case].traces, traces_of(table, (way,), case)) is None
        ]
        if case == place and left and _tells(found[case].traces):
            partly = next((w for w in left if _right_before(table, w, place)), None)
    best = left[0] if left else partly
    return None if best is None else table.ways()[best][0].words


def _right_before(table: Table, way: int, place: int) -> bool:
    """Whether a slip is right in the earlier cases, as the answer is."""
    return all(
        first_unlike(traces_of(table, (way,), k), traces_of(table, (), k)) is None
        for k in range(place)
    )


def _tells(traces: Traces) -> bool:
    return ENDED in traces or any(isinstance(x, TELLING) for x in traces.values())


def _by_one_trace(table: Table, mine: Traces, place: int, wrong: str) -> str | None:
    """The slip that leaves the wrong trace, where that holds many values.

    It must be right in all that comes before, as the answer is.
    """
    if wrong != ENDED and not isinstance(mine[wrong], TELLING):
        return None
    right = traces_of(table, (), place)
    for way, (slip, _) in enumerate(table.ways()):
        theirs = traces_of(table, (way,), place)
        if (
            first_unlike(theirs, right) == wrong
            and alike(mine[wrong], theirs[wrong])
            and _right_before(table, way, place)
        ):
            return slip.words
    return None


def _by_no_effect(table: Table, found: list[Outcome], wrong: str) -> str | None:
    """Whether an answer is the same in all cases, where the right one is not."""
    if any(ENDED in outcome.traces for outcome in found):
        return None                                  # it may draw at random
    mine = [outcome.traces.get(wrong) for outcome in found]
    right = [traces_of(table, (), k).get(wrong) for k in range(len(found))]
    for values, same in ((right, False), (mine, True)):
        if (None not in values and all(alike(x, values[0]) for x in values)) != same:
            return None
    return NO_EFFECT if len(mine) > 2 else None


def _by_another_case(table: Table, mine: Traces, place: int, wrong: str) -> str | None:
    """Whether an answer is right for another case than the one that it is asked."""
    if wrong == ENDED or not isinstance(mine[wrong], TELLING) or not table.fixed:
        return None
    others = (traces_of(table, (), k) for k in range(len(table.cases)) if k != place)
    return FIXED if any(alike(mine[wrong], other.get(wrong)) for other in others) else (
        None)


def _by_rounding(table: Table, found: list[Outcome], wrong: str) -> str | None:
    """Whether the numbers of all cases are the right ones with some of their digits.

    Two digits at least: 0 and 1 come for other reasons. In all cases, since a number
    that is drawn at random is a rounded one by chance now and then.
    """
    pairs = [
        (outcome.traces.get(wrong), traces_of(table, (), place).get(wrong))
        for place, outcome in enumerate(found)
    ]
    if not all(type(one) is float and isfinite(one) for pair in pairs for one in pair):
        return None
    same = (all(mine == round(right, n) for mine, right in pairs) for n in range(2, 7))
    return ROUNDED if any(same) else None


def _new_word(table: Table, place: int) -> bool:
    """Whether a case asks with a text, a mode say, with which no case before it asked.

    Then an answer that is wrong in it may do what it likes with sizes.
    """
    def words(case: Case) -> set[str]:
        return {one for one in case.asked if isinstance(one, str)}

    before = set().union(*map(words, table.cases[:place]))
    return not words(table.cases[place]) <= before


def _by_error(table: Table, mine: Traces) -> str | None:
    failed = mine.get(ENDED, "")
    return next((words for key, words in table.errors.items() if key in failed), None)


def _by_two_slips(table: Table, mine: Traces, place: int, wrong: str) -> str | None:
    """Two slips that together leave the wrong trace; the likely pairs are tried.

    Each alone must be right, or as the answer is, in what comes before that trace, and
    make another mistake in it; and each is made in the first way that does so.
    """
    if wrong == ENDED or not isinstance(mine[wrong], TELLING):
        return None
    right, ways = traces_of(table, (), place), table.ways()
    before = list(right)[:list(right).index(wrong)]
    fitting = [
        way for way in range(len(ways))
        if isinstance(ways[way][1], Mapping)
        and not alike(traces_of(table, (way,), place).get(wrong), right[wrong])
        and all(_either(traces_of(table, (way,), place), mine, right, name)
                for name in before)
    ]
    fitting = list({ways[way][0]: way for way in reversed(fitting)}.values())[::-1]
    places = sorted(combinations(range(len(fitting)), 2), key=sum)
    pairs = ((fitting[one], fitting[two]) for one, two in places)
    apart = (pair for pair in pairs if ways[pair[0]][1].keys().isdisjoint(
        ways[pair[1]][1]))
    for pair in islice(apart, table.pairs):
        if leaves(table, pair, place, mine, wrong):
            words = [ways[way][0].words for way in pair]
            return f"two things: {words[0]}; and {words[1]}"
    return None


def _either(theirs: Traces, mine: Traces, right: Traces, name: str) -> bool:
    found = theirs.get(name)
    return alike(found, mine[name]) or alike(found, right[name])
