"""Checkpoints: whole or not at all, nothing run, nothing altered, differences named."""

from __future__ import annotations

import errno
import io
import os
import pickle
import random
from collections import namedtuple
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import make_trainer, recipe, small_network, stopping_at, unlike

from resattn_tutorial import files
from resattn_tutorial.config import differences
from resattn_tutorial.models.weights import PRETRAINED
from resattn_tutorial.runtime.tensor_file import (
    TensorFileError,
    read_tensors,
    require_plain,
    write_tensors,
)
from resattn_tutorial.training.checkpoint import (
    FORMAT,
    CheckpointError,
    load_checkpoint,
    require_same_network,
    require_same_optimizer,
    require_same_run,
    save_checkpoint,
)
from resattn_tutorial.training.checkpoint_form import FORM

full = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="this system has no full disk to write to"
)


def a_state() -> dict[str, Any]:
    """That of a run that has not begun."""
    return make_trainer(Path("nowhere")).state()


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.pt"
    save_checkpoint(path, a_state())
    return path


def alone(path: Path) -> bool:
    """Whether nothing lies beside a file."""
    return [part.name for part in path.parent.iterdir()] == [path.name]


def test_what_is_read_is_what_was_written(saved: Path) -> None:
    assert not unlike(load_checkpoint(saved), {"format": FORMAT, **a_state()})
    assert alone(saved)


def test_a_new_checkpoint_takes_the_old_one_s_place(saved: Path) -> None:
    save_checkpoint(saved, a_state() | {"step": 7})
    assert load_checkpoint(saved)["step"] == 7
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
    state = {"format": 3, "step": Evil(made)}
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
    torch.save({"format": 3, "step": Evil(tmp_path)}, tmp_path / "c.pt")
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
    weights = a_state()["network"]["5.weight"].numpy().tobytes()
    content[content.index(weights) + 3] ^= 1
    saved.write_bytes(content)
    found = torch.load(saved, weights_only=True)["network"]["5.weight"]
    assert not torch.equal(found, a_state()["network"]["5.weight"])
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
    ({"format": FORMAT - 1}, "by an earlier version of this package: it has the"),
    ({"format": FORMAT + 1}, "by another version of this package: it has the format"),
    ({"step": 1}, f"has the format None, and this version reads {FORMAT}"),
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
    write_tensors(tmp_path / "c.pt", values)
    assert read_tensors(tmp_path / "c.pt") == values


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
    with pytest.raises(OSError, match="No space left on device: .*checkpoint.pt"):
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
    with pytest.raises(CheckpointError, match="it lacks .*; and 3 more, 8 in all: 8 m"):
        require_same_network(network, {}, "c.pt")


def test_weights_of_another_kind_of_number_are_named() -> None:
    network = small_network()
    whole = {name: value.to(torch.int8) for name, value in network.state_dict().items()}
    with pytest.raises(CheckpointError, match="0.weight is torch.int8 in it, torch.fl"):
        require_same_network(network, whole, "c.pt")


@pytest.mark.parametrize(("name", "value"), [
    ("momentum", "x"), ("weight_decay", 50.0), ("nesterov", None),
])
def test_an_optimizer_with_other_options_is_named(name: str, value: Any) -> None:
    optimizer = torch.optim.SGD(small_network().parameters(), 0.1, momentum=0.9)
    state = optimizer.state_dict()
    require_same_optimizer(optimizer, state, Path("c.pt"))
    state["param_groups"][0][name] = value
    with pytest.raises(CheckpointError, match=f"another optimizer's state: {name}"):
        require_same_optimizer(optimizer, state, Path("c.pt"))


def begun(folder: Path) -> dict[str, Any]:
    """The state of a run of twelve steps that was stopped after the sixth."""
    make_trainer(folder, batches=stopping_at(5)).run()
    return load_checkpoint(folder / "checkpoint.pt")


def put(state: dict[str, Any], place: str, value: Any) -> None:
    """Set a value that lies under several names, given with slashes."""
    *path, last = [int(x) if x.isdigit() else x for x in place.split("/")]
    for name in path:
        state = state[name]
    state[last] = value


