"""Checkpoints: whole or not at all, nothing run, nothing altered, differences named."""

from __future__ import annotations

import errno
import io
import os
import pickle
import random
from collections import namedtuple
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import make_trainer, small_network, unlike

from resattn_tutorial import files
from resattn_tutorial.config import differences
from resattn_tutorial.runtime.tensor_file import TensorFileError, require_plain
from resattn_tutorial.training.checkpoint import (
    CheckpointError,
    load_checkpoint,
    require_same_network,
    require_same_run,
    save_checkpoint,
)

full = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full disk to write to"
)


def a_state() -> dict[str, Any]:
    """A small one of every kind."""
    network = small_network()
    return {
        "network": network.state_dict(), "step": 812, "rate": 0.1, "none": None,
        "curve": [[1, 2.5, "three"], (4, True)], "scaler": {},
        "optimizer": {"state": {0: {"momentum": torch.arange(3.0)}}},
    }


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, a_state())
    return path


def alone(path: Path) -> bool:
    """Whether nothing lies beside a file."""
    return [part.name for part in path.parent.iterdir()] == [path.name]


def test_what_is_read_is_what_was_written(saved: Path) -> None:
    assert not unlike(load_checkpoint(saved), {"format": 2, **a_state()})
    assert alone(saved)


def test_a_new_checkpoint_takes_the_old_one_s_place(saved: Path) -> None:
    save_checkpoint(saved, {"step": 813})
    assert load_checkpoint(saved) == {"format": 2, "step": 813}
    assert alone(saved)


