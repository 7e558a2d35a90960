"""Which slip is named where several fit, and what is said where none does."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.naming import FIXED, ROUNDED
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling

X = torch.tensor([1.0, 5.0])


def grow(x: Tensor, count: int) -> Tensor:
    """What the slips change."""
    return x * count


def spell(count: int) -> str:
    """A text, as a checksum is one."""
    return "ab" * count


GROW = Table(
    title="Grow",
    usage="grow(x, count)",
    reference=grow,
    cases=tuple(Case((X, count), f"{count} times") for count in (1, 2, 3)),
    slips=(
        Slip("always added", {"x * count": "x + count"}),
        Slip("added from two on", {"x * count": "x * count if count < 2 else x + count"}
             ),
    ),
    trial=FunctionTrial(),
)
SPELL = Table(
    title="Spell",
    usage="spell(count)",
    reference=spell,
    cases=(Case((2,), "twice"), Case((3,), "three times")),
    slips=(Slip("turned round", {'"ab"': '"ba"'}),),
    trial=FunctionTrial(read=lambda report, came: Telling(came)),
)


def test_of_slips_that_fit_one_case_the_one_that_is_right_before_is_named():
    report = checked(GROW).report(lambda x, n: (x, x + 2, 0 * x)[n - 1])
    assert report.held == ["1 times"]
    assert report.mistake == "added from two on"


@pytest.mark.parametrize(("fixed", "told"), [(True, FIXED), (False, None)])
def test_a_table_says_whether_an_unknown_mistake_is_probably_a_fixed_size(fixed, told):
    table = replace(GROW, fixed=fixed)
    assert checked(table).report(lambda x, n: (x, 7 * x, 8 * x)[n - 1]).mistake == told


@pytest.mark.parametrize(("read", "told"), [(Telling, "turned round"), (str, None)])
def test_a_long_text_names_its_slip_by_one_case_alone(read, told):
    trial = FunctionTrial(read=lambda report, came: read(came))
    table = replace(SPELL, trial=trial, fixed=False)
    report = checked(table).report(lambda count: "ba" * count if count < 3 else "cd")
    assert report.mistake == told


def halve(x: float, way: str) -> float:
    """What is asked for."""
    return x / 2 if way == "half" else x / 3


HALVES = Table(
    title="Halves",
    usage="halve(x, way)",
    reference=halve,
    cases=tuple(Case((x, way), f"{x}, {way}") for x, way in (
        (1.234567, "half"), (2.345678, "third"), (5.0, "third"))),
    slips=(Slip("it is x", {"x / 2": "x"}),),
    trial=FunctionTrial(read=lambda report, came: came),
)


@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_a_number_that_is_rounded_is_refused_and_told_so(digits):
    report = checked(HALVES).report(lambda x, way: round(halve(x, way), digits))
    assert not report.passed and report.mistake == ROUNDED


def test_a_number_that_is_a_rounded_one_by_chance_is_not_told_that_it_is_rounded():
    def drawn(x: float, way: str) -> float:
        return round(halve(x, way), 3) if way == "half" else halve(x, way) + 0.01

    report = checked(HALVES).report(drawn)
    assert not report.passed and report.mistake != ROUNDED


@pytest.mark.parametrize(("wrong", "told"), [("third", None), ("", FIXED)])
def test_what_is_wrong_with_a_new_word_alone_is_not_told_that_a_size_is_fixed(
    wrong, told
):
    def answer(x: float, way: str) -> float:
        return halve(x, way) + (way == wrong or (not wrong and x > 3))

    report = checked(HALVES).report(answer)
    assert not report.passed and report.mistake == told