# A point of a run that is tested: no validation error and loss.
UNTOLD = [None, None]
CANNOT_BE = [
    ("step", -1, "step must be from 0 to 12, got -1"),
    ("step", 13, "step must be from 0 to 12, got 13"),
    ("step", 10**20, "step must be from 0 to 12, got 1000"),
    ("step", 2.0, "step must be int, got float"),
    ("step", True, "step must be int, got bool"),
    ("step", None, "step must be int, got NoneType"),
    ("parts", 0, "parts must divide the batch of 8, got 0"),
    ("parts", 10**9, "parts must divide the batch of 8, got 1000000000"),
    ("parts", 3, "parts must divide the batch of 8, got 3"),
    ("since_point", 99, "since_point must be from 0"),
    ("watched", {"step 4": 0.5}, "watched must be numbers by name"),
    ("watched", {"step 4": {"memorised": float("nan")}}, "watched must be numbers"),
    ("watched", {4: {"memorised": 0.5}}, "watched must be numbers by name"),
    ("frozen", {"no gradient": "stem"}, "frozen must be lists of names"),
    ("frozen", {"no gradient": [3]}, "frozen must be lists of names"),
    ("frozen", ["stem"], "frozen must be dict, got list"),
    ("seconds", -1.0, "seconds and testing must be"),
    ("testing", float("nan"), "seconds and testing must be"),
    ("curve", [[4, 32, 0.1]], "curve must be points"),
    ("curve", [[99, 32, 0.1, 2.0, 0.5, *UNTOLD]], "curve must be points"),
    ("curve", [[4, 32, 0.1, float("nan"), 0.5, *UNTOLD]], "curve must be points"),
    ("curve", ["four"], "curve must be points"),
    ("curve", [[4, 32, 2.0, 2.0, 0.5, *UNTOLD], [2, 16, 3.0, 2.0, 0.5, *UNTOLD]],
     "points .* in order"),
    ("curve", [[4, 32, 2.0, 2.0, 0.5, *UNTOLD], [4, 32, 2.0, 2.0, 0.5, *UNTOLD]],
     "points .* in order"),
    ("curve", [[2, 16, 2.0, 2.0, 0.5, *UNTOLD], [4, 32, 1.0, 2.0, 0.5, *UNTOLD]],
     "points .* in order"),
    ("curve", [[4, 33, 0.1, 2.0, 0.5, *UNTOLD]], "curve must be points"),
    ("curve", [[4.0, 32, 0.1, 2.0, 0.5, *UNTOLD]], "curve must be points"),
    ("curve", [[4, 32, -0.1, 2.0, 0.5, *UNTOLD]], "curve must be points"),
    ("curve", [[4, 32, 0.1, 2.0, 1.5, *UNTOLD]], "curve must be points"),
    ("curve", [[0, 0, 0.1, 2.0, 0.5, *UNTOLD]], "curve must be points"),
    ("curve", [[4, 32, 0.1, 2.0, 0.5, None]], "curve must be points"),
    ("curve", [[4, 32, 0.1, 2.0, None, 0.5, None]], "curve must be points"),
    ("curve", [[4, 32, 0.1, 2.0, None, 0.5, float("nan")]], "curve must be points"),
    ("data/name", 3, "data/name must be text"),
    ("data/classes", [None, None], "data/classes must be names, each once"),
    ("data/classes", ["cat", "cat"], "data/classes must be names, each once"),
    ("data/classes", "cat", "data/classes must be names, each once"),
    ("data/image_size", "32", "data/image_size must be none or two whole numbers"),
    ("data/image_size", [32], "data/image_size must be none or two whole numbers"),
    ("data/image_size", [32, 0], "data/image_size must be none or two whole numbers"),
    ("data/mean_colour", [0.5, 0.5], "data/mean_colour must be none or three"),
    ("data/mean_colour", [float("nan")] * 3, "data/mean_colour must be none or three"),
    ("data/mean_colour", [120, 120, 120], "data/mean_colour must be none or three"),
    ("data/training_images", -1, "data/training_images must be a whole number"),
    ("data/test_images", True, "data/test_images must be a whole number"),
    ("data/fingerprints", {"train": 5}, "data/fingerprints must be texts by name"),
    ("data/skipped", ["damaged"], "data/skipped must be whole numbers from 1"),
    ("environment", {"date": "2026-11-22"}, "environment lacks commit"),
    ("configuration/data_name", 5, "its configuration is invalid: data_name must be"),
    ("optimizer/state", {}, "momentum of 0.weight, 1.weight, 1.bias and 2 more: no"),
    ("optimizer/state/1/momentum_buffer", None, "the momentum of 1.weight: no run"),
    ("errors", [0.5], "errors must be four numbers"),
    ("losses", torch.zeros(3), "losses must be one number"),
    ("losses", torch.zeros(1), "losses must be one number"),
    ("losses", torch.tensor(1j), "losses must be one number"),
    ("network", {"a": torch.ones(2, device="meta")}, "network must be finite"),
    ("optimizer", {"state": {0: {"momentum_buffer": torch.tensor([1])}},
                   "param_groups": []}, "optimizer's state is not usable"),
    ("random", {"cpu": torch.get_rng_state().float()}, "random state"),
    ("losses", 0.5, "losses must be Tensor, got float"),
    ("changes", [3], "changes must be lines"),
    ("network", {3: torch.zeros(1)}, "the network must be finite numbers by name"),
    ("network/1.bias", "b", "the network must be finite numbers by name"),
    ("network/1.bias", torch.full((5,), float("nan")), "the network must be finite"),
    ("network/1.bias", torch.zeros(5, dtype=torch.complex64), "must be finite numbers"),
    ("network/1.bias", torch.zeros(5, dtype=torch.int64), "int64 in it"),
    ("losses", torch.tensor(float("inf")), "losses must be one number"),
    ("random/cpu", torch.zeros(5056, dtype=torch.uint8), "the random state is not"),
    ("optimizer/state/0/momentum_buffer", 3, "the optimizer's state is not usable"),
    ("optimizer/param_groups", [{}], "the optimizer's state is not usable"),
    ("optimizer", {}, "the optimizer's state is not usable"),
    ("optimizer/state", {0: torch.zeros(1)}, "the optimizer's state is not usable"),
    ("optimizer/param_groups", [], "holds the momentum of another network"),
    ("optimizer/state/0/momentum_buffer", torch.zeros(3), "the momentum of another"),
    ("random", {}, "the random state is not usable"),
    ("random/cpu", torch.zeros(3, dtype=torch.uint8), "the random state is not usable"),
    ("configuration/network", "attn", "its configuration is invalid: network must be"),
    ("configuration/recipe", 5, "its configuration is invalid"),
    ("configuration/recipe/steps", "many", "its configuration is invalid"),
    ("configuration", {}, "its configuration is invalid"),
    ("configuration", [], "configuration must be dict, got list"),
]


