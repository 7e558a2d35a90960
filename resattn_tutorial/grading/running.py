"""Run a notebook's cells in this process, and tell what its checks judge.

No kernel and no server: the cells are run one after another, as a module named
``__main__``. An error ends its cell, and the next one is run, so that one slip does not
hide what comes after it.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from resattn_tutorial.checks.engine import check as engine
from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.exercises import all_checks
from resattn_tutorial.grading.allowance import lend_the_reserve
from resattn_tutorial.grading.answer_text import text_of
from resattn_tutorial.grading.cell_names import Facts
from resattn_tutorial.grading.cells import BrokenNotebook, read_cells
from resattn_tutorial.grading.choosing import choose
from resattn_tutorial.grading.exercises import which_notebook
from resattn_tutorial.grading.recording import Note, brief, in_words


def run_notebook(path: str, every: bool, note: Note) -> None:
    """Run a notebook of the current folder; what is told goes to ``note``.

    Args:
        path: of the notebook.
        every: whether to run every cell.
        note: takes what is told, by kind: ``notebook``, ``cell``, ``error``, ``check``.
    """
    own = os.getpid()
    try:
        with open(path, "rb") as file:
            choice = choose(read_cells(file.read()), every)
    except BrokenNotebook as error:
        note("broken", words=brief(error))
        return
    stem = os.path.splitext(os.path.basename(path))[0]
    left_out = [line for one in choice.chosen for line in one.left_out]
    note(
        "notebook", name=which_notebook(stem, choice.asked, choice.chapters),
        asked=choice.asked, cells=len(choice.cells), run=len(choice.chosen),
        left_out=[line[:80] for line in left_out[:20]],
    )
    page, so_far = new_page(), []
    engine.listeners.append(_listener(note, page, so_far))
    for one in choice.chosen:
        note("cell", number=one.cell.number)
        so_far.append(one)
        told = _run(one, page)
        if os.getpid() != own:                       # a copy that the cell has forked
            os._exit(0)
        if told:
            note("error", number=one.cell.number, words=told)


def new_page() -> dict[str, Any]:
    """The names of a new notebook, which stands for ``__main__``."""
    page = types.ModuleType("__main__")
    sys.modules["__main__"] = page
    page.display = print                             # as every notebook has it
    return vars(page)


def _run(facts: Facts, page: dict[str, Any]) -> str:
    """Run one cell; returns what went wrong, or nothing."""
    where = f"<code cell {facts.cell.number}>"
    lines = facts.code.splitlines(True)
    linecache.cache[where] = (len(facts.code), None, lines, where)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = compile(facts.code, where, "exec", ast.PyCF_ONLY_AST, True)
            exec(compile(tree, where, "exec", 0, True), page)
    except BaseException as error:                   # exit() as well, and Ctrl-C
        if isinstance(error, MemoryError):
            lend_the_reserve()
        traceback.clear_frames(error.__traceback__)  # what they hold, is free now
        return in_words(error)
    return ""


def _listener(
    note: Note, page: Mapping[str, Any], so_far: Sequence[Facts]
) -> Callable[[Check, Any, Report], None]:
    """What tells of each judgement, by the names that the checks have now."""
    known = all_checks()

    def listen(check: Check, answer: Any, outcome: Report) -> None:
        name = known.get(id(check))
        if name is None:                             # made by the learner
            return
        source, why = text_of(answer, page, so_far) if outcome.done else ("", "")
        note(
            "check", check=name, passed=outcome.passed, done=outcome.done,
            words=said(outcome), source=source, why=brief(why),
        )

    return listen


def said(outcome: Report) -> str:
    """The last words of a report: what does not hold, and where to look."""
    parts = [outcome.failed, outcome.mistake]
    return brief(". ".join(str(part).rstrip(".") for part in parts if part))
