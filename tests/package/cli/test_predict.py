"""``resattn predict`` and ``load_run``: a trained network names what is on images."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from resattn_tutorial.cli import predict
from resattn_tutorial.cli.app import app
from resattn_tutorial.cli.image_words import image_files
from resattn_tutorial.cli.predict import Prediction, told
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.models.weights import CifarAttention56_Weights as Packaged
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.names import OutputForm
from resattn_tutorial.training.checkpoint import CHECKPOINT, CheckpointError
from resattn_tutorial.training.trained_network import load_packaged, load_run

GREYS = {"ant": 20, "bee": 110, "cat": 200}
TRAIN = ("train", "first_residual", "--batch-size", "6", "--learning-rate", "0.05",
         "--steps", "30", "--points", "1")


def resattn(*typed: str):
    """What a command answers: ``exit_code``, ``stdout``, ``stderr``."""
    return CliRunner().invoke(app, list(typed))


def grey(level: int, height: int, width: int) -> Image.Image:
    return Image.fromarray(np.full((height, width, 3), level, dtype=np.uint8))


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run that tells three greys apart."""
    root = tmp_path_factory.mktemp("trained")
    for split in ("train", "test"):
        for name, level in GREYS.items():
            (root / "data" / split / name).mkdir(parents=True)
            for number in range(2):
                path = root / "data" / split / name / f"{number}.png"
                grey(level + 3 * number, 32, 32).save(path)
    words = ("--data", str(root / "data"), "--folder", str(root / "run"))
    done = resattn(*TRAIN, *words)
    assert done.exit_code == 0 and "Test error 0.00%" in done.output, done.output
    return root


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Six of the built-in scenes as files, named by their classes, and one enlarged."""
    few = load_scenes("test", 6)
    for number, (image, label) in enumerate(zip(few.images, few.labels, strict=True)):
        pixels = Image.fromarray(image.permute(1, 2, 0).numpy())
        pixels.save(tmp_path / f"{number}-{CLASSES[label]}.png")
    (tmp_path / "deeper").mkdir()
    pixels.resize((320, 400)).save(tmp_path / "deeper" / "large.jpg")
    return tmp_path


# load_run


@pytest.mark.slow
def test_a_run_is_loaded_with_classes_and_transform_in_one_line(trained: Path):
    network, classes, transform, *_ = load_run(trained / "run")
    assert classes == tuple(GREYS) and not network.training
    for size in ((32, 32), (90, 61)):           # any size is brought to the learned one
        for number, level in enumerate(GREYS.values()):
            inputs = transform(grey(level, *size))
            assert inputs.shape == (3, 32, 32)
            with torch.inference_mode():
                assert network(inputs[None]).argmax() == number


@pytest.mark.slow
def test_a_loaded_run_holds_the_weights_of_its_checkpoint(trained: Path):
    state = torch.load(trained / "run" / CHECKPOINT, weights_only=True)["network"]
    own = load_run(trained / "run").network.state_dict()
    assert own.keys() == state.keys()
    assert all(torch.equal(own[name], state[name]) for name in own)


@pytest.mark.slow
@pytest.mark.parametrize(("changed", "error", "words"), [
    ({"classes": []}, ValueError, "does not tell the names of its classes"),
    ({"classes": ["ant"]}, ValueError, "holds another network.*3 classes apart"),
    ({"new": 1}, CheckpointError, "does not say what its network learn"),
])
def test_a_checkpoint_that_does_not_fit_itself_is_refused(
    trained: Path, tmp_path: Path, changed: dict, error: type, words: str
):
    state = torch.load(trained / "run" / CHECKPOINT, weights_only=True)
    state["data"] |= changed
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(error, match=words):
        load_run(tmp_path)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="holds no checkpoint.pt"):
        load_run(tmp_path)


def test_packaged_weights_are_loaded_the_same_way():
    network, classes, transform, name, said, *_ = load_packaged(weights="SCENES")
    expected = cifar_attention56(weights="SCENES").eval()
    images = torch.randn(2, 3, 32, 32)
    assert torch.equal(network(images), expected(images))
    assert classes == CLASSES and name == "cifar_attention56" and "SCENES" in said
    assert transform.mean_colour == Packaged.SCENES.transforms().mean_colour
    with pytest.raises(ValueError, match="carried for cifar_attention56, got"):
        load_packaged("attention56")
    with pytest.raises(ValueError, match="weights must be one of"):
        load_packaged(weights="NONE")


# predict


@pytest.mark.slow
def test_a_run_names_its_own_classes_on_images_of_any_size(trained: Path, tmp_path):
    for name, level in GREYS.items():
        grey(level, 50, 80).save(tmp_path / f"{name}.png")
    answer = resattn("predict", str(tmp_path), "--folder", str(trained / "run"),
                     "--top", "1", "--format", "csv")
    rows = list(csv.DictReader(answer.stdout.splitlines()))
    assert answer.exit_code == 0
    assert [(Path(row["image"]).stem, row["class"]) for row in rows] == [
        (name, name) for name in GREYS]
    assert "first_residual after step 30 of 30" in answer.stderr


def test_scores_are_the_softmax_of_the_networks_answers(scenes: Path):
    answer = resattn("predict", str(scenes), "--weights", "SCENES", "--top", "10",
                     "--format", "json")
    found = json.loads(answer.stdout)
    assert answer.exit_code == 0 and len(found) == 7
    network, transform = cifar_attention56(weights="SCENES").eval(), (
        Packaged.SCENES.transforms())
    few = load_scenes("test", 6)
    with torch.inference_mode():
        expected = network(transform(few.images)).softmax(1)
    told_of = {Path(one["image"]).name: one["classes"] for one in found}
    for number, label in enumerate(few.labels):
        row = told_of[f"{number}-{CLASSES[label]}.png"]
        scores = [one["score"] for one in row]
        assert scores == sorted(scores, reverse=True) and len(row) == 10
        for one in row:
            wanted = expected[number, CLASSES.index(one["class"])].item()
            assert one["score"] == pytest.approx(wanted, abs=2e-4)


def test_three_classes_are_named_or_all_where_there_are_fewer(scenes: Path):
    trained = load_packaged(weights="SCENES")
    files = image_files([str(scenes / "deeper")])
    (found,) = predict.predictions(trained, files, None)
    assert len(found.classes) == 3

    class Two(torch.nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return torch.tensor([[0.0, 1.0]])

    two = trained._replace(network=Two(), classes=("ant", "bee"))
    (found,) = predict.predictions(two, files, None)
    assert found.classes == ("bee", "ant")
    with pytest.raises(ValueError, match="top must be at most 2, got 3"):
        list(predict.predictions(two, files, 3))


def test_an_image_that_cannot_be_read_is_named_and_the_others_are_shown(scenes: Path):
    (scenes / "0-broken.png").write_bytes(b"no image")
    answer = resattn("predict", str(scenes), "--weights", "SCENES", "--top", "1")
    assert answer.exit_code == 1 and "0-broken.png cannot be read" in answer.stderr
    assert len(answer.stdout.splitlines()) == 1 + 7
    assert "broken" not in answer.stdout


@pytest.mark.parametrize(("words", "said"), [
    (("nothing.jpg",), "nothing.jpg leads to no image"),
    (("no*.jpg",), "no*.jpg leads to no image"),
    (("empty",), "empty holds no image"),
    (("1.png", "--weights", "SCENES", "--folder", "empty"), "which has its own"),
    (("1.png", "--folder", "empty"), "holds no checkpoint.pt"),
    (("1.png", "--top", "11"), "top must be at most 10, got 11"),
    (("1.png", "--weights", "SCENE"), "Did you mean SCENES?"),
])
def test_what_cannot_be_predicted_is_one_line_and_status_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple, said: str
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    grey(9, 32, 32).save("1.png")
    answer = resattn("predict", *words)
    assert answer.exit_code == 1 and said in answer.stderr and not answer.stdout
    assert answer.stderr.count("\n") == 1


def test_files_folders_and_patterns_are_found_once_each(scenes: Path, monkeypatch):
    monkeypatch.chdir(scenes)
    (scenes / "notes.txt").write_text("no image")
    pattern = sorted(Path().glob("[01]-*.png"))
    assert image_files(["[01]-*.png"]) == pattern
    everything = image_files([str(scenes)])
    assert len(everything) == 7 and everything == sorted(everything)
    assert image_files([str(pattern[1]), "*.png"])[0] == pattern[1]
    assert len(image_files([str(pattern[1]), "*.png"])) == 6
    with pytest.raises(ValueError, match="images must be given"):
        image_files([])


def test_three_forms_tell_the_same():
    found = [Prediction("a, b.png", ("cat", "dog"), (0.75, 0.2))]
    assert json.loads("\n".join(told(found, OutputForm.JSON))) == [
        {"image": "a, b.png", "classes": [
            {"class": "cat", "score": 0.75}, {"class": "dog", "score": 0.2}]}]
    rows = list(csv.reader(told(found, OutputForm.CSV)))
    assert rows == [["image", "rank", "class", "score"],
                    ["a, b.png", "1", "cat", "0.7500"],
                    ["a, b.png", "2", "dog", "0.2000"]]
    assert told(found, OutputForm.TABLE) == [
        "image     rank  class   score",
        "a, b.png     1  cat    0.7500",
        "a, b.png     2  dog    0.2000",
    ]


def test_without_weights_or_a_run_the_default_weights_answer():
    assert "CIFAR10_JPEG_Q75_V1" in predict.trained_network(None, None).told
