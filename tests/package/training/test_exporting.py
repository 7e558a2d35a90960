"""``resattn export``: an ONNX file that says what the network says, or none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from typer.testing import CliRunner

from resattn_tutorial.cli.app import app
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.weights import CifarAttention56_Weights as Packaged
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.training import exporting
from resattn_tutorial.training.exporting import (
    TOLERANCE,
    ExportError,
    export_onnx,
    tolerance,
    usual_size,
)
from resattn_tutorial.training.trained_network import TrainedNetwork

WHY = "onnx, onnxscript and onnxruntime are the test extra's: not installed"
exports = pytest.mark.xdist_group("compile")         # they share seconds of imports


def small(size: int | None = 32) -> TrainedNetwork:
    torch.manual_seed(0)
    transform = SmallImageInputs(mean=(0.1, 0.2, 0.3), size=size)
    return TrainedNetwork(
        mini_network(1, 3).eval(), ("ant", "bee", "cat"), transform, "mini1", "a trial")


def needs_onnx() -> None:
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package, reason=WHY)


@exports
@pytest.mark.slow
def test_other_programs_read_the_file_with_all_that_they_need(tmp_path: Path):
    needs_onnx()
    import onnx
    import onnxruntime

    path = tmp_path / "scenes.onnx"
    answer = CliRunner().invoke(
        app, ["export", "--weights", "SCENES", "--to", str(path)])
    assert answer.exit_code == 0 and answer.output.count("largest difference") == 6
    held = {one.key: one.value for one in onnx.load(path).metadata_props}
    assert tuple(json.loads(held["classes"])) == CLASSES and held["size"] == "32"
    # By what stands in the file alone: from bytes to classes.
    scenes = load_scenes("test", 40)
    mean = np.array(json.loads(held["mean"]), np.float32).reshape(3, 1, 1)
    deviation = np.array(json.loads(held["deviation"]), np.float32).reshape(3, 1, 1)
    inputs = (scenes.images.numpy().astype(np.float32) / 255 - mean) / deviation
    [logits] = onnxruntime.InferenceSession(path).run(None, {"images": inputs})
    network = cifar_attention56(weights="SCENES").eval()
    with torch.inference_mode():
        expected = network(Packaged.SCENES.transforms()(scenes.images))
    assert (logits.argmax(1) == expected.argmax(1).numpy()).all()
    assert [x.name for x in tmp_path.iterdir()] == ["scenes.onnx"]


@exports
@pytest.mark.slow
def test_a_file_that_says_something_else_is_not_kept(tmp_path: Path, monkeypatch):
    needs_onnx()
    trained, path = small(), tmp_path / "network.onnx"
    written = exporting._as_onnx

    def spoilt(network, side, told):
        content = written(network, side, told)
        with torch.no_grad():
            network.head.classify.bias += 0.1        # the network, after it was written
        return content

    monkeypatch.setattr(exporting, "_as_onnx", spoilt)
    with pytest.raises(ExportError, match="answers differ .* was not kept"):
        export_onnx(trained, path)
    assert not list(tmp_path.iterdir())


class Cancels(nn.Module):
    """In float32 little is left of what it answers."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 1, 1)

    def forward(self, images: Tensor) -> Tensor:
        return self.stem(images).mean((2, 3)) + 1e6 - 1e6


def test_a_file_may_differ_by_what_float32_leaves_and_no_more():
    assert tolerance(small().network, 32) == TOLERANCE
    network = Cancels().eval()
    assert tolerance(network, 32) > 0.1
    assert network.stem.weight.dtype == torch.float32


@exports
@pytest.mark.slow
def test_a_right_file_of_a_network_that_rounds_much_is_kept(tmp_path, monkeypatch):
    needs_onnx()
    monkeypatch.setattr(exporting, "TOLERANCE", 1e-9)
    found = export_onnx(small(), tmp_path / "network.onnx")
    assert 1e-9 < max(found.values()) < 1e-5 and (tmp_path / "network.onnx").exists()


@pytest.mark.parametrize(("transform", "expected"), [
    (SmallImageInputs(mean=(0, 0, 0), size=48), 48),
    (SmallImageInputs(mean=(0, 0, 0)), 32),
    (PhotoInputs(224), 224),
])
def test_the_usual_size_is_the_one_that_was_learned(transform, expected: int):
    assert usual_size(small()._replace(transform=transform)) == expected


def test_another_ending_is_refused_before_anything_is_done(tmp_path: Path):
    with pytest.raises(ValueError, match="to must end in .onnx, got 'network.pt'"):
        export_onnx(small(), tmp_path / "network.pt")


def test_a_missing_package_is_named_with_what_to_type(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ModuleNotFoundError, match="pip install onnx onnxscript"):
        export_onnx(small(), tmp_path / "network.onnx")
