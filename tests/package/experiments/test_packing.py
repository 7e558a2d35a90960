"""Weights in 16 bits: packed from a finished run, and read back only if whole."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace

import pytest
import torch
from PIL import Image
from torchvision.models import Weights

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.experiments import packing
from resattn_tutorial.experiments.packing import in_16_bits, pack
from resattn_tutorial.ledger import store
from resattn_tutorial.models import weights
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.weights import PackagedWeights, in_32_bits
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.tensor_file import read_tensors, write_tensors
from resattn_tutorial.training.runner import run_training


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of a few tiny images in two classes, and one to train on it in."""
    noise = torch.Generator().manual_seed(0)
    for split, count in (("train", 8), ("test", 6)):
        for kind in ("dark", "light"):
            place = tmp_path / "images" / split / kind
            place.mkdir(parents=True)
            for number in range(count):
                pixels = torch.randint(128, (16, 16, 3), generator=noise)
                pixels += 127 if kind == "light" else 0
                image = Image.fromarray(pixels.to(torch.uint8).numpy())
                image.save(place / f"{number}.png")
    return tmp_path


@pytest.fixture
def finished(folder):
    """A finished run of two steps."""
    recipe = Recipe("tiny", 2, 4, 0.01)
    images = str(folder / "images")
    config = TrainingConfig("first_residual", images, recipe, points=1)
    run_training(config, folder / "run")
    return folder / "run"


def test_packed_weights_give_the_error_that_their_run_file_tells(finished, folder):
    (folder / "runs").mkdir()
    path = pack(finished, str(folder / "images"), folder, folder / "runs")
    [run] = store.read_runs("first-residual-images-tiny", folder / "runs")
    network = build_network("first_residual", 2)
    network.load_state_dict(in_32_bits(read_tensors(path)["network"]))
    inputs = SmallImageInputs(mean=run.data.mean_colour)
    files = sorted((folder / "images/test").rglob("*.png"))
    batch = torch.stack([inputs(Image.open(file)) for file in files])
    guesses = network.eval()(batch).argmax(1)
    truth = torch.tensor([file.parent.name == "light" for file in files]).long()
    wrong = (guesses != truth).float().mean().item()
    assert run.results.scores["test_error_in_16_bits"] == pytest.approx(wrong)


def test_only_what_has_two_axes_or_more_is_rounded_to_16_bits(finished):
    whole = read_tensors(finished / "checkpoint.pt")["network"]
    halves = in_16_bits(whole)
    for name, value in whole.items():
        kind = torch.float16 if value.dim() > 1 else value.dtype
        assert halves[name].dtype == kind, name
        torch.testing.assert_close(
            halves[name].double(), value.double(), rtol=2**-11, atol=2**-25
        )
    back = in_32_bits(halves)
    kinds = {value.dtype for value in back.values()}
    assert kinds == {torch.float32, torch.int64}


def test_a_folder_without_one_run_file_is_refused(folder):
    with pytest.raises(ValueError, match="must hold one run file, got 0"):
        pack(folder, str(folder / "images"), folder, folder)


def test_other_test_images_than_the_runs_are_refused(finished, folder):
    (folder / "images/test/dark/0.png").unlink()
    with pytest.raises(ValueError, match="12 test images, got 11"):
        pack(finished, str(folder / "images"), folder, folder)


@pytest.fixture
def packaged(tmp_path, monkeypatch):
    """A file of weights where the package's would be, and what describes it."""
    monkeypatch.setattr(weights, "PRETRAINED", tmp_path)
    path = tmp_path / "trial.pt"
    write_tensors(path, {"network": {"w": torch.tensor([[0.5]]).half()}})
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    told = Weights(url="trial.pt", transforms=SmallImageInputs, meta={"sha256": sha256})
    trial = SimpleNamespace(url=told.url, meta=told.meta)
    return path, lambda: PackagedWeights.get_state_dict(trial)


def test_packaged_weights_come_in_32_bits(packaged):
    assert packaged[1]()["w"].dtype == torch.float32


def test_a_cut_altered_or_missing_file_of_weights_is_refused(packaged):
    path, read = packaged
    whole = path.read_bytes()
    for spoiled in (whole[:-9], whole[:200] + b"?" + whole[201:]):
        path.write_bytes(spoiled)
        with pytest.raises(ValueError, match="cut short or altered"):
            read()
    path.unlink()
    with pytest.raises(FileNotFoundError, match="Install the package again"):
        read()


def test_images_and_bytes_become_the_same_inputs():
    pixels = torch.arange(3 * 4 * 4, dtype=torch.uint8).view(3, 4, 4)
    inputs = SmallImageInputs(mean=(0.1, 0.2, 0.3))
    by_hand = pixels.double() / 255 - torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)
    image = Image.fromarray(pixels.permute(1, 2, 0).numpy())
    for given in (pixels, image, pixels[None].expand(2, -1, -1, -1)):
        found = inputs(given)
        expected = by_hand.expand(found.shape).float()
        torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)


def test_the_packer_and_the_loader_mean_the_same_place():
    assert packing.PRETRAINED is weights.PRETRAINED
