"""Seconds of several pieces of work that take turns, and their ratios (chapter 15).

A processor is not equally fast all the time: it grows warm, and other programs run. So
seconds of one minute are not compared with seconds of another. Here every round times
each work once, and only what one round measured is divided.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from resattn_tutorial.names import require_word
from resattn_tutorial.validation import require_callable, require_count, require_number

Times = dict[str, list[float]]


class Ratios(NamedTuple):
    """How many times as long as another it took: over all rounds.

    Attributes:
        ratio: the median.
        lowest: of any round.
        highest: of any round.
    """

    ratio: float
    lowest: float
    highest: float


def take_turns(
    works: Mapping[str, Callable[[], object]],
    rounds: int,
    clock: Callable[[], float] = time.perf_counter,
) -> Times:
    """Time each work once a round, every second round in reverse order.

    A round before the first is not counted: there, memory is taken and code is read
    for the first time.

    Args:
        works: what to time, by name.
        rounds: how many count.
        clock: tells seconds.

    Returns:
        the seconds of each work, one number for each round, in the rounds' order.

    Raises:
        TypeError: something cannot be called, or ``rounds`` is no whole number.
        ValueError: there is no work, or no round.
    """
    require_count("the number of works", len(works))
    require_count("rounds", rounds)
    require_callable("clock", clock)
    for name, work in works.items():
        require_callable(f"the work {name!r}", work)
    times: Times = {name: [] for name in works}
    for number in range(rounds + 1):
        for name in list(works)[:: -1 if number % 2 else 1]:
            began = clock()
            works[name]()
            taken = clock() - began
            if number:                               # the first one warms up
                times[name].append(taken)
    return times


def ratios(times: Mapping[str, Sequence[float]], name: str, first: str) -> Ratios:
    """How long a work took beside another, each round's pair by itself.

    Args:
        times: as :func:`take_turns` returns them.
        name: of the work.
        first: of the one that it is compared with.

    Raises:
        ValueError: one has no times, or another number of them, or times of 0.
    """
    ours, theirs = (times[require_word("a work", one, times)] for one in (name, first))
    require_count(f"the number of times of {name}", len(ours))
    for seconds in theirs:
        require_number(f"a time of {first}", seconds, above=0)
    found = [a / b for a, b in zip(ours, theirs, strict=True)]
    return Ratios(median(found), min(found), max(found))
