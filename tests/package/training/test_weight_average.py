"""The average of the weights: a hand loop's, PyTorch's, and what is tested with it."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch
from small_runs import (
    STEPS,
    Doubled,
    make_trainer,
    measured_errors,
    outcome,
    recipe,
    small_config,
    small_network,
    stopping_at,
    unlike,
)
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from resattn_tutorial.training.checkpoint import load_checkpoint
from resattn_tutorial.training.step import Stepper
from resattn_tutorial.training.weight_average import WeightAverage, exchanged

DECAY = 0.8
AVERAGED = recipe(ema=DECAY)


def stepped(count: int, network: nn.Module, after=lambda: None) -> Stepper:
    """A stepper that has taken some steps; ``after`` is called after each."""
    stepper = Stepper(network, small_config(AVERAGED))
    for x, y in islice(Doubled().starting_at(0), count):
        stepper.step(x, y, 0.1)
        after()
    return stepper


def test_the_average_is_that_of_a_plain_loop_over_all_steps() -> None:
    network, history = small_network(), []

    def keep() -> None:
        history.append({k: v.clone() for k, v in network.state_dict().items()})

    stepper = stepped(9, network, keep)
    for name, found in stepper.average.values.items():
        wanted = history[0][name].double()
        for state in history[1:]:
            wanted = DECAY * wanted + (1 - DECAY) * state[name].double()
        if name.endswith("num_batches_tracked"):
            wanted = torch.tensor(9.0, dtype=torch.float64)
        assert torch.allclose(found.double(), wanted, rtol=0, atol=1e-12), name
    moved = [n for n, v in stepper.average.values.items()
             if not torch.equal(v, history[-1][n])]
    assert {"1.running_mean", "1.running_var", "0.weight"} <= set(moved)


def test_it_is_pytorch_s_own_average_with_buffers() -> None:
    network = small_network()
    theirs = AveragedModel(
        network, multi_avg_fn=get_ema_multi_avg_fn(DECAY), use_buffers=True
    )
    stepper = stepped(7, network, lambda: theirs.update_parameters(network))
    wanted = theirs.module.state_dict()
    for name, found in stepper.average.values.items():
        if found.is_floating_point():
            assert torch.allclose(found, wanted[name], rtol=0, atol=1e-14), name


def test_averaging_changes_no_step() -> None:
    network, plain = small_network(), small_network()
    stepped(6, network)
    other = Stepper(plain, small_config(recipe()))
    assert other.average is None and other.state()["average"] == {}
    for x, y in islice(Doubled().starting_at(0), 6):
        other.step(x, y, 0.1)
    for ours, theirs in zip(
        network.state_dict().values(), plain.state_dict().values(), strict=True
    ):
        assert torch.equal(ours, theirs)


def test_frozen_parts_stay_as_they_are_bit_for_bit() -> None:
    network = small_network()
    for part in network[:2]:
        part.requires_grad_(False).eval()
    network[1].running_mean.normal_(generator=torch.Generator().manual_seed(1))
    before = {k: v.clone() for k, v in network.state_dict().items()}
    average = stepped(8, network).average.values
    moved = {name for name in before if not torch.equal(average[name], before[name])}
    assert moved == {"5.weight", "5.bias"}


def test_exchanged_weights_come_back_bit_for_bit_also_after_an_error() -> None:
    network, other = small_network(0), small_network(1).state_dict()
    ours = {k: v.clone() for k, v in network.state_dict().items()}
    theirs = {k: v.clone() for k, v in other.items()}
    places = [v.data_ptr() for v in network.state_dict().values()]
    with pytest.raises(MemoryError), exchanged(network, other):
        assert not unlike(dict(network.state_dict()), theirs)
        assert not unlike(other, ours)
        raise MemoryError
    assert not unlike(dict(network.state_dict()), ours) and not unlike(other, theirs)
    assert places == [v.data_ptr() for v in network.state_dict().values()]
    with exchanged(network, {}):
        assert not unlike(dict(network.state_dict()), ours)


def test_a_tensor_with_two_names_gets_its_numbers_back() -> None:
    network = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    network[1].weight = network[0].weight
    before = {k: v.clone() for k, v in network.state_dict().items()}
    values = {k: v + 1 for k, v in before.items()}
    with exchanged(network, values):
        assert torch.equal(network[0].weight, before["0.weight"] + 1)
    assert not unlike(dict(network.state_dict()), before)
    assert not unlike(values, {k: v + 1 for k, v in before.items()})


def test_the_average_is_what_is_tested_and_the_network_learns_on(
    tmp_path: Path
) -> None:
    trainer = make_trainer(tmp_path, run_recipe=AVERAGED)
    curve = trainer.run()
    state = load_checkpoint(trainer.path)
    twin = small_network()
    twin.load_state_dict(state["average"])
    assert measured_errors(twin).top1 == curve[-1].test_error
    twin.load_state_dict(state["network"])
    assert measured_errors(twin).top1 != curve[-1].test_error
    plain = make_trainer(tmp_path / "plain")
    plain.run()
    assert not unlike(state["network"], load_checkpoint(plain.path)["network"])


@pytest.mark.parametrize("step", [0, 4, 7, 10])
def test_a_run_that_was_stopped_ends_with_the_same_average(
    tmp_path: Path, step: int
) -> None:
    whole = make_trainer(tmp_path / "whole", run_recipe=AVERAGED)
    whole.run()
    make_trainer(
        tmp_path / "parts", batches=stopping_at(step), run_recipe=AVERAGED
    ).run()
    again = make_trainer(tmp_path / "parts", small_network(5), run_recipe=AVERAGED)
    assert again.step == step + 1 < STEPS
    again.run()
    assert not unlike(outcome(again), outcome(whole))
    assert outcome(whole)["average"].keys() == small_network().state_dict().keys()


def test_without_it_the_run_would_end_elsewhere(tmp_path: Path) -> None:
    """So the test above can fail: an average that is not kept is another one."""
    whole = make_trainer(tmp_path / "whole", run_recipe=AVERAGED)
    whole.run()
    make_trainer(tmp_path / "b", batches=stopping_at(5), run_recipe=AVERAGED).run()
    again = make_trainer(tmp_path / "b", run_recipe=AVERAGED)
    again.stepper.average.values = {}
    again.run()
    places = unlike(outcome(again), outcome(whole))
    assert places and all("/average" in p or "/curve" in p for p in places)


@pytest.mark.parametrize(("decay", "error", "words"), [
    (0, ValueError, "decay must be above 0 and below 1, got 0"),
    (1, ValueError, "decay must be above 0 and below 1, got 1"),
    ("a", TypeError, "decay must be a number"),
])
def test_a_decay_that_cannot_be_is_refused(decay, error, words) -> None:
    with pytest.raises(error, match=words):
        WeightAverage(small_network(), decay)
    with pytest.raises(TypeError, match="network must be an nn.Module"):
        WeightAverage([], 0.5)
