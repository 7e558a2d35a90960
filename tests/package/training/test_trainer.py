"""The trainer: stopped, resumed, diverged, refused; beside a run left alone."""

from __future__ import annotations

import math
import signal
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from small_runs import (
    BATCH,
    STEPS,
    Doubled,
    Greedy,
    everything,
    make_trainer,
    measured_error,
    outcome,
    recipe,
    small_network,
    stopping_at,
    unlike,
)
from torch import Tensor, nn

from resattn_tutorial.runtime.tensor_file import CheckpointError, load_checkpoint
from resattn_tutorial.training import trainer as trainer_module
from resattn_tutorial.training.trainer import CHECK_EVERY, Trainer


def with_dropout() -> nn.Module:
    """A network whose steps depend on the random state."""
    return small_network(0, nn.Dropout(0.4))


@pytest.fixture(scope="module")
def left_alone(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a run that nobody stopped comes to."""
    trainer = make_trainer(tmp_path_factory.mktemp("alone"), with_dropout())
    trainer.run()
    return outcome(trainer)


def test_the_loop_equals_a_plain_one(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    curve = trainer.run()
    network = small_network()
    optimizer = torch.optim.SGD(
        network.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    losses, points = [], []
    for step, (x, y) in enumerate(islice(Doubled().starting_at(0), STEPS)):
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / STEPS)
        optimizer.zero_grad()
        loss = F.cross_entropy(network(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step in (3, 7, 11):
            accuracy = 1 - measured_error(network)
            points.append((step + 1, BATCH * (step + 1), np.mean(losses), accuracy))
            losses = []
    found = [(p.step, p.images, p.loss, p.accuracy) for p in curve]
    assert np.allclose(found, points, rtol=0, atol=1e-12)
    for ours, theirs in zip(
        trainer.stepper.network.state_dict().values(), network.state_dict().values(),
        strict=True,
    ):
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [0, 3, 5, 8, 11])
def test_an_interrupted_run_comes_to_the_same_end(
    tmp_path: Path, left_alone: dict, number: int, step: int,
    capsys: pytest.CaptureFixture,
) -> None:
    handlers = [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]
    first = make_trainer(tmp_path, with_dropout(), stopping_at(step, number))
    first.run()
    assert first.step == step + 1 and first.finished is (step == 11)
    assert [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)] == handlers
    told = capsys.readouterr().out
    assert (f"Stopped after step {step + 1} of 12. Nothing is lost" in told) is (
        not first.finished
    )
    torch.manual_seed(99)                            # a new process begins elsewhere
    second = make_trainer(tmp_path, small_network(5, nn.Dropout(0.4)))
    assert f"Going on after step {step + 1} of 12." in capsys.readouterr().out
    curve = second.run()
    assert second.finished and [point.step for point in curve] == [4, 8, 12]
    assert not unlike(outcome(second), left_alone)


def test_stopped_at_every_step_it_still_comes_to_the_same_end(
    tmp_path: Path, left_alone: dict
) -> None:
    for step in range(STEPS):
        trainer = make_trainer(tmp_path, with_dropout(), stopping_at(step))
        assert trainer.step == step
        trainer.run()
    assert not unlike(outcome(trainer), left_alone)


@pytest.mark.parametrize(
    ("missing", "spoil"),
    [
        ("momentum", lambda state: [
            part["momentum_buffer"].zero_()
            for part in state["optimizer"]["state"].values()
        ]),
        ("random state", lambda state: state["random"]["cpu"].copy_(
            torch.Generator().manual_seed(5).get_state())),
        ("data position", lambda state: state.update(step=state["step"] - 1)),
        ("loss since the point", lambda state: state["losses"].zero_()),
        ("statistics", lambda state: state["network"]["1.running_mean"].zero_()),
        ("shares", lambda state: state.update(shares=4)),
    ],
)
def test_each_part_of_a_checkpoint_matters(
    tmp_path: Path, left_alone: dict, missing: str, spoil: Any
) -> None:
    make_trainer(tmp_path, with_dropout(), stopping_at(5)).run()
    path = tmp_path / "checkpoint.pt"
    state = load_checkpoint(path)
    spoil(state)
    torch.save(state, path)
    trainer = make_trainer(tmp_path, with_dropout())
    trainer.run()
    assert unlike(outcome(trainer), left_alone), missing


def test_a_second_request_interrupts_at_once(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, batches=stopping_at(5, signal.SIGINT, times=2))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        trainer.run()
    assert trainer.step == 5 and not trainer.path.exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_a_finished_run_is_not_run_again(tmp_path: Path, left_alone: dict) -> None:
    make_trainer(tmp_path, with_dropout()).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    again = make_trainer(
        tmp_path, with_dropout(), Doubled(on_step=lambda step: pytest.fail("a step"))
    )
    assert again.finished and len(again.run()) == 3
    assert not unlike(outcome(again), left_alone)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


def test_after_halving_a_run_goes_on_with_its_shares(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    begun_so = make_trainer(tmp_path / "a", small_network(0, Greedy(4)), shares=2)
    begun_so.run()
    make_trainer(tmp_path / "b", small_network(0, Greedy(4)), stopping_at(5)).run()
    assert "batch norm takes its mean over a share" in capsys.readouterr().out
    second = make_trainer(tmp_path / "b", small_network(0, Greedy(4)))
    assert second.stepper.shares == 2
    second.run()
    assert "Out of memory" not in capsys.readouterr().out
    assert not unlike(outcome(second), outcome(begun_so))


def test_more_shares_may_be_asked_for_and_fewer_are_not_given(tmp_path: Path) -> None:
    make_trainer(tmp_path, batches=stopping_at(5), shares=4).run()
    assert make_trainer(tmp_path, shares=8).stepper.shares == 8
    assert make_trainer(tmp_path, shares=2).stepper.shares == 4


def test_changed_surroundings_are_said_aloud(
    tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    make_trainer(tmp_path)
    assert "Changed" not in capsys.readouterr().out
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    make_trainer(tmp_path, channels_last=False)
    told = capsys.readouterr().out
    assert "Changed; the numbers may differ a little: threads: " in told
    assert "in the checkpoint, 77 in this run." in told
    assert "memory format: 'torch.channels_last' in the checkpoint" in told


def test_another_run_s_folder_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.run()
    before = trainer.path.read_bytes()
    words = "run: 'small' in the checkpoint, 'other' in this run"
    with pytest.raises(CheckpointError, match=words):
        Trainer(
            small_network(), Doubled(), lambda: 0.0, recipe(), tmp_path,
            {"run": "other"},
        )
    assert trainer.path.read_bytes() == before


def test_a_configuration_that_could_not_be_kept_is_refused_at_once(
    tmp_path: Path,
) -> None:
    with pytest.raises(TypeError, match=r"configuration\['folder'\] must be"):
        Trainer(
            small_network(), Doubled(), lambda: 0.0, recipe(), tmp_path,
            {"folder": tmp_path},
        )


def test_a_test_may_return_numpy_s_numbers(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.test = lambda: np.float64(0.25)
    trainer.run()
    assert make_trainer(tmp_path).curve[0].accuracy == 0.75


class Spoiled(Doubled):
    """Batches whose inputs are NaN from a step on."""

    def __init__(self, first: int) -> None:
        super().__init__()
        self.first = first

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        for number, (inputs, labels) in enumerate(super().starting_at(step), step):
            yield inputs * (math.nan if number >= self.first else 1), labels


def test_a_loss_that_is_no_number_stops_the_run_and_says_what_is_left(
    tmp_path: Path,
) -> None:
    steps = 5 * CHECK_EVERY
    spoiled = Spoiled(2 * CHECK_EVERY + 3)
    how = {"run_recipe": recipe(steps, 0.05), "points": 1, "save_every": 0.0}
    trainer = make_trainer(tmp_path, batches=spoiled, **how)
    with pytest.raises(FloatingPointError) as caught:
        trainer.run()
    rate = 0.05 * (1 - 59 / 100)
    assert str(caught.value) == (
        "The loss is no longer a number, at step 60 or up to 20 before. The last good "
        f"checkpoint is {trainer.path}. Learning rate {rate:g}: try less."
    )
    state = load_checkpoint(trainer.path)
    assert state["step"] == 2 * CHECK_EVERY
    assert all(value.isfinite().all() for value in state["network"].values())
    good = make_trainer(tmp_path, **how)             # with batches that are well again
    good.run()
    other = make_trainer(tmp_path / "other", **how)
    other.run()
    assert not unlike(outcome(good), outcome(other))


def test_before_the_first_checkpoint_there_is_none_to_name(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path, batches=Spoiled(0))
    with pytest.raises(FloatingPointError, match="There is no checkpoint yet"):
        trainer.run()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", ["weight", "statistics"])
def test_weights_that_are_no_numbers_are_never_written(
    tmp_path: Path, place: str
) -> None:
    def spoil(step: int) -> None:
        if step == 5 and place == "weight":
            network[5].weight.register_hook(lambda gradient: gradient * math.nan)
        if step == 5 and place == "statistics":
            network[1].running_var.fill_(math.inf)

    network = small_network()
    batches = Doubled(on_step=spoil)
    trainer = make_trainer(tmp_path, network, batches, points=1, save_every=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer_module, "CHECK_EVERY", 1)
        words = "A weight is no longer a number, at step 6 "
        with pytest.raises(FloatingPointError, match=words):
            trainer.run()
    assert load_checkpoint(trainer.path)["step"] == 5


def test_a_full_disk_ends_the_run_and_keeps_the_last_checkpoint(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no full disk to write to")
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    (tmp_path / "checkpoint.pt.part").symlink_to("/dev/full")
    with pytest.raises(OSError):
        make_trainer(tmp_path).run()
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    trainer = make_trainer(tmp_path)
    assert trainer.step == 6 and not (tmp_path / "checkpoint.pt.part").exists()


@pytest.mark.parametrize("save_every", [0.0, 1e9])
def test_checkpoints_come_when_their_time_has_come(
    tmp_path: Path, save_every: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []

    def save(path: Path, state: dict[str, Any]) -> None:
        saved.append(state["step"])

    monkeypatch.setattr(trainer_module, "save_checkpoint", save)
    plan = recipe(3 * CHECK_EVERY)
    make_trainer(tmp_path, run_recipe=plan, points=1, save_every=save_every).run()
    assert saved == ([20, 40, 60] if save_every == 0 else [60])


def test_seconds_of_training_leave_the_tests_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(trainer_module.time, "monotonic", lambda: now[0])

    def later(seconds: float) -> float:
        now[0] += seconds
        return 0.5

    batches = Doubled(on_step=lambda step: later(1.0))
    trainer = make_trainer(tmp_path, batches=batches)
    trainer.test = lambda: later(100.0)
    curve = trainer.run()
    assert [point.seconds for point in curve] == [4, 8, 12]
    assert trainer.testing == 300
    assert make_trainer(tmp_path).testing == 300


@pytest.mark.parametrize("points", [1, 3, 5, 40])
def test_points_are_spread_over_the_steps_and_the_last_is_the_end(
    tmp_path: Path, points: int
) -> None:
    curve = make_trainer(tmp_path, points=points).run()
    wanted = {
        1: [12], 3: [4, 8, 12], 5: [2, 5, 7, 10, 12], 40: list(range(1, 13)),
    }
    assert [point.step for point in curve] == wanted[points]


def test_bad_numbers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="points must be at least 1"):
        make_trainer(tmp_path, points=0)
    with pytest.raises(ValueError, match="batch_size must be a multiple of 3"):
        make_trainer(tmp_path, shares=3)


def test_the_schedule_belongs_to_the_step_not_to_the_call(tmp_path: Path) -> None:
    plan = replace(recipe(), drops=(4, 8))
    rates: list[float] = []

    def go(batches: Doubled) -> None:
        trainer = make_trainer(tmp_path, batches=batches, run_recipe=plan)
        real = trainer.stepper.step

        def step(x: Tensor, y: Tensor, rate: float) -> Tensor:
            rates.append(rate)
            return real(x, y, rate)

        trainer.stepper.step = step
        trainer.run()

    for batches in (stopping_at(2), stopping_at(6), Doubled()):
        go(batches)
    assert rates == pytest.approx([0.1] * 4 + [0.01] * 4 + [0.001] * 4)


def test_everything_is_everything_that_a_checkpoint_holds(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    trainer.run()
    held = set(load_checkpoint(trainer.path))
    assert held - set(everything(trainer)) == {
        "format", "configuration", "seconds", "testing",
    }
