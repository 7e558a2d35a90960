"""The exercise checks judge every answer of the banks rightly.

There is one bank a chapter, ``tests/banks/chapterNN.py``, for the checks of
``resattn_tutorial/checks/chapterNN.py``.
"""

from __future__ import annotations

import functools
import importlib
import random
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from torch import nn

from resattn_tutorial.checks.engine.check import Check
from resattn_tutorial.checks.engine.report import Report
from tests.banks import Answer

FOLDER = Path(__file__).parents[1] / "banks"
CHAPTERS = sorted(path.stem for path in FOLDER.glob("chapter[0-9][0-9].py"))
LONGEST, WIDEST = 20, 62  # lines of a report as it is printed, and their letters


def checks(chapter: str) -> ModuleType:
    """The module of one chapter's checks."""
    return importlib.import_module(f"resattn_tutorial.checks.{chapter}")


def bank(chapter: str) -> ModuleType:
    """The module of one chapter's answers."""
    return importlib.import_module(f"tests.banks.{chapter}")


def exercises() -> list:
    """Every check of every chapter that has a bank, as ``(chapter, name)``."""
    found = [
        (chapter, name)
        for chapter in CHAPTERS
        for name, check in vars(checks(chapter)).items()
        if hasattr(check, "report")
    ]
    return [pytest.param(*pair, id="-".join(pair)) for pair in found]


def answers(kind: str) -> list:
    """Every answer of a kind, ``RIGHT`` or ``WRONG``, as ``(chapter, answer)``."""
    return [
        pytest.param(chapter, answer, id=f"{chapter}-{answer.exercise}-{answer.story}")
        for chapter in CHAPTERS
        for answer in getattr(bank(chapter), kind)
    ]


def of(chapter: str, name: str, kind: str) -> list[Answer]:
    """The answers of one kind to one exercise."""
    return [a for a in getattr(bank(chapter), kind) if a.exercise == name]


@functools.cache
def judged(chapter: str, answer: Answer) -> Report:
    """The report on an answer; each answer is judged once."""
    return getattr(checks(chapter), answer.exercise).report(answer.answer)


def stubs(right: Callable) -> list[Callable]:
    """Unwritten answers of the kind of a right one: nothing of it, or half of it."""

    def undone(*inputs):
        raise NotImplementedError

    if not isinstance(right, type):
        return [undone]
    return [type(right.__name__, (right,), {part: undone}) for part in
            ("__init__", "forward")]


def assert_short(report: Report) -> None:
    """A report fits into a check's box on the page."""
    lines = str(report).splitlines()
    assert len(lines) <= LONGEST and max(map(len, lines)) <= WIDEST, str(report)


def test_there_is_a_bank_to_judge():
    assert CHAPTERS


@pytest.mark.parametrize(("chapter", "name"), exercises())
def test_every_exercise_has_answers_enough(chapter, name):
    table = getattr(getattr(checks(chapter), name), "table", None)
    slips = len(table.ways()) if table else 0        # each is a wrong answer too
    assert len(of(chapter, name, "RIGHT")) >= 2
    assert len(of(chapter, name, "WRONG")) + slips >= 8


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_answer_belongs_to_an_exercise_and_stands_there_once(chapter):
    stories = [(a.exercise, a.story) for a in bank(chapter).RIGHT + bank(chapter).WRONG]
    assert len(set(stories)) == len(stories)
    assert all(hasattr(getattr(checks(chapter), name), "report") for name, _ in stories)


@pytest.mark.parametrize(("chapter", "answer"), answers("RIGHT"))
def test_a_right_answer_passes(chapter, answer):
    report = judged(chapter, answer)
    assert report.passed, str(report)
    assert report.held
    assert_short(report)


@pytest.mark.parametrize(("chapter", "answer"), answers("WRONG"))
def test_a_wrong_answer_is_rejected_and_its_mistake_named(chapter, answer):
    report = judged(chapter, answer)
    assert report.done and not report.passed and report.failed, str(report)
    assert_short(report)
    if answer.named is not None:
        assert answer.named in str(report.mistake), str(report)


