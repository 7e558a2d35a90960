"""The trainer: stopped, resumed, diverged, refused; beside a run left alone."""

from __future__ import annotations

import math
import os
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
    measured_errors,
    names,
    outcome,
    recipe,
    small_config,
    small_network,
    stopping_at,
    unlike,
)
from torch import Tensor, nn

from resattn_tutorial import files
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.names import RecipeName
from resattn_tutorial.training import trainer as trainer_module
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.progress import LossMeter
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
            error = measured_errors(network).top1
            points.append((step + 1, BATCH * (step + 1), np.mean(losses), error))
            losses = []
    found = [(p.step, p.images, p.loss, p.test_error) for p in curve]
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
        ("accumulation", lambda state: state.update(parts=4)),
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
    assert trainer.step == 5 and load_checkpoint(trainer.path)["step"] == 4
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


def test_a_run_that_ran_out_of_memory_goes_on_accumulating_and_keeps_that_it_did(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    begun_so = make_trainer(tmp_path / "a", small_network(0, Greedy(4)), accumulation=2)
    begun_so.run()
    make_trainer(tmp_path / "b", small_network(0, Greedy(4)), stopping_at(5)).run()
    assert "batch norm takes its mean over a micro-batch" in capsys.readouterr().out
    second = make_trainer(tmp_path / "b", small_network(0, Greedy(4)))
    assert second.stepper.accumulation == 2
    assert second.changes[0].startswith("after step 0: Out of memory")
    second.run()
    assert "Out of memory" not in capsys.readouterr().out
    assert not unlike(outcome(second), outcome(begun_so))


def test_more_accumulation_may_be_asked_for_and_less_is_not_given(
    tmp_path: Path,
) -> None:
    make_trainer(tmp_path, batches=stopping_at(5), accumulation=4).run()
    assert make_trainer(tmp_path, accumulation=8).stepper.accumulation == 8
    assert make_trainer(tmp_path, accumulation=2).stepper.accumulation == 4


CHANGES = [
    ({"precision": "bfloat16"}, "precision: 'float32' in the part before, 'bfloat16'"),
    ({"memory_format": "contiguous_format"}, "memory_format: 'channels_last' in the"),
    ({"accumulation": 2}, "accumulation: 1 in the part before, 2 in this part"),
    ({"points": 4}, "points: 3 in the part before, 4 in this part"),
    ({"deterministic": True}, "deterministic: False in the part before, True"),
]


@pytest.mark.parametrize(("change", "words"), CHANGES)
def test_what_may_change_when_a_run_goes_on_is_said_and_kept_as_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture, change: dict, words: str
) -> None:
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    assert make_trainer(tmp_path).changes == []
    assert "Changed" not in capsys.readouterr().out
    trainer = make_trainer(tmp_path, **change)
    [line] = trainer.changes
    assert line.startswith(f"after step 6: {words}")
    assert f"Changed after step 6; {words}" in capsys.readouterr().out
    trainer.save()
    again = make_trainer(tmp_path, **change)
    assert again.changes == [line]                   # once, not at every start


def test_another_number_of_threads_is_kept_as_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    before = torch.get_num_threads()
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    words = f"after step 6: threads: {before} in the part before, 77 in this part"
    assert make_trainer(tmp_path).changes == [words]


def test_where_the_data_lies_and_how_often_to_save_is_no_change(tmp_path: Path) -> None:
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    other = make_trainer(tmp_path, data="elsewhere", save_every=5.0)
    assert other.changes == []


def test_a_run_keeps_what_it_began_with(tmp_path: Path) -> None:
    began = make_trainer(tmp_path, batches=stopping_at(5))
    began.run()
    other = make_trainer(tmp_path, precision="bfloat16")
    assert other.began == began.began
    assert other.began["configuration"]["precision"] == "auto"


OTHERS = [
    ({"network": "first_attention"}, "network: 'first_residual' in the checkpoint, "),
    ({"recipe": replace(recipe(), weight_decay=0.5)}, "recipe, weight_decay: 0.0001 "),
    ({"seed": 3}, "seed: 0 in the checkpoint, 3 in this run"),
    ({"label_noise": 0.2}, "label_noise: 0.0 in the checkpoint, 0.2 in this run"),
]


@pytest.mark.parametrize(("change", "words"), OTHERS)
def test_another_run_s_folder_is_refused_by_name_and_left_as_it_is(
    tmp_path: Path, change: dict, words: str
) -> None:
    trainer = make_trainer(tmp_path)
    trainer.run()
    before = trainer.path.read_bytes()
    config = replace(trainer.config, **change)
    with pytest.raises(CheckpointError, match=words):
        Trainer(
            small_network(), Doubled(), lambda: None, config, tmp_path,
            {"name": "noise"},
        )
    assert trainer.path.read_bytes() == before


def test_a_folder_of_other_data_is_refused(tmp_path: Path) -> None:
    config = make_trainer(tmp_path).config
    make_trainer(tmp_path).run()
    words = "data, name: 'noise' in the checkpoint, 'other' in this run"
    with pytest.raises(CheckpointError, match=words):
        Trainer(
            small_network(), Doubled(), lambda: None, config, tmp_path,
            {"name": "other"},
        )


