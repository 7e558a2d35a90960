"""What a recipe may add, from end to end: gone on, divided, shared, recorded, used."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from small_runs import (
    STEPS,
    Doubled,
    make_trainer,
    names,
    outcome,
    recipe,
    small_config,
    small_network,
    stopping_at,
    timeless,
    together,
    unlike,
)
from torch import nn

from resattn_tutorial.cli.tables import run_lines
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.mixup import draw_share
from resattn_tutorial.ledger import store
from resattn_tutorial.recipes import Recipe, find_recipe
from resattn_tutorial.training import setting
from resattn_tutorial.training.best_point import best_of
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.runner import run_training
from resattn_tutorial.training.setting import set_up
from resattn_tutorial.training.step import Stepper
from resattn_tutorial.training.trained_network import load_run

CPU = torch.device("cpu")
ALL = {"ema": 0.8, "mixup": 0.4, "random_erasing": 0.6, "validation": 0.25}
EACH = [{name: value} for name, value in ALL.items()] + [ALL | {"smoothing": 0.1}]
SMALL = Recipe("quick", 4, 8, 0.05, **ALL)
PHOTOS = replace(SMALL, batch_size=4, crop="area", size=32)


@pytest.mark.parametrize("added", EACH, ids=lambda added: " ".join(added))
def test_stopped_at_every_step_a_run_comes_to_the_same_end(
    tmp_path: Path, added: dict
) -> None:
    plan = recipe(**added)

    def network(seed: int) -> nn.Module:
        return small_network(seed, nn.Dropout(0.4))

    whole = make_trainer(tmp_path / "whole", network(0), run_recipe=plan)
    whole.run()
    for step in range(STEPS):
        parts = make_trainer(
            tmp_path / "parts", network(step), stopping_at(step, run_recipe=plan),
            run_recipe=plan,
        )
        assert parts.step == step
        parts.run()
    assert not unlike(outcome(parts), outcome(whole))
    assert parts.errors == whole.errors and parts.finished
    plain = make_trainer(tmp_path / "plain", network(0))
    plain.run()
    places = {"ema": "/average", "validation": "/best"}
    place = places.get(next(iter(added)), "/network")
    assert any(place in found for found in unlike(outcome(whole), outcome(plain)))


def test_a_mixed_step_takes_the_gradients_of_both_label_sets() -> None:
    plan = recipe(mixup=0.4, smoothing=0.1)
    network, twin = small_network(), small_network()
    stepper = Stepper(network, small_config(plan, accumulation=1))
    mixed = next(Doubled(run_recipe=plan).starting_at(0))
    plain = next(Doubled().starting_at(0))
    loss = stepper.step(*mixed, 0.1)
    share, (x, y) = draw_share(0.4, 3, 0), plain
    other = [k + 1 if k % 2 == 0 else k - 1 for k in range(8)]
    logits = twin(share * x + (1 - share) * x[other])
    wanted = sum(
        weight * F.cross_entropy(logits, those, label_smoothing=0.1)
        for weight, those in ((share, y), (1 - share, y[other]))
    )
    wanted.backward()
    # The batch was mixed in float32.
    assert loss.item() == pytest.approx(wanted.item(), rel=1e-6)
    for ours, theirs in zip(network.parameters(), twin.parameters(), strict=True):
        assert torch.allclose(ours.grad, theirs.grad, rtol=0, atol=1e-6)


def test_micro_batches_of_a_mixed_batch_have_the_gradients_of_the_whole() -> None:
    plan = recipe(mixup=0.4, random_erasing=0.5)
    found = []
    for accumulation in (1, 2, 8):
        network = small_network(norm=False)          # batch norm would notice
        stepper = Stepper(network, small_config(plan, accumulation=accumulation))
        for x, y in islice(Doubled(run_recipe=plan).starting_at(0), 3):
            stepper.step(x, y, 0.1)
        found.append(dict(network.state_dict()))
    assert not unlike(found[0], found[1], within=1e-12)
    assert not unlike(found[0], found[2], within=1e-12)


@pytest.mark.slow
def test_two_processes_come_to_the_same_end_as_one(tmp_path: Path) -> None:
    added = ALL | {"smoothing": 0.1}
    assert together("train_our_part", tmp_path / "two", 5, 1, added) == [0, 0]
    assert together("train_our_part", tmp_path / "two", None, 1, added) == [0, 0]
    alone = make_trainer(tmp_path / "one", run_recipe=recipe(**added), accumulation=2)
    alone.run()
    wanted = outcome(alone)
    ours = [
        torch.load(tmp_path / "two" / f"process{rank}.pt", weights_only=True)
        for rank in range(2)
    ]
    for state in (wanted, *ours):
        del state["random"]
    assert not unlike(*ours)
    assert not unlike(ours[0], wanted, within=1e-10)
    assert wanted["average"] and wanted["best"]


# Whole runs, on small images and on photographs


def write_images(root: Path, side: int, counts: dict[str, int]) -> Path:
    """Classes of noise, each with so many images to learn from and to test on."""
    draw = np.random.default_rng(0)
    for split, count in counts.items():
        for kind in ("ant", "bee"):
            (root / split / kind).mkdir(parents=True)
            for number in range(count):
                size = (side, side + (number if side > 64 else 0), 3)
                pixels = draw.integers(256, size=size, dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / kind / f"{number}.png")
    return root


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TrainingConfig]:
    root, counts = tmp_path_factory.mktemp("data"), {"train": 12, "test": 4}
    return {
        name: TrainingConfig(
            "first_residual", str(write_images(root / name, side, counts)), plan,
            seed=2, points=2,
        )
        for name, side, plan in (("small", 32, SMALL), ("photos", 80, PHOTOS))
    }


@pytest.fixture(params=["small", "photos"])
def config(
    request: Any, folders: dict, monkeypatch: pytest.MonkeyPatch
) -> TrainingConfig:
    for where in ("photo_loader.cores", "held_images.cores"):
        monkeypatch.setattr(f"resattn_tutorial.data.{where}", lambda: 0)
    return folders[request.param]


class Looks:
    """Counts how often each set is looked at as a test set is, by its images."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[int] = []
        real = setting.evaluate

        def evaluate(network: nn.Module, batches: Any, precision: str) -> Any:
            found = real(network, batches, precision)
            self.seen.append(found.images)
            return found

        monkeypatch.setattr(setting, "evaluate", evaluate)