@pytest.mark.parametrize(("chapter", "name"), exercises())
def test_nine_of_ten_wrong_answers_are_named(chapter, name):
    wrong = of(chapter, name, "WRONG")
    told = {answer.story: str(judged(chapter, answer).mistake) for answer in wrong}
    named = [a for a in wrong if a.named and a.named in told[a.story]]
    print(f"{chapter}.{name}: {len(named)} of {len(wrong)} wrong answers named, "
          f"{len(of(chapter, name, 'RIGHT'))} right answers")
    table = getattr(getattr(checks(chapter), name), "table", None)
    slips = len(table.ways()) if table else 0        # their words are another test's
    rest = [f"{a.story}: {told[a.story]}" for a in wrong if a not in named]
    assert len(named) + slips >= 0.9 * (len(wrong) + slips), "\n".join([
        "make slips of these, or say in the bank which word names them. What they are "
        "told now:", *rest])


@pytest.mark.parametrize(("chapter", "name"), exercises())
def test_an_unwritten_answer_is_not_done_yet(chapter, name):
    check = getattr(checks(chapter), name)
    for stub in stubs(of(chapter, name, "RIGHT")[0].answer):
        report = check.report(stub)
        assert not report.done and not report.passed
        assert "not done yet" in str(report)
        assert_short(report)


def states() -> list:
    """Of the three generators that an answer may draw from."""
    return [torch.get_rng_state().tolist(), random.getstate(),
            np.random.get_state()[1].tolist(), np.random.get_state()[2:]]


@pytest.mark.parametrize("draw", [
    random.random, np.random.random, lambda: torch.rand(()).item()])
def test_an_answer_that_draws_at_random_is_told_the_same_each_time(draw):
    check = checks("chapter03").auc
    told = set()
    for seed in range(3):
        for generator in (random.seed, np.random.seed, torch.manual_seed):
            generator(seed)
        told.add(str(check.report(lambda values, inside: draw())))
    assert len(told) == 1 and "drawn anew in each" in " ".join(told.pop().split())


@pytest.mark.parametrize(("chapter", "name"), exercises())
def test_a_check_prints_its_report_and_leaves_the_random_state_alone(
    chapter, name, capsys
):
    for answer in (of(chapter, name, "RIGHT")[0], of(chapter, name, "WRONG")[0]):
        torch.manual_seed(5)
        before = states()
        getattr(checks(chapter), name)(answer.answer)
        assert states() == before
        assert str(judged(chapter, answer)) in capsys.readouterr().out


@pytest.mark.parametrize(("chapter", "name"), exercises())
@pytest.mark.parametrize("answer", [None, 3, "MyUnit", object(), int, nn.Identity()])
def test_what_is_no_answer_at_all_gets_a_line_not_a_traceback(chapter, name, answer):
    report = getattr(checks(chapter), name).report(answer)
    assert report.failed and not report.passed


def test_a_ratio_that_is_nearly_right_is_told_with_digits_enough():
    check = checks("chapter06").local_ratio
    assert check.report(lambda units, poolings: 1.011).failed.endswith(
        "local_ratio(1, 3): got 1.011, expected 1.01096")


def judge(action: Callable) -> Report:
    """The report of a check that only runs ``action`` as the learner's code."""

    def ask(report: Report) -> None:
        with report.attempt("your answer"):
            action()
        report.require(True, "it ran")

    return Check("A trial", ask, __name__).report()


def test_an_error_of_many_lines_becomes_a_short_one():
    def action():
        raise KeyError("a\n" * 50 + "b" * 500)

    report = judge(action)
    assert not report.passed and "KeyError" in report.failed
    assert "\n" not in report.failed and len(report.failed) < 250
    assert_short(report)


def test_an_error_without_words_is_reported_too():
    def action():
        raise ZeroDivisionError

    assert "ZeroDivisionError: (no message)" in judge(action).failed


def test_a_missing_forward_is_a_mistake_and_not_an_unwritten_answer():
    report = judge(lambda: nn.Module()(torch.zeros(1)))
    assert report.done and "forward" in report.mistake


def test_a_check_works_where_the_learner_has_switched_gradients_off():
    with torch.no_grad():
        report = judge(lambda: torch.ones(1, requires_grad=True).sum().backward())
    assert report.passed, str(report)


def test_an_error_inside_a_check_itself_is_not_hidden():
    def ask(report: Report) -> None:
        raise RuntimeError("the check's own fault")

    with pytest.raises(RuntimeError, match="own fault"):
        Check("A broken check", ask, __name__).report()