def test_what_could_not_be_kept_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"data\['folder'\] must be"):
        Trainer(
            small_network(), Doubled(), lambda: None, small_config(recipe()), tmp_path,
            {"folder": tmp_path},
        )


def test_what_is_watched_is_kept_point_by_point_and_over_a_break(
    tmp_path: Path
) -> None:
    seen = []

    def watching(folder: Path) -> Trainer:
        trainer = make_trainer(folder)
        trainer.watch = lambda: {"memorised": seen.append(0) or len(seen) / 8}
        return trainer

    first = watching(tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "agree", lambda self, asked, saved: (True, False))
        first.run()
    second = watching(tmp_path)
    assert second.watched == first.watched == {"step 4": {"memorised": 1 / 8}}
    second.run()
    assert second.watched == {
        f"step {4 * k}": {"memorised": k / 8} for k in (1, 2, 3)
    }
    assert len(seen) == 3                            # once a point, whatever the break


def test_the_last_test_s_errors_are_kept(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    calls = []
    errors = Errors(0.25, 0.125, 1.5, 30)
    trainer.test = lambda: calls.append(0) or errors
    trainer.run()
    assert len(calls) == 3                           # one a point, none after the end
    again = make_trainer(tmp_path)
    assert again.errors == errors and again.curve[0].test_error == 0.25


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
    assert names(tmp_path) == []


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
    (tmp_path / "draft").symlink_to("/dev/full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files, "draft_name", lambda: "draft")
        with pytest.raises(OSError):
            make_trainer(tmp_path).run()
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
    trainer = make_trainer(tmp_path)
    assert trainer.step == 6 and not os.path.lexists(tmp_path / "draft")


@pytest.mark.parametrize("save_every", [0.0, 1e7])
def test_checkpoints_come_when_their_time_has_come(
    tmp_path: Path, save_every: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = []

    def save(path: Path, state: dict[str, Any]) -> None:
        saved.append(state["step"])

    monkeypatch.setattr(trainer_module, "save_checkpoint", save)
    plan = recipe(3 * CHECK_EVERY)
    make_trainer(tmp_path, run_recipe=plan, points=1, save_every=save_every).run()
    # Before the last test and after it; a test may fail.
    assert saved == ([20, 40, 60, 60] if save_every == 0 else [60, 60])


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_a_run_whose_test_failed_loses_no_step_and_tests_first_when_it_goes_on(
    tmp_path: Path, left_alone: dict, fails_at: int
) -> None:
    trainer, tests = make_trainer(tmp_path, with_dropout()), []
    real = trainer.test

    def test() -> Errors:
        tests.append(trainer.step)
        if len(tests) == fails_at:
            raise MemoryError("the images do not fit")
        return real()

    trainer.test = test
    with pytest.raises(MemoryError):
        trainer.run()
    assert trainer.step == tests[-1] == 4 * fails_at
    again = make_trainer(tmp_path, with_dropout())
    assert again.step == 4 * fails_at and len(again.curve) == fails_at - 1
    assert not again.finished
    again.run()
    assert again.finished and not unlike(outcome(again), left_alone)


def test_seconds_of_training_leave_the_tests_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(trainer_module.time, "monotonic", lambda: now[0])

    def later(seconds: float) -> float:
        now[0] += seconds
        return Errors(0.5, 0.5, 1.0, 30)

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
        make_trainer(tmp_path, accumulation=3)


def test_the_schedule_belongs_to_the_step_not_to_the_call(tmp_path: Path) -> None:
    plan = replace(recipe(), milestones=(4, 8))
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
        "format", "configuration", "environment", "data", "settings", "changes",
        "errors", "seconds", "testing", "watched", "frozen",
    }


@pytest.mark.parametrize("fields", [
    {"run_recipe": recipe(rate=np.float64(0.1))},
    {"run_recipe": replace(recipe(), momentum=np.float64(0.9))},
    {"run_recipe": replace(recipe(), name=RecipeName.QUICK)},
    {"label_noise": np.float64(0.1)}, {"save_every": np.float64(100)},
])
def test_a_number_of_numpy_s_and_a_word_of_an_enumeration_can_be_kept(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    make_trainer(tmp_path, **fields).run()
    assert make_trainer(tmp_path, **fields).finished


@pytest.mark.parametrize("errors", [
    Errors(0.5, 0.1, math.inf, 30), Errors(math.nan, 0.1, 2.0, 30),
])
def test_a_test_that_gives_no_number_never_replaces_a_good_checkpoint(
    tmp_path: Path, errors: Errors
) -> None:
    make_trainer(tmp_path, batches=stopping_at(2)).run()
    trainer = make_trainer(tmp_path)
    trainer.test = lambda: errors
    with pytest.raises(FloatingPointError, match="The test is no longer a number"):
        trainer.run()
    good = make_trainer(tmp_path)
    assert good.step == 4 and len(good.run()) == 3


def test_the_mean_loss_of_a_16_bit_network_is_right() -> None:
    meter = LossMeter(torch.zeros(1, dtype=torch.bfloat16))
    for _ in range(1000):
        meter.add(torch.tensor(1.5, dtype=torch.bfloat16))
    assert meter.mean() == 1.5