def test_a_run_with_all_additions_is_recorded_used_and_repeated(
    config: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch)
    run = run_training(config, tmp_path / "run")
    # Of twelve images of a class three are held out; eight are test images.
    assert looks.seen == [6, 6, 8]
    assert (run.data.training_images, run.data.validation_images) == (18, 6)
    assert run.data.test_images == 8
    path = tmp_path / "run" / f"{run.stem}.json"
    assert store.read_run(path) == run and names(path.parent)[-1] == path.name
    assert run.training.recipe == config.recipe
    best = best_of(run.results.curve)
    assert run.results.scores["best point"] == {
        "step": best.step, "validation_error": best.validation_error,
        "validation_loss": best.validation_loss,
    }
    assert all(point.test_error is None for point in run.results.curve)
    trained = load_run(tmp_path / "run")
    state = load_checkpoint(tmp_path / "run" / "checkpoint.pt")
    assert not unlike(dict(trained.network.state_dict()), state["best"])
    test = open_set(config.data, "test")
    wrong = sum(
        int((trained.network(x).argmax(dim=1) != y).sum())
        for x, y in test.test_batches(trained.transform, CPU)
    )
    assert run.results.test_error == pytest.approx(wrong / 8, abs=1e-6)
    assert f"after step {best.step} of 4, the best on images held out" in trained.told
    [heading] = [line for line in run_lines(run.name, path.parent) if "images " in line]
    assert heading.endswith("validation error")
    again = run_training(store.read_run(path).training, tmp_path / "again")
    assert timeless(again) == timeless(run)


