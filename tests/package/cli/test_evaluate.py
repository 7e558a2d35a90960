"""``resattn evaluate``: classes by name, images of the size that was learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_runs import make_trainer
from typer.testing import CliRunner

from resattn_tutorial.cli.app import app
from resattn_tutorial.models.weights import CifarAttention56_Weights as Trained

CIFAR = Trained.DEFAULT.meta["categories"]


def resattn(*typed: str):
    """What a command answers."""
    return CliRunner().invoke(app, list(typed))


def write_classes(root: Path, names: dict[str, int], side: int = 32) -> Path:
    """Test images of classes by name, each class of its own grey; a training folder.
    """
    for split in ("train", "test"):
        for name, grey in names.items():
            (root / split / name).mkdir(parents=True)
            for number in range(2):
                pixels = np.full((side, side, 3), grey + 3 * number, dtype=np.uint8)
                Image.fromarray(pixels).save(root / split / name / f"{number}.png")
    return root


GREYS = {"ant": 20, "bee": 110, "cat": 200}
TRAIN = ("train", "first_residual", "--batch-size", "6", "--learning-rate", "0.05",
         "--steps", "30", "--points", "1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run on ant, bee and cat, and what it learned from."""
    root = tmp_path_factory.mktemp("trained")
    write_classes(root / "data", GREYS)
    words = ("--data", str(root / "data"), "--folder", str(root / "run"))
    done = resattn(*TRAIN, *words)
    assert done.exit_code == 0 and "Test error 0.00%" in done.output, done.output
    return root


def answer_on(trained: Path, data: Path):
    """What evaluating that run on other data answers."""
    return resattn("evaluate", "--folder", str(trained / "run"), "--data", str(data))


@pytest.mark.slow
def test_other_data_with_the_same_classes_is_answer_on(trained: Path, tmp_path) -> None:
    answer = answer_on(trained, write_classes(tmp_path, GREYS))
    assert answer.exit_code == 0 and "test error 0.00%" in answer.output


@pytest.mark.parametrize("names", [
    {"a-cat": 200, "ant": 20, "bee": 110},           # the order changes
    {"Ant": 20, "Bee": 110, "Cat": 200},
    {"ant": 20, "bee": 110},
    {"ant": 20, "bee": 110, "cat": 200, "dog": 250},
])
def test_a_run_is_not_tested_on_classes_of_other_names(
    trained: Path, tmp_path: Path, names: dict[str, int]
) -> None:
    answer = answer_on(trained, write_classes(tmp_path / "other", names))
    assert answer.exit_code == 1 and "test error" not in answer.output
    assert "learned ant, bee, cat; in other " in answer.output
    assert all(name in answer.output for name in names)


@pytest.mark.parametrize(("side", "words"), [
    (48, "these were 32 x 32 pixels, and other has 48 x 48 pixels"),
    (100, "these were 32 x 32 pixels, and other has photographs"),
])
def test_a_run_is_not_tested_on_images_of_another_size(
    trained: Path, tmp_path: Path, side: int, words: str
) -> None:
    answer = answer_on(trained, write_classes(tmp_path / "other", GREYS, side))
    assert answer.exit_code == 1 and words in answer.output


def test_packaged_weights_are_matched_by_the_names_of_the_classes(tmp_path) -> None:
    names = {name: 10 + 20 * k for k, name in enumerate(CIFAR)}
    good = write_classes(tmp_path / "good", names)
    answer = resattn("evaluate", "cifar_attention56", "--data", str(good))
    assert answer.exit_code == 0 and "with its weights CIFAR10_JPEG" in answer.output
    renamed = {
        {"airplane": "plane", "automobile": "car", "horse": "a-horse"}.get(name, name):
        grey for name, grey in names.items()
    }
    other = write_classes(tmp_path / "other", renamed)
    answer = resattn("evaluate", "cifar_attention56", "--data", str(other))
    assert answer.exit_code == 1
    assert "learned airplane, automobile, bird" in answer.output
    assert "in other a-horse, bird, car" in answer.output


def test_weights_of_photographs_are_not_tested_on_clothing() -> None:
    answer = resattn("evaluate", "cifar_attention56", "--data", "builtin")
    assert answer.exit_code == 1 and "learned airplane" in answer.output
    assert "--weights SCENES" in answer.output


@pytest.mark.parametrize(("words", "said"), [
    (("cifar_attention56", "--weights", "SCENE", "--data", "builtin"), "mean SCENES"),
    (("--folder", "run", "--weights", "SCENES"), "a run's folder has its own"),
])
def test_weights_that_there_are_not_are_refused(words: tuple, said: str) -> None:
    answer = resattn("evaluate", *words)
    assert answer.exit_code == 1 and said in answer.output


@pytest.mark.slow
def test_the_scenes_weights_err_on_the_scenes_as_their_run_says() -> None:
    words = ("--weights", "SCENES", "--data", "builtin")
    answer = resattn("evaluate", "cifar_attention56", *words)
    error = 100 - Trained.SCENES.meta["_metrics"]["built-in scenes"]["acc@1"]
    assert f"test error {error:.2f}%" in answer.output, answer.output


def test_a_checkpoint_that_tells_no_data_is_refused(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    answer = resattn("evaluate", "--folder", str(tmp_path))
    assert answer.exit_code == 1
    assert "does not say what its network learned from" in answer.output
