"""The file of a fine-tuned network: read by load_run, refused where damaged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.tensor_file import TensorFileError
from resattn_tutorial.training.checkpoint import CHECKPOINT
from resattn_tutorial.training.finetuned_file import (
    FINETUNED,
    FineTuned,
    read_finetuned,
    write_finetuned,
)
from resattn_tutorial.training.trained_network import load_run, read_state
from resattn_tutorial.training.tuned_on import TunedOn

CLASSES = ("ant", "bee", "cat")
ON = {"names": "ab12", "seed": 3, "share": 0.2, "series": None}


def made(**changed: object) -> FineTuned:
    best, last = (
        build_network("mini1", 3, seed, "local").state_dict() for seed in (1, 2)
    )
    return FineTuned(
        "mini1", "local", CLASSES, 24, (0.25, 0.5, 0.75), "a mini network", "pets", 4,
        best, last,
        (TunedOn("ab12", 3, 0.2), TunedOn("cd34"), TunedOn("ef56", 0, 0.5, "(.+)-")),
    )._replace(**changed)


def test_what_is_written_is_read(tmp_path: Path):
    ours = made()
    write_finetuned(tmp_path / FINETUNED, ours)
    found = read_finetuned(tmp_path / FINETUNED)
    for name, value in ours._asdict().items():
        if name in ("best", "last"):
            assert value.keys() == getattr(found, name).keys()
            assert all(torch.equal(getattr(found, name)[x], value[x]) for x in value)
        else:
            assert getattr(found, name) == value
    with pytest.raises(TypeError, match="tuned must be a FineTuned, got dict"):
        write_finetuned(tmp_path / FINETUNED, {})


def test_load_run_gives_its_best_network_classes_and_transform(tmp_path: Path):
    ours = made()
    write_finetuned(tmp_path / FINETUNED, ours)
    network, classes, transform, name, told, attention, on = load_run(tmp_path)
    assert on == ours.tuned_on
    assert (classes, name, attention) == (CLASSES, "mini1", "local")
    assert "fine-tuned on pets, epoch 4; it came from a mini network" in told
    assert not network.training and network.state_dict().keys() == ours.best.keys()
    assert all(torch.equal(network.state_dict()[x], ours.best[x]) for x in ours.best)
    image = Image.fromarray(np.full((50, 30, 3), 51, np.uint8))
    inputs = transform(image)
    assert inputs.shape == (3, 24, 24)
    torch.testing.assert_close(
        inputs[:, 0, 0], 0.2 - torch.tensor([0.25, 0.5, 0.75]))
    assert network(inputs[None]).shape == (1, 3)


def test_without_a_mean_colour_it_sees_photographs():
    assert isinstance(made(mean_colour=()).transform, PhotoInputs)
    assert isinstance(made().transform, SmallImageInputs)


@pytest.mark.parametrize(("changed", "words"), [
    ({"network": "mini11"}, "Did you mean mini1"),
    ({"attention": "all"}, "attention must be one of"),
    ({"classes": []}, "classes must hold at least one name"),
    ({"classes": [1, 2, 3]}, "a class must be text, got int"),
    ({"size": 0}, "size must be at least 1"),
    ({"data": None}, "data must be text"),
    ({"best_epoch": "4"}, "best_epoch must be a whole number"),
    ({"best": [1]}, "best must be a state dict, got list"),
    ({"last": {"a": 1}}, "must be a tensor, got int"),
    ({"best": {"a": torch.tensor(float("nan"))}}, "must hold finite numbers"),
    ({"tuned_on": []}, "tuned_on must tell at least one folder"),
    ({"tuned_on": {}}, "tuned_on must be a list or a tuple, got dict"),
    ({"tuned_on": [3]}, "tuned_on must be a list of dictionaries, got int"),
    ({"tuned_on": [{"names": "a"}]}, "must tell names, seed, share, series, got names"),
    ({"tuned_on": [ON | {"names": 1}]}, "names must be text, got int"),
    ({"tuned_on": [ON | {"seed": -1}]}, "seed must be at least 0"),
    ({"tuned_on": [ON | {"share": 1.0}]}, "share must be above 0 and below 1"),
    ({"tuned_on": [ON | {"share": None}]}, "both seed and share, or neither"),
    ({"tuned_on": [ON | {"series": "("}]}, "series must be a regular expression"),
    ({"finetuned": 1}, "of the format 2, got 1"),
    ({"finetuned": None}, "of the format 2, got None"),
])
def test_a_file_with_something_invalid_is_refused(
    tmp_path: Path, changed: dict, words: str
):
    path = tmp_path / FINETUNED
    write_finetuned(path, made())
    state = torch.load(path, weights_only=True) | changed
    torch.save(state, path)
    with pytest.raises(TensorFileError, match=words):
        load_run(tmp_path)


def test_a_file_that_lacks_something_or_is_cut_is_refused(tmp_path: Path):
    path = tmp_path / FINETUNED
    write_finetuned(path, made())
    state = torch.load(path, weights_only=True)
    del state["classes"], state["size"]
    torch.save(state, path)
    with pytest.raises(TensorFileError, match="it lacks classes, size"):
        read_finetuned(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(TensorFileError, match="not a whole file of tensors"):
        read_finetuned(path)
    with pytest.raises(FileNotFoundError):
        read_finetuned(tmp_path / "nothing.pt")


def test_weights_of_another_number_of_classes_are_refused(tmp_path: Path):
    write_finetuned(tmp_path / FINETUNED, made(classes=("ant", "bee")))
    with pytest.raises(ValueError, match="holds another network.*3 classes apart"):
        load_run(tmp_path)


def test_a_folder_with_files_of_both_kinds_is_refused(tmp_path: Path):
    write_finetuned(tmp_path / FINETUNED, made())
    with pytest.raises(FileNotFoundError, match="holds no checkpoint.pt.*holds a fine"):
        read_state(tmp_path)
    (tmp_path / CHECKPOINT).write_bytes(b"")
    with pytest.raises(ValueError, match="holds both a checkpoint.pt and a finetuned"):
        load_run(tmp_path)
