"""What the prose of chapter 10 says, beyond what its cells print."""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.checks.chapter10 import accumulation
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.expected import find_band
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.recipes import RECIPES
from resattn_tutorial.runtime.tensor_file import write_tensors
from resattn_tutorial.training.step import Stepper
from tools.chapters import read_chapter
from tools.settings import ROOT

CHAPTER = ROOT / "chapters" / "10_training.md"
QUICK = "first-attention-builtin-quick"
BEGINNINGS = (
    "from __future__", "class SmallRun", "def ten_lines", "def sixteen",
    "def weights_of", "def staircase", "inputs, labels = ", "def map_gradients",
)


@cache
def page() -> dict[str, Any]:
    """The names of the page after those of its cells that the claims concern."""
    cells = [c.source for c in read_chapter(CHAPTER).cells if c.cell_type == "code"]
    names: dict[str, Any] = {
        "__name__": "__main__", "backward": accumulation.solution
    }
    for beginning in BEGINNINGS:
        (source,) = (cell for cell in cells if cell.startswith(beginning))
        exec(compile(source, beginning, "exec"), names)
    return names


def ended(forgotten: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The weights and the answers of a run that forgot something."""
    run = page()["gone_on"](forgotten)
    return page()["weights_of"](run.network.state_dict()), page()["guesses"](run)


def test_who_forgets_nothing_ends_with_exactly_the_same_network():
    weights, answers = ended("nothing")
    assert torch.equal(weights, page()["end"])
    assert torch.equal(answers, page()["guesses"](page()["whole"]))


def test_the_ten_lines_are_ten_and_with_state_and_write_they_become_thirty():
    cells = [c for c in read_chapter(CHAPTER).cells if c.cell_type == "code"]
    (ten,) = (c.source for c in cells if c.source.startswith("def ten_lines("))
    head = ten.index(":\n    run")                     # its arguments are one line
    assert len(ten[head:].strip().splitlines()) == 9
    solutions = [
        c.source for c in cells if "solution" in c.metadata.get("tags", ())
        and c.source.startswith(("def my_state", "def my_write", "def my_training"))
    ]
    code = [x for one in solutions for x in one.splitlines() if '"""' not in x]
    assert len(solutions) == 3 and 30 <= len(code) < 40


def test_the_stairs_of_the_page_are_those_of_the_recipes():
    recipe = RECIPES["paper-cifar"]
    for step in (0, 63_999, 64_000, 95_999, 96_000, 159_999):
        rate = page()["staircase"](step, 0.1, recipe.milestones)
        assert rate == pytest.approx(recipe.rate(step))
    assert page()["lower"] == 3


def test_without_running_statistics_the_weights_are_right_and_the_answers_wrong():
    weights, answers = ended("running statistics")
    assert torch.equal(weights, page()["end"])
    assert (answers != page()["guesses"](page()["whole"])).float().mean() > 0.02


@pytest.mark.parametrize(
    "forgotten", ["momentum", "learning rate", "place in the data", "random numbers"]
)
def test_who_forgets_one_thing_gets_another_network(forgotten):
    weights, _ = ended(forgotten)
    assert (weights - page()["end"]).norm() / page()["way"] > 0.1


def test_accumulation_changes_nothing_but_what_batch_norm_sees():
    gradients = page()["gradients"]
    for parts in (2, 4):
        for frozen, least, most in ((True, 0, 1e-5), (False, 0.5, 2)):
            (at_once, loss), (parted, other) = (
                gradients(count, frozen) for count in (1, parts)
            )
            gap = ((parted - at_once).norm() / at_once.norm()).item()
            assert least <= gap < most
            assert other == pytest.approx(loss, rel=0.01)


def test_before_training_the_frozen_networks_loss_is_the_larger_one():
    gradients = page()["gradients"]
    (_, frozen), (_, moving) = gradients(1, True), gradients(1, False)
    assert frozen > 1.5 * moving


def test_nesterovs_momentum_is_for_cifar_as_in_the_paper():
    assert RECIPES["paper-cifar"].nesterov
    assert not RECIPES["paper-imagenet"].nesterov


def test_in_float16_more_than_one_gradient_in_twenty_vanishes_in_bfloat16_none():
    small = page()["small"]
    assert 0.05 < (small.half() == 0).float().mean() < 0.1
    assert not (small.bfloat16() == 0).any()


def test_between_the_ends_of_the_scale_there_is_much_room():
    good = []
    for power in (0, 4, 8, 12, 16, 20, 24, 28):
        halves = (page()["small"] * 2.0**power).half()
        lost = (halves == 0).float().mean() < 0.001
        good.append(bool(lost and halves.isfinite().all()))
    assert good == [False, False, True, True, True, True, False, False]


def test_float16_ends_where_the_page_says():
    values = torch.tensor([65_504.0, 65_520.0, 2.9e-8, 3.0e-8])
    halves = values.half()
    assert halves.isfinite().tolist() == [True, False, True, True]
    assert (halves == 0).tolist() == [False, False, True, False]


def test_pytorchs_scaler_halves_at_once_and_doubles_after_2000_good_steps():
    scaler = torch.amp.GradScaler("cpu")
    assert (scaler.get_backoff_factor(), scaler.get_growth_factor()) == (0.5, 2.0)
    assert scaler.get_growth_interval() == 2000


def test_a_plain_save_that_fails_has_destroyed_the_old_file(tmp_path):
    good, bad = {"step": 1}, {"step": 2, "rate": lambda step: 0.1}
    plain, ours = tmp_path / "plain.pt", tmp_path / "ours.pt"
    torch.save(good, plain)
    write_tensors(ours, good)
    whole = ours.read_bytes()
    with pytest.raises((AttributeError, TypeError)):
        torch.save(bad, plain)
    with pytest.raises(TypeError):
        write_tensors(ours, bad)
    with pytest.raises((RuntimeError, EOFError)):
        torch.load(plain)
    assert ours.read_bytes() == whole


def test_running_statistics_move_a_tenth_of_the_way():
    norm = nn.BatchNorm2d(1)
    norm(torch.full((2, 1, 3, 3), 7.0))
    assert norm.running_mean.item() == pytest.approx(0.7)


def test_weight_decay_applies_to_batch_norm_too():
    network = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
    config = TrainingConfig("cifar_attention56", recipe=RECIPES["paper-cifar"])
    (group,) = Stepper(network, config).optimizer.param_groups
    assert len(group["params"]) == 4 and group["weight_decay"] == 1e-4


def test_the_stairs_fall_where_the_figure_says():
    cifar, imagenet = RECIPES["paper-cifar"], RECIPES["paper-imagenet"]
    assert [one / cifar.steps for one in cifar.milestones] == [0.4, 0.6]
    assert len(imagenet.milestones) == 3


def test_a_sixth_run_leaves_the_band_of_five_in_two_cases_of_six():
    orders = list(itertools.permutations(range(6)))
    outside = [
        not min(order[:5]) < order[5] < max(order[:5]) for order in orders
    ]
    assert 6 * sum(outside) == 2 * len(orders)


def test_a_mean_of_unequal_parts_means_is_another_mean():
    losses = torch.arange(10.0)
    parts = torch.stack([part.mean() for part in losses.split(4)])
    assert parts.mean() != losses.mean()
    assert F.pad(losses, (0, 2)).view(3, 4).mean() != losses.mean()


def test_the_band_of_the_quick_recipe_is_wide_and_a_short_run_lies_outside():
    recorded, band = read_runs(QUICK), find_band(QUICK)
    assert len(recorded) >= 5
    assert 5 not in [run.seed for run in recorded]   # the page's own
    assert band.highest - band.lowest > 0.05
    # The run of 60 steps on the page errs in about four of five.
    assert band.highest < 0.78


def test_the_long_run_was_seven_epochs_in_bfloat16_on_one_thread():
    (long,) = read_runs("cifar-attention56-cifar-10-jpeg-q75-standard")
    epochs = long.results.curve[-1].images / long.data.training_images
    assert round(epochs) == 7 and long.data.name == "CIFAR-10, JPEG q75"
    told = long.configuration
    assert (told["precision"], told["threads"]) == ("bfloat16", 1)


def test_the_long_run_is_standard_with_steps_batch_and_rate_of_its_own():
    (long,) = read_runs("cifar-attention56-cifar-10-jpeg-q75-standard")
    ran, standard = long.configuration["recipe"], RECIPES["standard"].as_dict()
    own = {key for key, value in ran.items() if standard[key] != value}
    assert own == {"steps", "batch_size", "learning_rate"}


def test_the_fast_run_follows_its_recipe_and_its_error_halves_in_the_last_quarter():
    (fast,) = read_runs("cifar-attention56-cifar-10-jpeg-q75-fast-cifar")
    assert fast.configuration["recipe"] == RECIPES["fast-cifar"].as_dict()
    *_, before, last = [point.test_error for point in fast.results.curve]
    assert len(fast.results.curve) == 4 and round(before / last, 1) == 2
    assert fast.environment.gpu and fast.configuration["graphs"]
