"""The engine of slips: what turns a table red, and what an answer is told."""

from __future__ import annotations

import importlib.util
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from slip_faults import faults, raising, reproduced
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.judge import checked
from resattn_tutorial.checks.engine.kept import Kept
from resattn_tutorial.checks.engine.module_trial import ModuleTrial
from resattn_tutorial.checks.engine.naming import FIXED, NO_EFFECT
from resattn_tutorial.checks.engine.slips import Slip, SlipError, edits, made
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import (
    ENDED,
    Loose,
    Names,
    alike,
    first_unlike,
    told,
)

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"


def weighed(x: Tensor, y: Tensor) -> Tensor:
    """Of two maps the first, weighed by twice the second."""
    bent = torch.relu(x)
    return bent + 2 * bent * y


WEIGHED = Table(
    title="A weighed map",
    usage="weighed(x, y)",
    reference=weighed,
    cases=(
        Case((torch.randn(2, 3, 4), torch.randn(2, 3, 4)), "three by four"),
        Case((torch.randn(2, 5, 2), torch.randn(2, 5, 2)), "five by two"),
    ),
    slips=(
        Slip("twice is missing", {"2 * ": ""}),
        Slip("the ReLU is missing", {"torch.relu(x)": "x"}),
        Slip("a sum", {"2 * bent * y": "2 * (bent + y)"}, {"bent + 2 *": "2 +"}),
        Slip("another function altogether", lambda x, y: x.exp()),
    ),
    trial=FunctionTrial(gradient=True, dtype=True),
    errors={"must match": "an axis of one size only"},
)
check = checked(WEIGHED)


@pytest.fixture(autouse=True)
def own_random_state():
    """A trial seeds torch's random numbers."""
    with torch.random.fork_rng(devices=[]):
        yield


def with_slips(*slips: Slip) -> Table:
    return replace(WEIGHED, slips=slips)


def test_a_sound_table_has_no_fault() -> None:
    assert faults(WEIGHED, [lambda x, y: x.clamp(min=0) * (1 + 2 * y)]) == []


def test_a_slip_that_no_longer_applies_is_an_error() -> None:
    table = with_slips(Slip("thrice", {"3 * bent": "bent"}))
    with pytest.raises(SlipError, match="'3 \\* bent' is not in the source of weighed"):
        faults(table)


def test_a_slip_that_makes_no_python_is_an_error() -> None:
    with pytest.raises(SlipError, match="makes no Python"):
        faults(with_slips(Slip("half a line", {"2 * bent": "2 *"})))


def test_a_slip_needs_a_way() -> None:
    with pytest.raises(SlipError, match="'none' has none"):
        Slip("none")


def test_two_slips_that_leave_the_same_traces_are_a_fault() -> None:
    table = with_slips(Slip("one", {"2 *": "3 *"}), Slip("other", {"2 *": "6 / 2 *"}))
    assert [fault for fault in faults(table) if "is told 'one'" in fault]


def test_two_ways_of_a_slip_that_leave_the_same_traces_are_a_fault() -> None:
    table = with_slips(Slip("both", {"2 *": "3 *"}, {"2 *": "6 / 2 *"}))
    assert faults(table) == ["twice the same: 'both'"]


def test_a_slip_that_is_no_mistake_is_a_fault() -> None:
    table = with_slips(Slip("harmless", {"2 * bent * y": "2 * y * bent"}))
    assert any(fault.startswith("accepted: 'harmless'") for fault in faults(table))


def test_a_slip_that_only_raises_is_listed_with_its_error() -> None:
    table = with_slips(Slip("a typo", {"2 *": "tvo *"}), Slip("one", {"2 *": "3 *"}))
    assert raising(table) == {("a typo", "NameError")}


def test_a_right_answer_that_is_refused_is_a_fault() -> None:
    found = faults(WEIGHED, [lambda x, y: x])
    assert len(found) == 1 and found[0].startswith("a right answer is refused: three")


