"""Cases that share a fact, and what is told where no slip is the mistake."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.module_trial import never_reached
from resattn_tutorial.checks.engine.modules import unreached
from resattn_tutorial.checks.engine.naming import NO_EFFECT
from resattn_tutorial.checks.engine.probe import KEPT
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import told

FACT, LOOK = "the sign is told", "0 has no sign"


def sign(x: float) -> str:
    """What is asked for."""
    return "plus" if x > 0 else "minus" if x < 0 else "none"


def double(x: Tensor) -> Tensor:
    """What is asked for."""
    return 2 * x


SIGNS = Table(
    title="Signs",
    usage="sign(x)",
    reference=sign,
    cases=(
        Case((1.0,), FACT, title="a whole"),
        Case((-2.0,), FACT, title="a debt"),
        Case((0.0,), FACT, title="nothing", look=LOOK),
    ),
    slips=(Slip("the signs are exchanged", {"x > 0": "x < 0", "x < 0 ": "x > 0 "}),),
    trial=FunctionTrial(read=lambda report, came: came),
)
DOUBLES = Table(
    title="Doubles",
    usage="double(x)",
    reference=double,
    cases=(Case((torch.ones(3),), "of ones"), Case((torch.arange(3.0),), "of others")),
    slips=(Slip("one is added", {"2 * x": "x + 1"}), Slip("it is x", {"2 * x": "x"}),
           Slip("it is fixed", {"2 * x": "2 * torch.ones(3)"})),
    trial=FunctionTrial(),
)


def test_a_fact_that_cases_share_holds_only_where_all_of_them_are_right():
    report = checked(SIGNS).report(lambda x: "plus" if x >= 0 else "minus")
    assert report.held == []
    assert report.failed == f"{FACT}: nothing: got plus, expected none"
    assert report.mistake == LOOK
    assert checked(SIGNS).report(sign).held == [FACT]


def test_an_answer_that_draws_is_not_told_that_nothing_has_an_effect():
    assert checked(SIGNS).report(lambda x: "plus").mistake == NO_EFFECT
    words = lambda x: ("plus", "minus", "none")[int(torch.randint(3, ()))]  # noqa: E731
    assert checked(SIGNS).report(words).mistake == KEPT


def test_a_slip_that_is_wrong_in_an_earlier_case_is_not_the_mistake_of_a_later_one():
    def answer(x: Tensor) -> Tensor:
        return 2 * x if x.min() == x.max() else x

    assert checked(DOUBLES).report(answer).mistake != "it is x"
    fixed = checked(DOUBLES).report(lambda x: 2 * torch.ones(3))
    assert fixed.mistake == "it is fixed"


@pytest.mark.parametrize(("ours", "right", "words"), [
    ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "b: got 2, expected 3"),
    ([torch.ones(2), torch.zeros(2)], [torch.ones(2)] * 2,
     "number 2: the largest difference is 1"),
    ((torch.ones(2), 1.0), (torch.ones(2), 2.0), "number 2: got 1, expected 2"),
    (torch.tensor([torch.nan]), torch.ones(1), "got nan (not a number)"),
])
def test_what_is_told_of_many_values_is_the_first_that_differs(ours, right, words):
    assert told(ours, right) == words


class Shifted(nn.Module):
    """A shift whose gradient is zero in training, as before a batch norm."""

    def __init__(self, sharp: bool) -> None:
        super().__init__()
        self.shift, self.sharp = nn.Parameter(torch.ones(1)), sharp

    def forward(self, x: Tensor) -> Tensor:
        if self.sharp:
            return x + self.shift.round()
        return x + self.shift * (0.0 if self.training else 1.0)


@pytest.mark.parametrize(("sharp", "cut"), [(False, []), (True, ["shift"])])
def test_a_gradient_that_training_cancels_is_not_taken_for_one_that_is_cut(sharp, cut):
    module, x = Shifted(sharp), torch.randn(2, 3, 4, 4)
    assert unreached(module, module(x)) == ["shift"]
    assert never_reached(Report("a title"), module, x, module(x)) == cut
    assert module.training
