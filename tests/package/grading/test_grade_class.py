"""Grading a class, with a workplace that only tells: rows, resuming, refusals."""

from __future__ import annotations

import json
import sys

import pytest
from class_notebooks import hand_in

from resattn_tutorial.grading import grade as grading
from resattn_tutorial.grading import sandbox, workplace
from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.grade import Asked, grade
from resattn_tutorial.grading.recording import Signed
from resattn_tutorial.grading.tasks import (
    JUDGE,
    RUN,
    Outcome,
    Task,
    unpacked,
    unpacked_outcome,
)
from resattn_tutorial.grading.workplace import GradingError, Workplace

CHECK = "chapter00.one_map"
NOTEBOOK = Signed("notebook", {"name": "00_ten_minutes", "asked": [CHECK], "cells": 9,
                               "run": 4, "left_out": ["%ls"]})
ATTEMPT = Signed("check", {"check": CHECK, "passed": True, "done": True, "words": "",
                           "source": "def f(): 1", "why": ""})
JUDGED = Signed("judged", {"passed": True, "done": True, "words": "", "marks": [],
                         "spoilt": False})
END = Signed("end", {})


class PaperWorkplace:
    """A workplace that answers each task with what it was told to, and keeps them."""

    wall = "paper"

    def __init__(self, *told: Signed) -> None:
        self.tasks, self.told = [], told or (NOTEBOOK, ATTEMPT)

    def do(self, task: Task) -> Outcome:
        self.tasks.append(task)
        return Outcome([*(self.told if task.do == RUN else [JUDGED]), END], seconds=30)


@pytest.fixture
def room(tmp_path):
    """A class of two, and where its table goes."""
    hand_in(tmp_path, "class/ada.ipynb", "{}")
    hand_in(tmp_path, "class/bob/b.ipynb", "{}")
    hand_in(tmp_path, "class/bob/help.py", "x = 1")
    return tmp_path / "class", tmp_path / "table"


def silent(line: str) -> None:
    """Say nothing."""


def test_each_notebook_is_run_and_its_answer_judged_alone(room):
    place, said = PaperWorkplace(), []
    ada, bob = grade(*room, Asked(Allowance(minutes=2), True), place, said.append)
    assert [task.do for task in place.tasks] == [RUN, JUDGE] * 2
    run, judge = place.tasks[2:]
    assert run.files == {"b.ipynb": b"{}", "help.py": b"x = 1"}
    assert (run.notebook, run.every, run.allowance.minutes) == ("b.ipynb", True, 2)
    assert (judge.check, judge.source) == (CHECK, "def f(): 1")
    assert judge.files == {"help.py": b"x = 1"} and judge.allowance.minutes == 2
    assert ada.verdicts[CHECK].state == "passed" and ada.minutes == 1.0
    assert bob.notes == ["4 of 9 code cells run", "not run: %ls"]
    assert said == ["ada: 00_ten_minutes, 1 of 1 passed",
                    "bob: 00_ten_minutes, 1 of 1 passed"]
    assert {path.name for path in room[1].iterdir()} == {
        "rows.json", "grades.csv", "grades.html"}


def test_what_is_there_is_not_made_again_and_what_changed_is(room):
    grade(*room, Asked(), PaperWorkplace(), silent)
    hand_in(room[0], "bob/help.py", "x = 2")
    hand_in(room[0], "cleo.ipynb", "{}")
    again = PaperWorkplace()
    rows = grade(*room, Asked(), again, silent)
    assert [task.notebook for task in again.tasks if task.do == RUN] == [
        "b.ipynb", "cleo.ipynb"]
    assert [row.learner for row in rows] == ["ada", "bob", "cleo"]


@pytest.mark.parametrize("other", [
    Asked(Allowance(minutes=7)), Asked(every_cell=True), Asked(Allowance(memory=2)),
])
def test_what_is_asked_otherwise_is_made_again(room, other):
    grade(*room, Asked(), PaperWorkplace(), silent)
    again = PaperWorkplace()
    grade(*room, other, again, silent)
    assert len(again.tasks) == 4


def test_another_version_of_the_package_makes_all_again(room, monkeypatch):
    grade(*room, Asked(), PaperWorkplace(), silent)
    monkeypatch.setattr(grading, "__version__", "99")
    again = PaperWorkplace()
    grade(*room, Asked(), again, silent)
    assert len(again.tasks) == 4