@pytest.mark.parametrize(("place", "value", "words"), CANNOT_BE)
def test_a_checkpoint_whose_values_cannot_be_is_refused_in_a_sentence(
    tmp_path: Path, place: str, value: Any, words: str
) -> None:
    state = begun(tmp_path)
    put(state, place, value)
    torch.save(state, tmp_path / "checkpoint.pt")
    with pytest.raises(CheckpointError, match=words):
        make_trainer(tmp_path)


def test_a_weight_that_never_met_a_gradient_needs_no_momentum(tmp_path: Path) -> None:
    class Idle(torch.nn.Identity):
        def __init__(self) -> None:
            super().__init__()
            self.unused = torch.nn.Parameter(torch.ones(3))

    make_trainer(tmp_path, small_network(0, Idle()), stopping_at(5)).run()
    assert make_trainer(tmp_path, small_network(0, Idle())).step == 6


def test_a_recipe_without_momentum_leaves_none(tmp_path: Path) -> None:
    plain = replace(recipe(), momentum=0.0, nesterov=False)
    make_trainer(tmp_path, batches=stopping_at(5), run_recipe=plain).run()
    assert make_trainer(tmp_path, run_recipe=plain).step == 6


def test_a_checkpoint_that_lacks_something_is_refused_and_it_is_named(
    tmp_path: Path,
) -> None:
    state = begun(tmp_path)
    assert set(FORM) == set(state) - {"format"}
    for name in FORM:
        torch.save({k: state[k] for k in state if k != name}, tmp_path / "c.pt")
        words = f"c.pt is not a complete checkpoint: it lacks {name}"
        with pytest.raises(CheckpointError, match=words):
            load_checkpoint(tmp_path / "c.pt")


def test_packaged_weights_are_recognised_as_no_training() -> None:
    for path in PRETRAINED.glob("*.pt"):
        with pytest.raises(CheckpointError, match="weights.*and no training that"):
            load_checkpoint(path)


def test_a_file_of_forty_gigabytes_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "c.pt"
    with path.open("wb") as file:
        file.truncate(40 * 2**30)                    # sparse: it takes no space
    with pytest.raises(CheckpointError, match="42,949,672,960 bytes: no checkpoint"):
        load_checkpoint(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "checkpoint.pt")
    with pytest.raises(OSError, match="checkpoint.pt is no file that could be read"):
        make_trainer(tmp_path)


def test_a_trainer_refuses_another_run_s_checkpoint(tmp_path: Path) -> None:
    make_trainer(tmp_path).run()
    before = (tmp_path / "checkpoint.pt").read_bytes()
    words = "checkpoint.pt holds another network: it lacks 3.weight"
    with pytest.raises(CheckpointError, match=words):
        make_trainer(tmp_path, small_network(0, torch.nn.BatchNorm2d(5)))
    assert (tmp_path / "checkpoint.pt").read_bytes() == before