@pytest.mark.parametrize(("answer", "words"), [
    (lambda x, y: x.relu() * (1 + y), "twice is missing"),
    (lambda x, y: x * (1 + 2 * y), "the ReLU is missing"),
    (lambda x, y: x * (1 + y), "two things: twice is missing; and the ReLU is missing"),
    (lambda x, y: torch.exp(x), "another function altogether"),
    (lambda x, y: weighed(x, y) * (1 if x.shape[1] == 3 else 5), FIXED),
    (lambda x, y: torch.ones(2), "the number of axes: got 1, expected 3"),
    (lambda x, y: 2 * torch.rand_like(x), "kept between calls, or drawn anew"),
    (lambda x, y: x.relu_() * (1 + 2 * y), "in-place"),
    (lambda x, y: weighed(x, y).detach(), "cut off"),
    (lambda x, y: weighed(x.detach(), y), "cut off"),
    (lambda x, y: weighed(x, y.requires_grad_()), "x.detach().clone()"),
    (lambda x, y: weighed(x, y).float(), ".float()"),
    (lambda x, y: weighed(x, y[..., :4] * torch.ones(4)), "an axis of one size only"),
])
def test_an_answer_is_told_what_it_did(answer, words: str) -> None:
    report = check.report(answer)
    assert not report.passed and words in report.mistake, str(report)


def test_pairs_of_slips_are_tried_up_to_a_number() -> None:
    report = checked(replace(WEIGHED, pairs=0)).report(lambda x, y: x * (1 + y))
    assert not report.passed and report.mistake is None


