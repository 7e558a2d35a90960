"""Trainings from their configuration: put together, run, recorded."""

from __future__ import annotations

import re
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from small_runs import names, timeless

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.transforms import as_inputs, colour_mean
from resattn_tutorial.ledger import store
from resattn_tutorial.models import registry, small_networks, zoo
from resattn_tutorial.models.registry import build_network, find_network
from resattn_tutorial.recipes import Recipe, find_recipe
from resattn_tutorial.runtime.distributed import Process
from resattn_tutorial.training import setting
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.run_folder import RunFolderError
from resattn_tutorial.training.runner import run_training, set_up
from resattn_tutorial.training.step import Stepper

CPU = torch.device("cpu")
SHORT = Recipe("quick", 4, 8, 0.05)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of noise, 32 x 32: 12 images each to learn from, 4 to test on."""
    root = tmp_path_factory.mktemp("data") / "Small Noise"
    draw = np.random.default_rng(0)
    for split, count in (("train", 12), ("test", 4)):
        for kind in ("ant", "bee", "cat"):
            (root / split / kind).mkdir(parents=True)
            for number in range(count):
                pixels = draw.integers(256, size=(32, 32, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / kind / f"{number}.png")
    return root


@pytest.fixture
def small(folder: Path) -> TrainingConfig:
    return TrainingConfig("first_residual", str(folder), SHORT, seed=2)


def test_a_run_is_recorded_and_its_file_is_valid(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(replace(small, points=2), tmp_path)
    path = tmp_path / "first-residual-small-noise-quick-seed2.json"
    assert store.read_run(path) == run
    assert names(tmp_path) == ["checkpoint.pt", path.name]
    told = run.data
    assert (told.name, told.form) == ("Small Noise", "image files (.png)")
    assert (told.training_images, told.test_images, told.noisy_labels) == (36, 12, 0)
    assert run.configuration["recipe"] == SHORT.as_dict()
    assert run.training == replace(
        small, points=2, precision="float32", threads=torch.get_num_threads()
    )
    assert [point.step for point in run.results.curve] == [2, 4]
    assert run.results.test_error == run.results.curve[-1].test_error
    assert run.environment.world_size == 1 and run.environment.device == "cpu"
    assert run.repeatable


def test_the_results_are_the_trained_network_s(
    small: TrainingConfig, tmp_path: Path, folder: Path
) -> None:
    run = run_training(small, tmp_path)
    network = build_network("first_residual", 3)
    network.load_state_dict(load_checkpoint(tmp_path / "checkpoint.pt")["network"])
    test, mean = open_set(folder, "test"), run.data.mean_colour
    assert list(mean) == colour_mean(open_set(folder, "train").images).tolist()
    with torch.inference_mode():
        logits = network.eval()(as_inputs(test.images, torch.tensor(mean)))
    wrong = (logits.argmax(dim=1) != test.labels).float().mean().item()
    assert run.results.test_error == pytest.approx(wrong, abs=1e-6)
    assert run.results.top5_error == 0               # of three classes


def stopping_at(step: int) -> Callable:
    """What gives batches, and presses Ctrl-C before one of them."""
    real = ByteBatches.starting_at

    def ask(self: object, first: int) -> object:
        for number, batch in enumerate(real(self, first), first):
            if number == step:
                signal.raise_signal(signal.SIGINT)
            yield batch

    return ask


def test_an_interrupted_run_is_no_run_yet_and_goes_on(
    small: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = run_training(small, tmp_path / "whole")
    with monkeypatch.context() as patch:
        patch.setattr(ByteBatches, "starting_at", stopping_at(2))
        assert run_training(small, tmp_path / "parts") is None
    assert names(tmp_path / "parts") == ["checkpoint.pt"]
    again = run_training(small, tmp_path / "parts")
    assert timeless(again) == timeless(whole)
    states = [
        load_checkpoint(tmp_path / part / "checkpoint.pt")["network"]
        for part in ("whole", "parts")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_run_is_copied_and_goes_on_elsewhere_from_its_copies(
    small: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, place = run_training(small, tmp_path / "whole"), tmp_path / "drive"
    with monkeypatch.context() as patch:
        patch.setattr(ByteBatches, "starting_at", stopping_at(2))
        assert run_training(small, tmp_path / "gone", place) is None
    shutil.rmtree(tmp_path / "gone")
    again = run_training(small, tmp_path / "new", copy_to=place)
    assert timeless(again) == timeless(whole)
    run_file = f"{again.stem}.json"
    assert names(place) == ["checkpoint-1.pt", "checkpoint-2.pt", run_file]
    assert store.read_run(place / run_file) == again
    for name in names(place):                        # the same call makes up for them
        (place / name).unlink()
    assert run_training(small, tmp_path / "new", place) == again
    assert names(place) == ["checkpoint-1.pt", run_file]
    written = [(place / name).stat().st_mtime_ns for name in names(place)]
    assert run_training(small, tmp_path / "new", place) == again
    assert written == [(place / name).stat().st_mtime_ns for name in names(place)]
    shutil.rmtree(tmp_path / "new")                  # a finished run is taken up, too
    assert timeless(run_training(small, tmp_path / "new", place)) == timeless(whole)


@pytest.mark.slow
def test_the_folder_of_another_experiment_is_refused(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run_training(small, tmp_path)
    for other, words in (
        (replace(small, seed=3), "seed: 2 in the checkpoint, 3 in this run"),
        (replace(small, label_noise=0.5), "label_noise: 0.0 in the checkpoint, 0.5"),
        (replace(small, recipe=replace(SHORT, steps=9)), "recipe, steps: 4 .* 9 in"),
        (replace(small, network="first_attention"), "network: 'first_residual' in"),
    ):
        with pytest.raises(CheckpointError, match=words):
            run_training(other, tmp_path)


def test_exactly_the_labels_that_the_noise_says_are_changed(
    small: TrainingConfig, folder: Path
) -> None:
    true = open_set(folder, "train").labels
    setting = set_up(replace(small, label_noise=0.3), CPU)
    noisy = add_label_noise(true, 0.3, 3, seed=2)
    assert torch.equal(setting.batches.labels, noisy)
    changed = int((noisy != true).sum())
    assert 0 < changed < len(true)
    assert setting.data.noisy_labels == changed
    clean = set_up(small, CPU)
    assert torch.equal(clean.batches.labels, true)
    assert clean.data.noisy_labels == 0
    assert clean.errors().images == 12               # the test set stays as it is


def test_a_training_with_noisy_labels_records_what_it_memorised(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    run = run_training(replace(small, label_noise=0.5), tmp_path / "noisy")
    told = run.results.scores["labels"]
    assert list(told) == [f"step {point.step}" for point in run.results.curve]
    for shares in told.values():
        assert set(shares) == {
            "memorised", "corrected", "learned", "clean validation",
            "noisy validation", "other half",
        }
        assert all(0 <= share <= 1 for share in shares.values())
        assert shares["memorised"] + shares["corrected"] <= 1
    assert "labels" not in run_training(small, tmp_path / "clean").results.scores


def test_the_seed_draws_weights_and_batches(small: TrainingConfig) -> None:
    def first(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        setting = set_up(replace(small, seed=seed), CPU)
        inputs, _ = next(setting.batches.starting_at(0))
        return next(setting.network.parameters()).detach(), inputs

    for ours, same, other in zip(first(1), first(1), first(2), strict=True):
        assert torch.equal(ours, same) and not torch.equal(ours, other)


def test_a_process_gets_its_part_of_batches_and_tests(small: TrainingConfig) -> None:
    whole = set_up(small, CPU)
    parts = [set_up(small, CPU, Process(rank, 2)) for rank in range(2)]
    inputs = [next(part.batches.starting_at(3))[0] for part in parts]
    assert torch.equal(torch.cat(inputs), next(whole.batches.starting_at(3))[0])
    assert [part.errors().images for part in parts] == [6, 6]


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be opened."""

    def refuse(*words: object) -> None:
        pytest.fail(f"opened {words}")

    monkeypatch.setattr(setting, "open_set", refuse)