def test_who_is_interrupted_goes_on_and_loses_no_row_of_before(room):
    grade(*room, Asked(), PaperWorkplace(), silent)
    hand_in(room[0], "abe.ipynb", "new")

    def stop(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        grade(*room, Asked(), PaperWorkplace(), stop)
    again = PaperWorkplace()
    assert len(grade(*room, Asked(), again, silent)) == 3 and again.tasks == []


@pytest.mark.parametrize(
    "content", ["", "{", "[3]", '[{"learner": "a"}]', "{}", "null"])
def test_a_record_that_cannot_be_read_is_made_anew(room, content):
    hand_in(room[1], "rows.json", content)
    place = PaperWorkplace()
    grade(*room, Asked(), place, silent)
    assert len(place.tasks) == 4
    assert len(json.loads((room[1] / "rows.json").read_text())) == 2


def test_what_cannot_be_read_is_a_row_and_the_next_one_is_graded(room, monkeypatch):
    def refuse(one):
        if one.learner == "ada":
            raise OSError("no such luck")
        return read(one)

    read = grading.read_files
    monkeypatch.setattr(grading, "read_files", refuse)
    ada, bob = grade(*room, Asked(), PaperWorkplace(), silent)
    assert (ada.stopped, ada.verdicts) == ("no such luck", {}) and bob.passed == 1


def test_the_table_may_not_lie_in_the_class_and_the_class_not_be_empty(tmp_path):
    (tmp_path / "class" / "ada").mkdir(parents=True)
    (tmp_path / "empty").mkdir()
    for to in ("class", "class/ada/to", "class/../class/x"):
        with pytest.raises(GradingError, match="to must lie outside"):
            grade(tmp_path / "class", tmp_path / to, Asked(), PaperWorkplace(), silent)
    with pytest.raises(GradingError, match="holds no notebook"):
        grade(tmp_path / "empty", tmp_path / "to", Asked(), PaperWorkplace(), silent)
    with pytest.raises(OSError):
        grade(tmp_path / "nix", tmp_path / "to", Asked(), PaperWorkplace(), silent)


@pytest.mark.parametrize(("platform", "name"), [
    ("win32", "Windows"), ("darwin", "macOS"), ("freebsd14", "freebsd14"),
])
def test_elsewhere_it_refuses_and_says_why(room, monkeypatch, platform, name):
    monkeypatch.setattr(sys, "platform", platform)
    with Workplace() as place, pytest.raises(GradingError) as refused:
        grade(*room, Asked(), place, silent)
    for words in (name, "namespaces", "Landlock", "--unsafe", "all your rights"):
        assert words in str(refused.value)


def test_where_no_wall_holds_it_refuses_and_says_what_was_tried(room, monkeypatch):
    def refuse(self):
        raise sandbox.NoWalls("namespaces: unshare: Operation not permitted")

    monkeypatch.setattr(sandbox.Sandbox, "__enter__", refuse)
    with Workplace() as place, pytest.raises(GradingError, match="unshare: Operation"):
        grade(*room, Asked(), place, silent)


def test_who_insists_is_graded_without_walls_and_the_rows_say_so(room, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(workplace.NoSandbox, "do", PaperWorkplace().do)
    with Workplace(unsafe=True) as place:
        rows = grade(*room, Asked(), place, silent)
    assert {row.wall for row in rows} == {"no walls (--unsafe), as you"}


def test_where_nothing_is_to_be_run_no_wall_is_looked_for(room, monkeypatch):
    grade(*room, Asked(), PaperWorkplace(), silent)
    monkeypatch.setattr(sys, "platform", "win32")
    with Workplace() as place:
        assert len(grade(*room, Asked(), place, silent)) == 2


def test_a_task_and_its_outcome_cross_a_pipe_whole():
    task = Task(RUN, Allowance(1.5, 2.0), {"a\udcff": b"\x00\xff"}, "a", True)
    assert unpacked(task.packed()) == task
    outcome = Outcome([NOTEBOOK], "x", 1, 2.0, "y")
    assert unpacked_outcome(outcome.packed()) == outcome
