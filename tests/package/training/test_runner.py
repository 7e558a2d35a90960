"""Experiments by name: data, network and recipe put together, run, recorded."""

from __future__ import annotations

import re
import shlex
import signal
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.label_noise import spoil_labels
from resattn_tutorial.data.transforms import as_inputs, colour_mean
from resattn_tutorial.ledger import store
from resattn_tutorial.models import registry, small_networks, zoo
from resattn_tutorial.models.registry import build_network, find_network
from resattn_tutorial.recipes import Recipe, find_recipe
from resattn_tutorial.runtime.distributed import Share
from resattn_tutorial.runtime.tensor_file import CheckpointError, load_checkpoint
from resattn_tutorial.training import runner
from resattn_tutorial.training.plans import Experiment
from resattn_tutorial.training.runner import errors_on, set_up, train_named

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
def small(folder: Path) -> Experiment:
    return Experiment("first_residual", str(folder), SHORT, seed=2)


def test_a_run_is_recorded_and_its_file_is_valid(
    small: Experiment, tmp_path: Path
) -> None:
    run = train_named(small, tmp_path, points=2)
    path = tmp_path / "first-residual-small-noise-quick-seed2.json"
    assert store.read_run(path) == run
    assert sorted(part.name for part in tmp_path.iterdir()) == sorted(
        ["checkpoint.pt", path.name]
    )
    assert run["data"] == {
        "name": "Small Noise", "form": "image files (.png)", "training images": 36,
        "test images": 12,
    }
    assert run["configuration"]["recipe"] == {**asdict(SHORT), "drops": []}
    assert run["configuration"]["precision"] == "float32"
    assert [point["step"] for point in run["curve"]] == [2, 4]
    assert run["results"]["test error"] == pytest.approx(
        1 - run["curve"][-1]["accuracy"], abs=2e-6
    )
    assert "data" not in run["configuration"]        # told in a field of its own


def test_the_results_are_the_trained_network_s(
    small: Experiment, tmp_path: Path, folder: Path
) -> None:
    run = train_named(small, tmp_path)
    network = build_network("first_residual", 3)
    network.load_state_dict(load_checkpoint(tmp_path / "checkpoint.pt")["network"])
    test, mean = open_set(folder, "test"), run["configuration"]["mean colour"]
    assert mean == colour_mean(open_set(folder, "train").images).tolist()
    with torch.inference_mode():
        logits = network.eval()(as_inputs(test.images, torch.tensor(mean)))
    wrong = (logits.argmax(dim=1) != test.labels).float().mean().item()
    assert run["results"]["test error"] == pytest.approx(wrong, abs=1e-6)
    assert run["results"]["top-5 error"] == 0        # of three classes