class Evil:
    """Unpickled, it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@pytest.mark.parametrize("kind", ["pickle", "checkpoint", "old checkpoint"])
def test_loading_never_runs_code(tmp_path: Path, kind: str) -> None:
    made, path = tmp_path / "made", tmp_path / "checkpoint.pt"
    state = {"format": 2, "step": Evil(made)}
    if kind == "pickle":
        path.write_bytes(pickle.dumps(state))
    else:
        new = kind == "checkpoint"
        torch.save(state, path, _use_new_zipfile_serialization=new)
    with pytest.raises(TensorFileError, match="checkpoint.pt is no"):
        load_checkpoint(path)
    assert not made.exists()
    read = pickle.load if kind == "pickle" else partial(torch.load, weights_only=False)
    with path.open("rb") as file:
        read(file)
    assert made.exists()                             # so it would have run


def test_a_pickle_inside_a_checkpoint_is_named_for_what_it_is(tmp_path: Path) -> None:
    torch.save({"format": 2, "step": Evil(tmp_path)}, tmp_path / "c.pt")
    with pytest.raises(TensorFileError, match="more than tensors.*None of it was run"):
        load_checkpoint(tmp_path / "c.pt")


def test_a_cut_file_is_refused_wherever_it_was_cut(saved: Path) -> None:
    content = saved.read_bytes()
    for length in [*range(0, len(content), 61), len(content) - 1]:
        saved.write_bytes(content[:length])
        with pytest.raises(TensorFileError, match="is not a whole file of tensors"):
            load_checkpoint(saved)


def test_a_file_with_an_altered_bit_is_refused_or_read_as_it_was(saved: Path) -> None:
    content, draw, refused = saved.read_bytes(), random.Random(0), 0
    wanted = load_checkpoint(saved)
    for _ in range(600):
        place, bit = draw.randrange(len(content)), 1 << draw.randrange(8)
        altered = bytearray(content)
        altered[place] ^= bit
        saved.write_bytes(altered)
        try:
            assert not unlike(load_checkpoint(saved), wanted), (place, bit)
        except TensorFileError as error:
            assert str(saved) in str(error)
            refused += 1
    assert refused > 300                             # the rest is padding and dates


def test_torch_alone_would_not_notice_an_altered_weight(saved: Path) -> None:
    content = bytearray(saved.read_bytes())
    weights = a_state()["network"]["0.weight"].numpy().tobytes()
    content[content.index(weights) + 3] ^= 1
    saved.write_bytes(content)
    found = torch.load(saved, weights_only=True)["network"]["0.weight"]
    assert not torch.equal(found, a_state()["network"]["0.weight"])
    with pytest.raises(TensorFileError, match="differs from its checksum"):
        load_checkpoint(saved)


def test_a_missing_file_and_a_folder_are_the_system_s_errors(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nothing.pt"):
        load_checkpoint(tmp_path / "nothing.pt")
    (tmp_path / "folder.pt").mkdir()
    with pytest.raises(OSError, match="folder.pt"):
        load_checkpoint(tmp_path / "folder.pt")


@pytest.mark.parametrize(("content", "words"), [
    ({"format": 1}, "by an earlier version of this package: it has the format 1, and"),
    ({"format": 3}, "by another version of this package: it has the format 3, and"),
    ({"step": 1}, "has the format None, and this version reads 2"),
])
def test_another_format_is_named(tmp_path: Path, content: Any, words: str) -> None:
    torch.save(content, tmp_path / "c.pt")
    with pytest.raises(CheckpointError, match=words):
        load_checkpoint(tmp_path / "c.pt")


def test_a_file_without_names_is_none(tmp_path: Path) -> None:
    torch.save([1], tmp_path / "c.pt")
    with pytest.raises(TensorFileError, match="holds no tensors by name"):
        load_checkpoint(tmp_path / "c.pt")


Place = namedtuple("Place", "x y")


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({"a": np.float64(1)}, r"content\['a'\] must be .* got float64"),
        ({"a": [0, Path("b")]}, r"content\['a'\]\[1\] must be .* got \w*Path"),
        ({"a": {"b": Place(1, 2)}}, r"content\['a'\]\['b'\] must be .* got Place"),
        ({"a": {np.int64(3): 1}}, r"the key .*3.* of content\['a'\] must be .* int64"),
        ({"a": {1, 2}}, "got set"),
        ({"a": torch.__version__}, "got TorchVersion"),
    ],
)
def test_what_could_not_be_read_again_is_not_written(
    saved: Path, state: dict, place: str
) -> None:
    before = saved.read_bytes()
    with pytest.raises(TypeError, match=place):
        save_checkpoint(saved, state)
    assert saved.read_bytes() == before and alone(saved)


def test_what_is_let_through_can_be_read(tmp_path: Path) -> None:
    require_plain("state", a_state())
    values = {"kinds": [True, 1, 1.5, "a", b"a", None, (1,), {"k": []}, {2: 3}]}
    save_checkpoint(tmp_path / "c.pt", values)
    assert load_checkpoint(tmp_path / "c.pt") == {"format": 2, **values}


@full
def test_a_full_disk_is_an_error_and_the_old_checkpoint_stays(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = saved.read_bytes()
    monkeypatch.setattr(files, "draft_name", lambda: "draft")
    for state in (a_state(), {"large": torch.zeros(1 << 20)}):
        (saved.parent / "draft").symlink_to("/dev/full")
        with pytest.raises(OSError, match="could not be written|No space left"):
            save_checkpoint(saved, state)
        assert saved.read_bytes() == before and alone(saved)


@pytest.mark.parametrize("after", [0, 100, 4000])
def test_a_disk_that_fills_up_on_the_way_leaves_the_old_checkpoint(
    saved: Path, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Filling(io.RawIOBase):
        left = after

        def write(self, content: Any) -> int:
            self.left -= len(content)
            if self.left < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return len(content)

    before, save = saved.read_bytes(), torch.save
    monkeypatch.setattr(torch, "save", lambda state, file: save(state, Filling()))
    with pytest.raises(OSError):
        save_checkpoint(saved, {"large": torch.zeros(10_000)})
    assert saved.read_bytes() == before and alone(saved)


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_refuses_at_the_end_leaves_the_old_checkpoint(
    saved: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    before = saved.read_bytes()
    monkeypatch.setattr(files.os, step, refuse)
    with pytest.raises(OSError, match="Input/output"):
        save_checkpoint(saved, {"step": 813})
    assert saved.read_bytes() == before and alone(saved)


def test_the_content_is_on_the_disk_before_the_name(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    for name in ("fsync", "replace"):
        real = getattr(os, name)
        monkeypatch.setattr(
            files.os, name,
            lambda *a, name=name, real=real: (told.append(name), real(*a)),
        )
    save_checkpoint(saved, {"step": 813})
    assert told == ["fsync", "replace", "fsync"]     # file, name, folder


def test_differences_name_place_and_both_values() -> None:
    was = {"seed": 0, "recipe": {"steps": 10, "drops": [4]}, "old": 1, "same": None}
    now = {"seed": 0, "recipe": {"steps": 20, "drops": [4]}, "new": 2, "same": None}
    assert differences(was, now) == [
        "new: None in the checkpoint, 2 in this run",
        "old: 1 in the checkpoint, None in this run",
        "recipe, steps: 10 in the checkpoint, 20 in this run",
    ]
    assert differences(was, was) == []
    require_same_run(was, was, Path("c.pt"))
    with pytest.raises(CheckpointError, match="c.pt is another run's: new.*; old.*; "):
        require_same_run(was, now, Path("c.pt"))


def test_another_network_s_weights_are_named() -> None:
    network = small_network()
    weights = network.state_dict()
    require_same_network(network, weights, "c.pt")
    other = dict(weights)
    del other["0.weight"]
    other["9.bias"] = torch.zeros(1)
    other["5.bias"] = torch.zeros(3)
    words = (
        r"c.pt holds another network: it lacks 0.weight; it has 9.bias besides; "
        r"5.bias is \(3,\) in it, \(7,\) here\."
    )
    with pytest.raises(CheckpointError, match=words):
        require_same_network(network, other, "c.pt")
    with pytest.raises(CheckpointError, match="it lacks .*; and 4 more"):
        require_same_network(network, {}, "c.pt")


def test_a_trainer_refuses_another_run_s_checkpoint(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    words = "checkpoint.pt holds another network: it lacks 3.weight"
    with pytest.raises(CheckpointError, match=words):
        make_trainer(tmp_path, small_network(0, torch.nn.BatchNorm2d(5)))
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
