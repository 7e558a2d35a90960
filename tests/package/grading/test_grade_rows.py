"""What a row says, from what a run told and what was found alone."""

from __future__ import annotations

import json

import pytest

from resattn_tutorial.grading import rows
from resattn_tutorial.grading.recording import Signed
from resattn_tutorial.grading.rows import Row, Verdict, verdict_of
from resattn_tutorial.grading.tasks import Outcome

NAME = "chapter01.growth"


def attempt(passed: bool, done: bool = True, words: str = "", source: str = "f",
            why: str = "") -> dict:
    return {"check": NAME, "passed": passed, "done": done, "words": words,
            "source": source, "why": why}


def alone(passed: bool, done: bool = True, words: str = "", spoilt: bool = False,
          marks: tuple = ()) -> Outcome:
    facts = {"passed": passed, "done": done, "words": words, "marks": list(marks),
             "spoilt": spoilt}
    return Outcome([Signed("judged", facts), Signed("end", {})])


GOOD, BAD = attempt(True), attempt(False, words="too large")


@pytest.mark.parametrize(("told", "judged", "state", "words"), [
    (GOOD, alone(True), "passed", ""),
    (BAD, alone(False, words="too large"), "not passed", "too large"),
    (GOOD, alone(False, words="no f"), "not passed", "in the notebook only. Alone: no"),
    (BAD, alone(True), "passed", ""),
    (attempt(False, done=False), None, "not done", ""),
    (GOOD, alone(False, done=False), "not done", ""),
    (None, None, "not run", "nobody asked"),
    (attempt(True, source="", why="it has no name"), None, "look", "it has no name"),
    (attempt(False, words="small", source=""), None, "not passed", "small"),
    (GOOD, alone(True, spoilt=True), "look", "nothing is believed"),
    (GOOD, Outcome(ended="it did not end"), "not passed", "alone: it did not end"),
    (GOOD, Outcome(trouble="no memory"), "not passed", "alone: no memory"),
    (GOOD, Outcome([Signed("failed", {"words": "exit"})]), "not passed", "alone: exit"),
    (GOOD, Outcome(), "not passed", "told nothing"),
])
def test_what_is_found_alone_counts(told, judged, state, words):
    verdict = verdict_of(told, judged, "nobody asked")
    assert verdict.state == state and words in verdict.words


def test_marks_are_kept_and_a_failure_in_the_notebook_is_one():
    verdict = verdict_of(BAD, alone(True, marks=("uses the package: x",)), "")
    assert verdict.marks == ["uses the package: x",
                             "it did not pass in the notebook: too large"]
    assert verdict_of(GOOD, alone(True), "").marks == []


def test_the_last_attempt_that_passed_counts_or_else_the_last():
    def counted(*passed: bool) -> int:
        tries = [attempt(one, words=str(k)) for k, one in enumerate(passed)]
        told = [Signed("check", one) for one in tries]
        other = Signed("check", attempt(True) | {"check": "chapter01.other"})
        return int(rows.attempts_of(Outcome([*told, other]), NAME)["words"])

    assert counted(False, True, True, False) == 2
    assert counted(False, False) == 1
    assert rows.attempts_of(Outcome(), NAME) is None


def test_why_a_check_judged_nothing_is_told():
    asked = Signed("notebook", {"asked": [NAME]})
    assert "ended before" in rows.unrun_words(Outcome([asked], ended="x"), NAME)
    assert "judged nothing" in rows.unrun_words(Outcome([asked]), NAME)
    assert "does not call" in rows.unrun_words(Outcome([asked]), "chapter01.other")
    assert "does not call" in rows.unrun_words(Outcome(), NAME)


def test_what_stopped_a_run_is_told_with_the_cell_in_which_it_was():
    cells = [Signed("cell", {"number": 1}), Signed("cell", {"number": 7})]
    assert rows.stopped_words(Outcome(cells)) == ""
    assert rows.stopped_words(Outcome(cells, "it slept")) == (
        "it slept (in code cell 7)")
    assert rows.stopped_words(Outcome([], "it slept")) == "it slept"
    broken = Signed("broken", {"words": "no JSON"})
    assert rows.stopped_words(Outcome([broken])) == "no JSON"
    assert rows.stopped_words(Outcome([], "x", trouble="no wall")) == "no wall"


def test_a_row_is_the_same_after_it_was_written_and_counts_its_checks():
    row = Row("ada", "a.ipynb", "01", {
        "one": Verdict("passed", "", ["mark"], "source"), "two": Verdict("look", "why"),
        "three": Verdict("passed"), "four": Verdict("not run"),
    }, 1.5, "stopped", ["error"], ["note"], "wall", "key")
    assert rows.row_of(json.loads(json.dumps(row.as_facts()))) == row
    assert (row.passed, row.to_look_at) == (2, 2)