def test_a_finished_run_with_additions_is_not_touched(
    config: TrainingConfig, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run = run_training(config, tmp_path)
    assert "validation error" in capsys.readouterr().out
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert run_training(config, tmp_path) == run
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    other = replace(config, recipe=replace(config.recipe, ema=0.5))
    with pytest.raises(CheckpointError, match="ema: 0.8 in the checkpoint, 0.5 in"):
        run_training(other, tmp_path)


def test_images_held_out_are_never_learned_from(config: TrainingConfig) -> None:
    plan = replace(config.recipe, mixup=0.0)
    parts = set_up(replace(config, recipe=plan), CPU)
    assert len(parts.batches.labels) == 18 and parts.data.validation_images == 6
    plain = set_up(replace(config, recipe=replace(plan, validation=0.0)), CPU)
    assert len(plain.batches.labels) == 24 and plain.validate is None
    assert "validation_images" not in plain.data.as_dict()
    assert parts.data.fingerprints == plain.data.fingerprints


def test_a_share_that_leaves_no_batch_to_learn_from_is_refused_by_its_name(
    config: TrainingConfig,
) -> None:
    config = replace(config, recipe=replace(config.recipe, validation=0.9))
    size, left = config.recipe.batch_size, 24 - 22
    words = f"validation must leave a batch of {size} images .* leaves {left}, got 0.9"
    with pytest.raises(ValueError, match=words):
        set_up(config, CPU)


def test_with_noisy_labels_the_test_images_are_left_alone_until_the_end(
    folders: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = Looks(monkeypatch)
    noisy = replace(folders["small"], label_noise=0.5)
    parts = set_up(noisy, CPU)
    assert parts.watch is None
    truth = open_set(noisy.data, "train").labels
    plain = set_up(replace(noisy, recipe=replace(noisy.recipe, validation=0.0)), CPU)
    assert plain.watch is not None
    # The same labels are changed, whether some are held out or not.
    changed = (plain.batches.labels != truth).sum()
    assert 0 < parts.data.noisy_labels < plain.data.noisy_labels == changed
    run = run_training(noisy, tmp_path)
    assert looks.seen == [6, 6, 8] and "labels" not in run.results.scores


def test_a_network_that_only_averages_is_used_with_its_average(
    folders: dict, tmp_path: Path
) -> None:
    plan = replace(SMALL, mixup=0.0, random_erasing=0.0, validation=0.0)
    run = run_training(replace(folders["small"], recipe=plan), tmp_path)
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    network = load_run(tmp_path).network
    assert not unlike(dict(network.state_dict()), state["average"])
    assert unlike(state["average"], state["network"])
    assert run.results.test_error == run.results.curve[-1].test_error


@pytest.mark.parametrize(("name", "recipe", "words"), [
    ("photos", "quick", "A short one for these is photos .--recipe photos."),
    ("small", "photos", "A short one for these is quick .--recipe quick."),
])
def test_a_recipe_for_the_other_kind_of_images_is_answered_with_a_short_one(
    folders: dict, tmp_path: Path, name: str, recipe: str, words: str
) -> None:
    config = replace(folders[name], recipe=find_recipe(recipe))
    with pytest.raises(ValueError, match=words):
        run_training(config, tmp_path)


def test_a_class_with_one_image_cannot_be_held_out(
    folders: dict, tmp_path: Path
) -> None:
    few = write_images(tmp_path / "few", 32, {"train": 1, "test": 2})
    plan = replace(SMALL, batch_size=2)
    config = replace(folders["small"], data=str(few), recipe=plan)
    with pytest.raises(ValueError, match="at least 2 images to be split"):
        run_training(config, tmp_path / "run")