def test_an_interrupted_run_is_no_run_yet_and_goes_on(
    small: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = train_named(small, tmp_path / "whole")
    real = runner.ByteBatches.starting_at

    def ask(self: object, step: int) -> object:
        for number, batch in enumerate(real(self, step), step):
            if number == 2:
                signal.raise_signal(signal.SIGINT)
            yield batch

    with monkeypatch.context() as patch:
        patch.setattr(runner.ByteBatches, "starting_at", ask)
        assert train_named(small, tmp_path / "parts") is None
    assert [part.name for part in (tmp_path / "parts").iterdir()] == ["checkpoint.pt"]
    again = train_named(small, tmp_path / "parts")
    assert again["results"] == whole["results"]
    states = [
        load_checkpoint(tmp_path / part / "checkpoint.pt")["network"]
        for part in ("whole", "parts")
    ]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_the_folder_of_another_experiment_is_refused(
    small: Experiment, tmp_path: Path
) -> None:
    train_named(small, tmp_path)
    for other, words in (
        (small._replace(seed=3), "seed: 2 in the checkpoint, 3 in this run"),
        (small._replace(clean=0.5), "clean: 1.0 in the checkpoint, 0.5"),
        (small._replace(recipe=replace(SHORT, steps=9)), "recipe, steps: 4 .* 9 in"),
        (small._replace(network="first_attention"), "network: 'first_residual' in"),
    ):
        with pytest.raises(CheckpointError, match=words):
            train_named(other, tmp_path)


def test_exactly_the_labels_that_the_noise_says_are_spoiled(
    small: Experiment, folder: Path
) -> None:
    true = open_set(folder, "train").labels
    setting = set_up(small._replace(clean=0.7), CPU, "float32")
    spoiled = spoil_labels(true, 0.7, 3, seed=2)
    assert torch.equal(setting.batches.labels, spoiled)
    changed = int((spoiled != true).sum())
    assert 0 < changed < len(true)
    assert setting.configuration["spoiled labels"] == changed
    assert setting.configuration["clean"] == 0.7
    clean = set_up(small, CPU, "float32")
    assert torch.equal(clean.batches.labels, true)
    assert clean.configuration["spoiled labels"] == 0
    assert clean.errors().images == 12               # the test set stays as it is


def test_the_seed_draws_weights_and_batches(small: Experiment) -> None:
    def first(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        setting = set_up(small._replace(seed=seed), CPU, "float32")
        inputs, _ = next(setting.batches.starting_at(0))
        return next(setting.network.parameters()).detach(), inputs

    for ours, same, other in zip(first(1), first(1), first(2), strict=True):
        assert torch.equal(ours, same) and not torch.equal(ours, other)


def test_a_process_gets_its_part_of_batches_and_tests(small: Experiment) -> None:
    whole = set_up(small, CPU, "float32")
    parts = [set_up(small, CPU, "float32", Share(rank, 2)) for rank in range(2)]
    inputs = [next(part.batches.starting_at(3))[0] for part in parts]
    assert torch.equal(torch.cat(inputs), next(whole.batches.starting_at(3))[0])
    assert [part.errors().images for part in parts] == [6, 6]


@pytest.fixture
def no_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing may be opened."""

    def refuse(*words: object) -> None:
        pytest.fail(f"opened {words}")

    monkeypatch.setattr(runner, "open_set", refuse)


def test_an_unknown_network_is_refused_before_anything_is_fetched(
    tmp_path: Path, no_data: None
) -> None:
    words = "one of first_attention, first_residual, .*cifar_attention92.*got 'attn'"
    with pytest.raises(ValueError, match=words):
        train_named(Experiment("attn", "cifar10", SHORT), tmp_path)


def test_an_unknown_precision_is_refused_first(
    tmp_path: Path, no_data: None
) -> None:
    experiment = Experiment("first_residual", "cifar10", SHORT)
    with pytest.raises(ValueError, match="precision must be one of"):
        train_named(experiment, tmp_path, precision="half")


def test_unknown_data_and_recipes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="builtin, cifar10, cifar100 or a folder"):
        train_named(Experiment("first_residual", "cifar11", SHORT), tmp_path)
    with pytest.raises(ValueError, match="recipe must be one of"):
        find_recipe("paper")
    assert list(tmp_path.iterdir()) == []


def test_a_wrong_ratio_of_clean_labels_is_refused(
    small: Experiment, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="clean must be a number from 0 to 1, got 1.5"):
        train_named(small._replace(clean=1.5), tmp_path)


def test_a_test_set_of_other_classes_is_refused(
    small: Experiment, folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (root / "train").symlink_to(folder / "train")
    (root / "test").mkdir()
    for kind in ("ant", "cat"):                      # no bee: a cat's label would be 1
        (root / "test" / kind).symlink_to(folder / "test" / kind)
    words = "must have the same classes; only one of them has bee"
    with pytest.raises(ValueError, match=words):
        train_named(small._replace(data=str(root)), tmp_path / "run")


def test_photographs_to_test_small_images_on_are_refused(
    small: Experiment, folder: Path, tmp_path: Path
) -> None:
    root = tmp_path / "data"
    root.mkdir()
    (root / "train").symlink_to(folder / "train")
    for kind in ("ant", "bee", "cat"):
        (root / "test" / kind).mkdir(parents=True)
        Image.new("RGB", (100, 80)).save(root / "test" / kind / "0.png")
    with pytest.raises(ValueError, match="got ImageSet and PhotoSet"):
        train_named(small._replace(data=str(root)), tmp_path / "run")


def test_a_recipe_for_photographs_is_refused_for_small_images(
    small: Experiment, tmp_path: Path
) -> None:
    plan = replace(small.recipe, crop="area", size=16)
    with pytest.raises(ValueError, match="for small images .crop 'pad'., got quick"):
        train_named(small._replace(recipe=plan), tmp_path)


def test_small_images_need_the_mean_colour(folder: Path) -> None:
    network = build_network("first_residual", 3)
    with pytest.raises(ValueError, match="mean must be given"):
        errors_on(network, open_set(folder, "test"))


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
    run = train_named(Experiment("first_residual", str(root), plan), tmp_path / "run")
    assert run["data"]["training images"] == 8 and run["curve"][-1]["images"] == 8
    assert run["configuration"]["mean colour"] == []
    padded = replace(plan, crop="pad")
    with pytest.raises(ValueError, match="for photographs .crop 'area'., got quick"):
        train_named(Experiment("first_residual", str(root), padded), tmp_path / "other")


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({}, "first-residual-small-noise-quick"),
        ({"data": "builtin"}, "first-residual-builtin-quick"),
        ({"data_name": "CIFAR-10, JPEG q75"}, "first-residual-cifar-10-jpeg-q75-quick"),
        ({"clean": 0.7}, "first-residual-small-noise-clean70-quick"),
        ({"data_name": "Фото"}, "first-residual-quick"),
        ({"recipe": replace(SHORT, name="My Own!")},
         "first-residual-small-noise-my-own"),
    ],
)
def test_a_run_s_name_is_one_that_the_ledger_takes(
    small: Experiment, change: dict, name: str
) -> None:
    found = small._replace(**change).name
    pattern = store._validator().schema["properties"]["name"]["pattern"]
    assert found == name and re.search(pattern, found)


def test_the_command_says_what_makes_the_run() -> None:
    experiment = Experiment(
        "cifar_attention56", "/my data", replace(SHORT, learning_rate=0.12345678),
        seed=5, clean=1 / 3, data_name="my photos",
    )
    words = shlex.split(experiment.command)
    assert words[:3] == ["resattn", "train", "cifar_attention56"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options == {
        "--data": "/my data", "--data-name": "my photos", "--recipe": "quick",
        "--steps": "4", "--batch-size": "8", "--learning-rate": "0.12345678",
        "--clean": repr(1 / 3), "--seed": "5",
    }
    assert float(options["--learning-rate"]) == experiment.recipe.learning_rate


def test_the_command_says_how_it_ran(small: Experiment, tmp_path: Path) -> None:
    run = train_named(small, tmp_path / "plain")
    assert run["command"] == small.command
    run = train_named(small, tmp_path / "bf16", precision="bfloat16", shares=4)
    assert run["command"] == f"{small.command} --precision bfloat16 --shares 4"
    assert run["configuration"]["parts of a batch"] == 4
    ran = {**run["configuration"], "compiled": True, "deterministic": True}
    assert small.command_as_run(ran).endswith("4 --compile --deterministic")


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
