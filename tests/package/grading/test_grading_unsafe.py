"""Without walls: each task in a process of its own, with its time and output limited.
"""

from __future__ import annotations

import pytest
import wild_class
from class_notebooks import notebook

from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.rows import attempts_of
from resattn_tutorial.grading.tasks import JUDGE, RUN, Task
from resattn_tutorial.grading.unsafe import NoSandbox

pytestmark = pytest.mark.slow


def run(*cells: str, minutes: float = 10.0):
    """What comes of a notebook with these cells."""
    files = {"work.ipynb": notebook(
        [wild_class.IMPORTS, *map(wild_class.run, cells), wild_class.RIGHT,
         wild_class.ASK]).encode()}
    with NoSandbox() as place:
        return place.do(Task(RUN, Allowance(minutes), files, "work.ipynb"))


def test_a_notebook_is_run_and_its_answer_judged_as_in_a_sandbox():
    outcome = run("print('one_map: all of it holds.')")
    attempt = attempts_of(outcome, wild_class.CHECK)
    assert attempt["passed"] and (outcome.ended, outcome.forged) == ("", 0)
    with NoSandbox() as place:
        judged = place.do(Task(
            JUDGE, Allowance(10), check=wild_class.CHECK, source=attempt["source"]))
    assert judged.of("judged")[0]["passed"] and not judged.ended


def test_what_prints_or_takes_too_much_is_ended():
    outcome = run("while True:\n    print('x' * 2**20)")
    assert outcome.ended == "it printed more than 16 MiB"
    outcome = run("import time\ntime.sleep(10**6)", minutes=0.02)
    assert outcome.ended == "it did not end within 0.02 minutes"


def test_what_ends_itself_is_told():
    assert run("import os\nos._exit(3)").ended == (
        "its process ended itself, with status 3")