def test_an_unknown_network_is_refused_before_anything_is_fetched(
    tmp_path: Path, no_data: None
) -> None:
    words = "one of first_attention, first_residual, .*cifar_attention92.*got 'attn'"
    with pytest.raises(ValueError, match=words):
        run_training(TrainingConfig("attn", "cifar10", SHORT), tmp_path)


def test_an_unknown_precision_is_refused_first(
    tmp_path: Path, no_data: None
) -> None:
    with pytest.raises(ValueError, match="precision must be one of"):
        run_training(TrainingConfig("first_residual", precision="half"), tmp_path)


def test_unknown_data_and_recipes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="builtin, .*cifar100 or a folder"):
        run_training(TrainingConfig("first_residual", "cifar11", SHORT), tmp_path)
    with pytest.raises(ValueError, match="recipe must be one of"):
        find_recipe("paper")
    assert list(tmp_path.iterdir()) == []


def test_a_test_set_of_other_classes_is_refused(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (root / "train").symlink_to(folder / "train")
    (root / "test").mkdir()
    for kind in ("ant", "cat"):                      # no bee: a cat's label would be 1
        (root / "test" / kind).symlink_to(folder / "test" / kind)
    words = "must have the same classes; only one of them has bee"
    with pytest.raises(ValueError, match=words):
        run_training(replace(small, data=str(root)), tmp_path / "run")


def test_photographs_to_test_small_images_on_are_refused(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (root / "train").symlink_to(folder / "train")
    for kind in ("ant", "bee", "cat"):
        (root / "test" / kind).mkdir(parents=True)
        Image.new("RGB", (100, 80)).save(root / "test" / kind / "0.png")
    with pytest.raises(ValueError, match="got small images to learn from and photo"):
        run_training(replace(small, data=str(root)), tmp_path / "run")


def test_a_recipe_for_photographs_is_refused_for_small_images(
    small: TrainingConfig, tmp_path: Path
) -> None:
    plan = replace(small.recipe, crop="area", size=16)
    with pytest.raises(ValueError, match="for small images .crop 'pad'., got quick"):
        run_training(replace(small, recipe=plan), tmp_path)


def test_photographs_are_trained_on_and_tested_in_their_own_size(
    folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "photos"
    for split in ("train", "test"):
        for kind in ("ant", "bee"):
            (root / split / kind).mkdir(parents=True)
            for number in range(4):
                picture = Image.new("RGB", (70 + number, 80), (90 * number % 256, 9, 9))
                picture.save(root / split / kind / f"{number}.png")
    plan = Recipe("quick", 2, 4, 0.05, crop="area", size=32)
    config = TrainingConfig("first_residual", str(root), plan)
    run = run_training(config, tmp_path / "run")
    assert run.data.training_images == 8 and run.results.curve[-1].images == 8
    assert run.data.mean_colour == ()
    padded = replace(plan, crop="pad")
    with pytest.raises(ValueError, match="for photographs .crop 'area'., got quick"):
        run_training(replace(config, recipe=padded), tmp_path / "other")


def copied(folder: Path, to: Path) -> Path:
    """A copy of a folder of images that may be changed."""
    return Path(shutil.copytree(folder, to, symlinks=True))


def exchange(one: Path, other: Path) -> None:
    """Let two folders take each other's name."""
    aside = one.with_name("aside")
    one.rename(aside)
    other.rename(one)
    aside.rename(other)


def test_a_run_keeps_its_classes_sizes_and_fingerprints(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    run = run_training(small, tmp_path)
    train, test = (open_set(folder, split) for split in ("train", "test"))
    assert run.data.classes == ("ant", "bee", "cat") and run.data.image_size == (32, 32)
    marks = {"train": train.fingerprint, "test": test.fingerprint}
    assert run.data.fingerprints == marks and len(set(marks.values())) == 2
    state = load_checkpoint(tmp_path / "checkpoint.pt")
    assert state["data"] == run.data.as_dict()


@pytest.mark.parametrize(("change", "words"), [
    (lambda root: exchange(root / "train" / "ant", root / "train" / "cat"),
     "data, fingerprints, train: '.*' in the checkpoint, .*other names or sizes"),
    (lambda root: (root / "test" / "ant" / "0.png").rename(root / "test/ant/9.png"),
     "data, fingerprints, test: "),
    (lambda root: [(root / part / "bee").rename(root / part / "dog")
                   for part in ("train", "test")],
     r"data, classes: \['ant', 'bee', 'cat'\] in .*, \['ant', 'cat', 'dog'\] in"),
])
def test_a_run_does_not_go_on_with_other_images_or_classes(
    small: TrainingConfig, folder: Path, tmp_path: Path, change: Any, words: str
) -> None:
    data = copied(folder, tmp_path / "data")
    config = replace(small, data=str(data))
    run_training(config, tmp_path / "run")
    before = (tmp_path / "run" / "checkpoint.pt").read_bytes()
    change(data)
    with pytest.raises(CheckpointError, match=words):
        run_training(config, tmp_path / "run")
    assert (tmp_path / "run" / "checkpoint.pt").read_bytes() == before


def test_damaged_images_are_refused_or_left_out_and_counted(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    data = copied(folder, tmp_path / "data")
    for file in ("train/ant/3.png", "train/bee/0.png", "test/cat/1.png"):
        (data / file).write_bytes((data / file).read_bytes()[:200])
    config = replace(small, data=str(data))
    with pytest.raises(ValueError, match="train/ant/3.png.*--skip-damaged"):
        run_training(config, tmp_path / "run")
    run = run_training(replace(config, skip_damaged=True), tmp_path / "run")
    assert run.data.skipped == {"damaged": 3}
    assert (run.data.training_images, run.data.test_images) == (34, 11)
    assert "--skip-damaged" in run.command


def test_test_images_of_another_size_are_refused_with_both(
    small: TrainingConfig, folder: Path, tmp_path: Path
) -> None:
    data = copied(folder, tmp_path / "data")
    for file in (data / "test").rglob("*.png"):
        Image.new("RGB", (48, 48)).save(file)
    words = "got 32 x 32 pixels to learn from and 48 x 48 pixels to test on"
    with pytest.raises(ValueError, match=words):
        run_training(replace(small, data=str(data)), tmp_path / "run")


def test_a_name_too_long_for_a_file_is_found_before_the_first_step(
    small: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Stepper, "step", lambda *_: pytest.fail("a step was taken"))
    with pytest.raises(RunFolderError, match="too long for a file's name.*--data-name"):
        run_training(replace(small, data_name="a" * 300), tmp_path)
    assert names(tmp_path) == []


def test_a_finished_run_keeps_its_name_whatever_it_is_called_now(
    small: TrainingConfig, tmp_path: Path
) -> None:
    config = replace(small, data="builtin")
    run = run_training(config, tmp_path)
    again = run_training(replace(config, data_name="other"), tmp_path)
    assert again == run and names(tmp_path) == ["checkpoint.pt", f"{run.stem}.json"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "first-residual-small-noise-quick"),
        ({"data": "builtin"}, "first-residual-builtin-quick"),
        ({"data_name": "CIFAR-10, JPEG q75"}, "first-residual-cifar-10-jpeg-q75-quick"),
        ({"label_noise": 0.3}, "first-residual-small-noise-noise30-quick"),
        ({"data_name": "Фото"}, "first-residual-quick"),
        ({"recipe": replace(SHORT, name="My Own!")},
         "first-residual-small-noise-my-own"),
    ],
)
def test_a_run_s_name_is_one_that_the_ledger_takes(
    small: TrainingConfig, change: dict, name: str
) -> None:
    found = replace(small, **change).name
    pattern = store._validator().schema["properties"]["name"]["pattern"]
    assert found == name and re.search(pattern, found)


def test_a_run_repeated_from_its_file_comes_to_the_same_weights(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(replace(small, label_noise=0.3), tmp_path / "a")
    read = store.read_run(tmp_path / "a" / f"{run.stem}.json")
    again = run_training(read.training, tmp_path / "b")
    assert timeless(again) == timeless(run)
    states = [load_checkpoint(tmp_path / x / "checkpoint.pt")["network"] for x in "ab"]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_complete_run_is_said_to_be_and_is_not_touched(
    small: TrainingConfig, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    run = run_training(small, tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    capsys.readouterr()
    again = run_training(replace(small, precision="bfloat16", points=3), tmp_path)
    assert again == run
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert "This run is complete" in capsys.readouterr().out


@pytest.mark.slow
def test_another_run_s_file_in_the_folder_is_not_taken_for_this_one_s(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(small, tmp_path / "four")
    longer = replace(small, recipe=replace(SHORT, steps=5))
    run_training(longer, tmp_path / "five")
    path = tmp_path / "four" / f"{run.stem}.json"
    own = path.read_bytes()
    path.write_bytes((tmp_path / "five" / path.name).read_bytes())
    words = "recipe, steps: 5 in the run file, 4 in the checkpoint.*Move the run file"
    with pytest.raises(ValueError, match=words):
        run_training(small, tmp_path / "four")
    path.unlink()
    assert run_training(small, tmp_path / "four") == run
    assert path.read_bytes() == own


def test_a_run_whose_file_was_lost_is_recorded_as_it_was(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(small, tmp_path)
    (tmp_path / f"{run.stem}.json").unlink()
    again = run_training(replace(small, precision="bfloat16"), tmp_path)
    assert again == run


def test_a_change_on_the_way_is_a_line_of_the_run(
    small: TrainingConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(ByteBatches, "starting_at", stopping_at(2))
        run_training(small, tmp_path)
    run = run_training(replace(small, precision="bfloat16"), tmp_path)
    [line] = run.changes
    assert line.startswith("after step 3: precision: 'float32' in the part before")
    assert run.configuration["precision"] == "float32" and not run.repeatable


def test_a_run_says_that_its_float32_was_strict(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(replace(small, precision="float32-strict"), tmp_path)
    assert run.configuration["precision"] == "float32-strict"


def test_names_build_the_networks_they_name() -> None:
    kinds = {
        "first_attention": small_networks.FirstAttentionNetwork,
        "first_residual": small_networks.FirstResidualNetwork,
    }
    assert registry.FIRST == kinds
    for name, kind in kinds.items():
        network = build_network(name, 3, seed=1)
        assert type(network) is kind
        assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 3)
    ours = build_network("cifar_attention56", 7, seed=1).state_dict()
    torch.manual_seed(1)
    theirs = zoo.cifar_attention56(num_classes=7).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    for hidden in ("__doc__", "nn", "Attention92"):
        with pytest.raises(ValueError, match="network must be one of"):
            find_network(hidden)


@pytest.mark.slow
def test_the_run_file_of_another_run_of_its_name_is_not_taken_for_a_run_s_own(
    small: TrainingConfig, tmp_path: Path
) -> None:
    longer = replace(small, recipe=replace(SHORT, steps=5))
    one, other = tmp_path / "one", tmp_path / "other"
    first, second = run_training(small, one), run_training(longer, other)
    assert first.stem == second.stem                 # nothing in the name tells them
    name = f"{first.stem}.json"
    shutil.copy(other / name, one / name)
    with pytest.raises(ValueError, match=r"steps: 5 in the run file, 4 in the checkpo"):
        run_training(small, one)
    (one / name).unlink()
    assert run_training(small, one).results.curve == first.results.curve


def test_a_run_file_with_another_test_error_than_the_run_s_is_refused(
    small: TrainingConfig, tmp_path: Path
) -> None:
    run = run_training(small, tmp_path)
    wrong = replace(run, results=replace(run.results, test_error=0.0123))
    store.write_run(wrong, tmp_path)
    with pytest.raises(ValueError, match="test_error: 0.0123 in the run file"):
        run_training(small, tmp_path)
