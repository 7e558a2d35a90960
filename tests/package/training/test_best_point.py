"""Images held out: the best point is kept, and the test images are looked at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_runs import (
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

from resattn_tutorial.ledger.run import Point
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.training import best_point
from resattn_tutorial.training import trainer as trainer_module
from resattn_tutorial.training.best_point import best_of
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.run_folder import checkpoint_bytes
from resattn_tutorial.training.trainer import Trainer

HELD = recipe(validation=0.25)


def told(errors: list[float], losses: list[float]) -> list[Point]:
    """A curve with these validation errors and losses."""
    return [
        Point(4 * k, 32 * k, 1.0, 2.0, None, error, loss)
        for k, (error, loss) in enumerate(zip(errors, losses, strict=True), 1)
    ]


def watched(
    folder: Path, errors: list[float], run_recipe=HELD, losses=(1.0, 1.0, 1.0)
) -> tuple[Trainer, list]:
    """A trainer whose points have these errors; and a list of what was looked at."""
    trainer, looks = make_trainer(folder, run_recipe=run_recipe), []
    network = trainer.stepper.network

    def copied() -> dict[str, torch.Tensor]:
        return {k: v.clone() for k, v in network.state_dict().items()}

    def validate() -> Errors:
        looks.append(("validation", trainer.step, copied()))
        number = len(trainer.curve)
        return Errors(errors[number], 0.0, losses[number], 10)

    def test() -> Errors:
        looks.append(("test", trainer.step, copied()))
        return Errors(0.625, 0.0, 1.0, 30)

    trainer.validate, trainer.test = validate, test
    return trainer, looks


ALIKE = [1.0, 1.0, 1.0]


@pytest.mark.parametrize(("errors", "losses", "step"), [
    ([0.5, 0.4, 0.3], ALIKE, 12), ([0.3, 0.4, 0.5], ALIKE, 4),
    ([0.5, 0.3, 0.4], ALIKE, 8), ([0.4, 0.3, 0.3], ALIKE, 8),
    ([0.3, 0.3, 0.3], ALIKE, 4), ([0.3, 0.3, 0.3], [0.8, 0.2, 0.5], 8),
    ([0.0, 0.0, 0.0], [0.8, 0.2, 0.2], 8),
    # What differs by the order of a sum alone is alike; what differs by more is not.
    ([0.3, 0.3, 0.3], [0.5000001, 0.5, 0.6], 4),
    ([0.3, 0.3, 0.3], [0.5002, 0.5, 0.6], 8),
    ([0.4, 0.3, 0.3], [0.1, 0.9, 0.8], 12),
])
def test_the_best_point_has_the_lowest_error_then_loss_and_is_the_first(
    errors: list, losses: list, step: int
) -> None:
    assert best_of(told(errors, losses)).step == step


def test_a_curve_without_validation_has_no_best_point() -> None:
    assert best_of([]) is None
    assert best_of([Point(4, 32, 1.0, 2.0, 0.5)]) is None


@pytest.mark.parametrize(("errors", "losses", "best"), [
    ([0.5, 0.3, 0.4], ALIKE, 8), ([0.3, 0.4, 0.5], ALIKE, 4),
    ([0.5, 0.4, 0.3], ALIKE, 12), ([0.4, 0.3, 0.3], ALIKE, 8),
    ([0.4, 0.3, 0.3], [0.1, 0.6, 0.5], 12),
])
def test_test_images_are_looked_at_once_at_the_end_with_the_best_weights(
    tmp_path: Path, errors: list, losses: list, best: int
) -> None:
    trainer, looks = watched(tmp_path, errors, losses=losses)
    curve = trainer.run()
    assert [look[:2] for look in looks] == [
        ("validation", 4), ("validation", 8), ("validation", 12), ("test", 12),
    ]
    seen = {step: weights for kind, step, weights in looks if kind == "validation"}
    assert not unlike(looks[-1][2], seen[best])
    assert not unlike(dict(trainer.stepper.network.state_dict()), seen[12])
    state = load_checkpoint(trainer.path)
    assert not unlike(state["best"], seen[best])
    assert not unlike(state["network"], seen[12])
    assert [point.validation_error for point in curve] == errors
    assert [point.validation_loss for point in curve] == losses
    assert all(point.test_error is None for point in curve)
    assert trainer.errors.top1 == 0.625


def test_without_validation_each_point_is_tested_as_before(tmp_path: Path) -> None:
    trainer, looks = watched(tmp_path, [], recipe())
    trainer.validate = None
    curve = trainer.run()
    assert [look[:2] for look in looks] == [("test", 4), ("test", 8), ("test", 12)]
    assert [point.validation_error for point in curve] == [None] * 3
    assert load_checkpoint(trainer.path)["best"] == {}


@pytest.mark.parametrize("step", [2, 3, 7, 8, 11])
def test_a_run_that_was_stopped_ends_with_the_same_best_weights(
    tmp_path: Path, step: int
) -> None:
    whole = make_trainer(tmp_path / "whole", run_recipe=HELD)
    whole.run()
    parts = make_trainer(tmp_path / "parts", batches=stopping_at(step), run_recipe=HELD)
    parts.run()
    assert (parts.errors is None) is (step != 11)
    again = make_trainer(tmp_path / "parts", small_network(5), run_recipe=HELD)
    again.run()
    assert not unlike(outcome(again), outcome(whole))
    assert again.errors == whole.errors and again.finished


def test_a_run_whose_last_test_failed_tests_when_it_goes_on(tmp_path: Path) -> None:
    trainer, looks = watched(tmp_path, [0.5, 0.3, 0.4])

    def fail() -> Errors:
        raise MemoryError("the images do not fit")

    trainer.test = fail
    with pytest.raises(MemoryError):
        trainer.run()
    again, looks = watched(tmp_path, [0.5, 0.3, 0.4])
    assert not again.finished and again.step == 12 and len(again.curve) == 2
    again.run()
    assert [look[:2] for look in looks] == [("validation", 12), ("test", 12)]
    assert again.finished and again.errors.top1 == 0.625


def test_a_finished_run_is_not_tested_again(tmp_path: Path) -> None:
    watched(tmp_path, [0.5, 0.3, 0.4])[0].run()
    again, looks = watched(tmp_path, [0.5, 0.3, 0.4])
    again.run()
    assert looks == [] and again.finished and again.errors.top1 == 0.625


def test_with_an_average_it_is_the_average_that_is_judged_and_kept(
    tmp_path: Path
) -> None:
    plan = replace(HELD, ema=0.8)
    trainer = make_trainer(tmp_path, run_recipe=plan)
    trainer.run()
    state = load_checkpoint(trainer.path)
    twin = small_network()
    twin.load_state_dict(state["best"])
    best = best_of(trainer.curve)
    assert measured_errors(twin, seed=2).top1 == best.validation_error
    assert measured_errors(twin).top1 == trainer.errors.top1


def test_what_is_to_be_used_is_the_best_then_the_average_then_the_last() -> None:
    state = {"best": {"a": 1}, "average": {"a": 2}, "network": {"a": 3}}
    assert best_point.outcome(state) == {"a": 1}
    assert best_point.outcome({**state, "best": {}}) == {"a": 2}
    assert best_point.outcome({**state, "best": {}, "average": {}}) == {"a": 3}


@pytest.mark.parametrize(("plan", "validate"), [
    (HELD, None), (recipe(), lambda: Errors(0.5, 0.5, 1.0, 3)),
])
def test_images_held_out_and_a_look_at_them_belong_together(
    tmp_path: Path, plan, validate
) -> None:
    with pytest.raises(ValueError, match="validate must be given where the recipe"):
        Trainer(
            small_network(), Doubled(), lambda: None, small_config(plan), tmp_path,
            validate=validate,
        )


@pytest.mark.parametrize(("spoil", "words"), [
    (lambda state: state.update(best={}), "best must be there from the first point"),
    (lambda state: state.update(average={}), "average must be there from the first"),
    (lambda state: state["best"].update({"0.weight": torch.tensor(float("nan"))}),
     "the best must be finite numbers by name"),
    (lambda state: state["average"].update({"0.weight": "a"}),
     "the average must be finite numbers by name"),
    (lambda state: state["curve"][0].__setitem__(4, 0.5), "curve must be points"),
    (lambda state: state["curve"][0].__setitem__(5, 1.5), "curve must be points"),
    (lambda state: state["curve"][0].__setitem__(5, None), "curve must be points"),
    (lambda state: state["best"].pop("5.bias"), "another network: it lacks 5.bias"),
    (lambda state: state["average"].pop("5.bias"), "it lacks 5.bias"),
])
def test_a_checkpoint_that_lost_what_was_kept_is_refused(
    tmp_path: Path, spoil, words: str
) -> None:
    plan = replace(HELD, ema=0.8)
    make_trainer(tmp_path, batches=stopping_at(5), run_recipe=plan).run()
    path = tmp_path / "checkpoint.pt"
    state = load_checkpoint(path)
    spoil(state)
    torch.save(state, path)
    with pytest.raises(CheckpointError, match=words):
        make_trainer(tmp_path, run_recipe=plan)


def test_a_run_without_additions_refuses_what_it_would_not_use(tmp_path: Path) -> None:
    make_trainer(tmp_path, batches=stopping_at(5)).run()
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    state["best"] = dict(state["network"])
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match="best must be there"):
        make_trainer(tmp_path)


@pytest.mark.parametrize(("added", "more"), [
    ({}, 0), ({"ema": 0.8}, 1), ({"validation": 0.25}, 1),
    ({"ema": 0.8, "validation": 0.25}, 2),
])
def test_room_is_made_for_what_is_kept_beside_the_weights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, added: dict, more: int
) -> None:
    asked = []
    monkeypatch.setattr(trainer_module, "require_room", lambda *all: asked.append(all))
    trainer = make_trainer(tmp_path, run_recipe=recipe(**added))
    trainer.run()
    network = trainer.stepper.network
    assert asked == [(tmp_path, network, more)]
    weights = sum(v.numel() * v.element_size() for v in network.state_dict().values())
    assert checkpoint_bytes(network, more) - checkpoint_bytes(network) == more * weights
    assert trainer.path.stat().st_size < checkpoint_bytes(network, more)
