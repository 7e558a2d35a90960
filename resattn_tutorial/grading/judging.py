"""Judge one answer alone: its source, in a process that has run nothing else of it.

What a notebook did to the checks, to torch or to Python in another cell has no effect
here. An answer that does such a thing itself would have: so a wrong answer of the
check's own is judged after it, and where that passes, nothing is believed. This keeps
off what is done by a line or two; it does not keep off who writes an answer that knows
this module. The marks (:mod:`~resattn_tutorial.grading.marks`) show an instructor
what to read.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import torch

from resattn_tutorial.checks.engine.answers import last_defined
from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.engine.slips import made
from resattn_tutorial.checks.engine.table import Table, traces_of, tried
from resattn_tutorial.checks.engine.traces import first_unlike
from resattn_tutorial.checks.exercises import find_check
from resattn_tutorial.grading.exercises import MAY_USE
from resattn_tutorial.grading.marks import marks_of
from resattn_tutorial.grading.recording import Note, brief
from resattn_tutorial.grading.running import new_page, said


def judge_alone(name: str, source: str, note: Note) -> None:
    """Judge an answer by its source.

    Args:
        name: of the check, ``chapter01.growth``. The learner's files lie in the
            current folder.
        source: the answer's, as ``source_of`` gives it; it defines the answer last.
        note: takes a ``judged``: ``passed``, ``done``, ``words``, ``marks``, and
            ``spoilt`` where a wrong answer passes after it.
    """
    check = find_check(name)
    table: Table = check.table
    own = [one.partition(".")[0] for one in os.listdir()]
    marks = marks_of(source, check, MAY_USE.get(name, ()), own)
    wrong = a_wrong_answer(check)
    for place in range(len(table.cases)):    # what is compared with is made before
        traces_of(table, (), place)
    passed, done, spoilt = False, True, False
    answer, words = last_defined(source, "the answer", new_page())
    if answer is not None:
        try:
            passed, words = holds(table, answer), ""
        except NotImplementedError:
            done, words = False, ""
        spoilt = passed and holds(table, wrong)
        if done and not passed:
            words = said(check.report(answer))
    note(
        "judged", passed=passed, done=done, words=brief(words), marks=marks,
        spoilt=spoilt,
    )


def holds(table: Table, answer: Callable) -> bool:
    """Whether an answer leaves the solution's traces in every case.

    That is what a check asks, without its report, which an answer might change.

    Raises:
        NotImplementedError: the answer is still a stub.
    """
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        return all(
            first_unlike(tried(table, answer, case).traces, traces_of(table, (), place))
            is None
            for place, case in enumerate(table.cases)
        )


def a_wrong_answer(check: Check) -> Callable:
    """An answer that a check must refuse: its solution with the first of its slips."""
    return made(check.solution, check.table.ways()[0][1])
