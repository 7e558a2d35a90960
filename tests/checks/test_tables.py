"""Every exercise with a table: its slips are told apart, and right answers pass."""

from __future__ import annotations

import csv
import importlib
from pathlib import Path

import pytest
import torch
from any_answer import wrong_answers
from slip_faults import faults, raising, reproduced

import resattn_tutorial.checks
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.table import Table
from tests.banks import Answer

FOLDER = Path(resattn_tutorial.checks.__file__).parent
RAISING = Path(__file__).parents[1] / "data" / "raising_slips.csv"
CHAPTERS = sorted(path.name for path in FOLDER.glob("chapter[0-9][0-9]"))


def tables() -> list:
    """Every table, with its chapter and the name of its check."""
    found = [
        (chapter, name, check.table)
        for chapter in CHAPTERS
        for name, check in vars(
            importlib.import_module(f"resattn_tutorial.checks.{chapter}")
        ).items()
        if hasattr(check, "table")
    ]
    return [pytest.param(*one, id="-".join(one[:2])) for one in found]


def bank(chapter: str, name: str, kind: str) -> list[Answer]:
    """The bank's answers to an exercise."""
    answers = getattr(importlib.import_module(f"tests.banks.{chapter}"), kind)
    return [answer for answer in answers if answer.exercise == name]


@pytest.fixture(autouse=True)
def own_random_state():
    """A trial seeds torch's random numbers."""
    with torch.random.fork_rng(devices=[]):
        yield


@pytest.mark.parametrize(("chapter", "name", "table"), tables())
def test_every_slip_is_rejected_by_its_own_words_and_right_answers_pass(
    chapter: str, name: str, table: Table
) -> None:
    right = [answer.answer for answer in bank(chapter, name, "RIGHT")]
    assert len(right) >= 2 and len(table.ways()) >= 8
    assert faults(table, right) == []


@pytest.mark.parametrize(("chapter", "name", "table"), tables())
def test_a_slip_that_raises_is_meant_to(
    chapter: str, name: str, table: Table
) -> None:
    with RAISING.open(newline="", encoding="utf-8") as file:
        meant = {(row["words"], row["error"]) for row in csv.DictReader(file)
                 if (row["chapter"], row["exercise"]) == (chapter, name)}
    assert raising(table) == meant, f"look at each, then enter it in {RAISING.name}"


@pytest.mark.parametrize(("chapter", "name", "table"), tables())
def test_the_bank_holds_no_wrong_answer_that_a_slip_reproduces(
    chapter: str, name: str, table: Table
) -> None:
    wrong = bank(chapter, name, "WRONG")
    assert [a.story for a in wrong if reproduced(table, a.answer)] == []


@pytest.mark.parametrize(("chapter", "name", "table"), tables())
def test_what_goes_wrong_with_any_answer_is_rejected_and_named(
    chapter: str, name: str, table: Table
) -> None:
    for story, answer, named in wrong_answers(table):
        report = checked(table).report(answer)
        assert report.failed and not report.passed, story
        assert named in str(report.mistake), (story, str(report))