class Norm(nn.Module):
    """A scaled map, normalised."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.scale = nn.Parameter(torch.ones(channels, 2, 1))

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(x * self.scale.sum(1, keepdim=True))


@pytest.mark.parametrize(("taken", "words"), [
    (lambda scale: scale.detach(), "scale acts on the output, and no gradient comes"),
    (lambda scale: scale.new_ones(3, 2, 1), "the output does not use scale"),
])
@pytest.mark.parametrize("seed", range(4))
def test_a_parameter_that_is_cut_off_is_told_from_one_that_is_unused(
    seed: int, taken, words: str
) -> None:
    torch.manual_seed(seed)

    def forward(self: nn.Module, x: Tensor) -> Tensor:
        return self.norm(x * taken(self.scale).sum(1, keepdim=True))

    table = Table("A norm", "Norm(channels)", Norm, (Case((3,), shape=(3, 4, 5)),), (
        Slip("the size", {"x * self": "x.abs() * self"}),), ModuleTrial())
    answer = type("Norm", (Norm,), {"forward": forward})
    assert words in checked(table).report(answer).mistake


def test_a_number_that_never_changes_is_told_so() -> None:
    def larger(x: int) -> int:
        return x + 1

    def read(report, came) -> int:
        return came

    table = Table("Larger", "larger(x)", larger, tuple(
        Case((k,), f"of {k} it is {k + 1}") for k in range(3)),
        (Slip("the number itself", {"x + 1": "x"}),), FunctionTrial(read=read))
    said = {k: checked(table).report(lambda x, k=k: k) for k in (2, 9)}
    assert said[2].failed == "of 0 it is 1: got 2, expected 1"
    assert {report.mistake for report in said.values()} == {NO_EFFECT}
    assert checked(table).report(lambda x: x).mistake == "the number itself"
    assert checked(table).report(larger).held == [case.fact for case in table.cases]


def test_an_answer_that_a_slip_makes_too_is_recognised() -> None:
    assert reproduced(WEIGHED, lambda x, y: x.relu() * (1 + y)) == "twice is missing"
    assert reproduced(WEIGHED, lambda x, y: x * (1 + y)) is None


def test_slips_of_the_same_places_are_written_once() -> None:
    ways = edits(("a", "b"), ("1", "2"), ("3", "4"))
    assert ways == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_a_whole_other_body_goes_with_no_other_slip() -> None:
    with pytest.raises(SlipError, match="no other slip"):
        made(weighed, {"2 *": "3 *"}, lambda x, y: x)


def network() -> nn.Module:
    made = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    made[1].eval()
    return made


CHANGES = {
    "weights": lambda n, x, some, named: n[0].weight.data.add_(1),
    "buffers": lambda n, x, some, named: n[1].running_mean.add_(1),
    "requires_grad": lambda n, x, some, named: n[0].requires_grad_(False),
    ".grad": lambda n, x, some, named: n(x).sum().backward(),
    "network's mode": lambda n, x, some, named: n.eval(),
    "parts": lambda n, x, some, named: n.train(),
    "hooks": lambda n, x, some, named: n[0].register_forward_hook(lambda *_: None),
    "values": lambda n, x, some, named: x.add_(1),
    "input's requires_grad": lambda n, x, some, named: x.requires_grad_(),
    "list": lambda n, x, some, named: some.pop(),
    "dictionary": lambda n, x, some, named: named.clear(),
    "a dictionary that": lambda n, x, some, named: named.update(a=2),
    "a list that was passed in":
        lambda n, x, some, named: some.__setitem__(0, 1 * some[0]),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_an_answer_leaves_changed_is_named(name: str) -> None:
    inputs = network(), torch.ones(1, 1, 2, 2), [torch.ones(1)], {"a": 1}
    before = Kept(inputs)
    assert before.change() is None
    CHANGES[name](*inputs)
    assert name in before.change().what
    kept = Kept(inputs)
    assert kept.change() is None


def test_a_network_without_values_is_watched_too() -> None:
    network = nn.Linear(2, 3, device="meta")
    kept = Kept((network,))
    assert kept.change() is None
    network.weight = nn.Parameter(torch.empty(3, 1, device="meta"))
    assert "weights" in kept.change().what


@pytest.mark.parametrize(("ours", "theirs", "same"), [
    (1, 1, True), (1, 2, False), (1, 1.0, True), (True, 1, False),
    (0.5, 0.500001, True), (float("nan"), float("nan"), True), ("a", "a", True),
    (None, 0, False),
    ((1, 2.0), [1, 2], True), ((1,), (1, 2), False), ({"a": 1}, {"a": 1}, True),
    ({"a": 1}, {"b": 1}, False), (torch.ones(2), torch.ones(2), True),
    (torch.ones(2), torch.ones(2, 1), False),
    (torch.ones(2), torch.ones(2).double(), False),
    (Names(["a"]), Names(["b"]), True), (Names(["a"]), Names(), False),
    (Loose(torch.ones(3), 0.1), Loose(torch.full((3,), 1.05), 0.1), True),
    (Loose(torch.ones(3), 0.1), Loose(torch.full((3,), 1.2), 0.1), False),
])
def test_traces_are_compared_but_for_rounding(ours, theirs, same: bool) -> None:
    assert alike(ours, theirs) == alike(theirs, ours) == same


def test_where_traces_part_is_named_first() -> None:
    right = {"a": 1, "b": 2}
    assert first_unlike({"a": 1, "b": 2}, right) is None
    assert first_unlike({"a": 1, "b": 3}, right) == "b"
    assert first_unlike({"a": 0, "b": 3}, right) == "a"
    assert first_unlike({"a": 1, ENDED: "raised"}, right) == ENDED
    assert first_unlike({"a": 0, ENDED: "raised"}, right) == "a"


def test_a_difference_is_told_with_digits_enough() -> None:
    assert told(1.0110, 1.0111) == "got 1.011, expected 1.0111"
    assert told(1.000012, 1.000013) == "got 1.000012, expected 1.000013"
    assert told(1234567, 7) == "got 1,234,567, expected 7"
    assert told({"a": 1, "b": 3}, {"a": 1, "b": 2}) == "b: got 3, expected 2"
    assert told(torch.ones(2), torch.ones(3)) == "got (2,), expected (3,)"
    assert told(torch.tensor(1234), torch.tensor(7)) == "got 1,234, expected 7"


def test_of_a_list_of_tensors_the_first_that_differs_is_told() -> None:
    ours, right = [torch.ones(2), torch.ones(99)], [torch.ones(2), torch.zeros(99)]
    assert told(ours, right) == "number 2: the largest difference is 1"
    assert told(ours, [torch.ones(2)]) == (
        "got (a tensor of shape (2,), a tensor of shape (99,)), expected (a tensor of "
        "shape (2,))")


def test_the_guide_s_example_is_a_sound_table(tmp_path, monkeypatch) -> None:
    (example,) = re.findall(r"```python\n(def middle.*?)```", GUIDE.read_text(), re.S)
    engine = "from resattn_tutorial.checks.engine"
    path = tmp_path / "middles.py"
    path.write_text(
        "from __future__ import annotations\nimport torch\nfrom torch import Tensor\n"
        f"{engine}.function_trial import FunctionTrial\n{engine}.slips import Slip\n"
        f"{engine}.table import Case, Table\n{engine}.judge import checked\n\n{example}"
    )
    spec = importlib.util.spec_from_file_location("middles", path)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "middles", module)
    spec.loader.exec_module(module)
    assert faults(module.MIDDLE) == []
    assert module.middle_column.report(lambda x: x[..., x.shape[-1] // 2]).passed
