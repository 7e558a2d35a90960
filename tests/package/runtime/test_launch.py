"""What tells a process that it is one of several: read with care, or refused."""

from __future__ import annotations

import os
import socket

import pytest
import torch
import torch.distributed as dist

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.photo_loader import cores
from resattn_tutorial.runtime.distributed import join, joined_processes
from resattn_tutorial.runtime.launch import (
    our_gpu,
    require_torch,
    started_by_torchrun,
)
from resattn_tutorial.training.step import require_synchronisable

WHOLE = {
    "RANK": "1", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500",
}
LONG = "9" * 5000


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in WHOLE:
        monkeypatch.delenv(name, raising=False)


def told(monkeypatch: pytest.MonkeyPatch, changes: dict[str, str | None]) -> None:
    """Set the variables as torchrun does, but for some."""
    for name, value in (WHOLE | changes).items():
        if value is not None:
            monkeypatch.setenv(name, value)


NOTHING = dict.fromkeys(WHOLE)
REFUSED = [
    ({"RANK": "x"}, "RANK must be a whole number, got 'x'. Start with torchrun"),
    ({"RANK": ""}, "RANK must be a whole number, got ''"),
    ({"RANK": "-1"}, "RANK must be a whole number, got '-1'"),
    ({"RANK": "1.0"}, "RANK must be a whole number, got '1.0'"),
    ({"RANK": "٣"}, "RANK must be a whole number, got '٣'"),
    ({"RANK": "²"}, "RANK must be a whole number, got '²'"),
    ({"RANK": LONG}, "RANK must be a whole number, got '9999"),
    ({"RANK": "4"}, "RANK must be below WORLD_SIZE, 4, got 4"),
    ({"WORLD_SIZE": None}, "WORLD_SIZE must be set where RANK is"),
    ({"WORLD_SIZE": "two"}, "WORLD_SIZE must be a whole number, got 'two'"),
    ({"WORLD_SIZE": "0"}, "WORLD_SIZE must be at least 1, got 0"),
    ({"LOCAL_RANK": "x"}, "LOCAL_RANK must be a whole number, got 'x'"),
    ({"LOCAL_RANK": "2"}, "LOCAL_RANK must be at most RANK, 1, and below the number"),
    ({"RANK": "3", "LOCAL_RANK": "2"}, "below the number of processes here, 2, got 2"),
    ({"LOCAL_WORLD_SIZE": "0"}, "LOCAL_WORLD_SIZE must be at least 1, got 0"),
    ({"LOCAL_WORLD_SIZE": "x"}, "LOCAL_WORLD_SIZE must be a whole number, got 'x'"),
    ({"MASTER_ADDR": None}, "MASTER_ADDR must be set where RANK is"),
    ({"MASTER_ADDR": ""}, "MASTER_ADDR must be set where RANK is"),
    ({"MASTER_PORT": None}, "MASTER_PORT must be set where RANK is"),
    ({"MASTER_PORT": "http"}, "MASTER_PORT must be a whole number, got 'http'"),
    ({"MASTER_PORT": "99999"}, "MASTER_PORT must be at most 65,535, got 99,999"),
    (NOTHING | {"WORLD_SIZE": "2"}, "RANK must be set where WORLD_SIZE is 2"),
    (NOTHING | {"WORLD_SIZE": "x"}, "WORLD_SIZE must be a whole number, got 'x'"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_half_of_what_torchrun_tells_is_refused_in_a_sentence(
    changes: dict, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, changes)
    with pytest.raises(ValueError) as refusal, joined_processes():
        pass
    assert words in str(refusal.value) and len(str(refusal.value)) < 300


@pytest.mark.parametrize(("changes", "several"), [
    ({}, True), (NOTHING, False), (NOTHING | {"WORLD_SIZE": "1"}, False),
    ({"LOCAL_RANK": None, "LOCAL_WORLD_SIZE": None}, True),
    ({"RANK": "0", "WORLD_SIZE": "1", "LOCAL_RANK": "0"}, True),
])
def test_what_is_whole_is_understood(
    changes: dict, several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(monkeypatch, changes)
    assert started_by_torchrun() is several


def test_each_process_needs_a_gpu_that_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told(monkeypatch, {})
    assert our_gpu(2) == 1
    with pytest.raises(ValueError, match="LOCAL_RANK must be below the number of GPUs"):
        our_gpu(1)
    monkeypatch.delenv("LOCAL_RANK")
    with pytest.raises(ValueError, match="LOCAL_RANK must be set where RANK is"):
        our_gpu(2)


@pytest.mark.parametrize("count", ["x", "0", "", "-2", "2.5", LONG])
def test_cores_are_shared_by_a_number_of_processes_that_can_be(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", count)
    with pytest.raises(ValueError, match="LOCAL_WORLD_SIZE must be"):
        cores()


def test_a_batch_norm_over_all_is_refused_where_their_number_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "x")
    with pytest.raises(ValueError, match="WORLD_SIZE must be a whole number"):
        require_synchronisable(TrainingConfig("first_residual", sync_batch_norm=True))


def test_a_place_that_is_taken_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        told(monkeypatch, {"RANK": "0", "LOCAL_RANK": "0", "MASTER_PORT": port})
        words = f"the other processes cannot be reached at 127.0.0.1:{port}: "
        with pytest.raises(OSError, match=words):
            join("gloo", torch.device("cpu"))
    assert not dist.is_initialized() and not torch.cuda.is_initialized()
    assert os.environ["MASTER_PORT"] == port


@pytest.mark.parametrize(("version", "count", "works"), [
    ("2.5.1+cpu", "1", True), ("2.5.1+cpu", "2", False), ("2.7.9", "4", False),
    ("2.8.0", "2", True), ("2.10.0+cu130", "2", True), ("3.0.0a0", "2", True),
])
def test_several_processes_need_a_pytorch_that_ends_with_them(
    monkeypatch: pytest.MonkeyPatch, version: str, count: str, works: bool
) -> None:
    monkeypatch.setenv("WORLD_SIZE", count)
    monkeypatch.setattr(torch, "__version__", version)
    if works:
        require_torch()
        return
    with pytest.raises(ValueError, match="several processes need PyTorch 2.8 or newer"):
        require_torch()


def test_nccl_is_told_which_gpu_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(
        dist, "init_process_group", lambda *a, **k: asked.append((a, k))
    )
    for kind in ("cuda:3", "cpu"):
        join("any", torch.device(kind))
    assert [more["device_id"] for _, more in asked] == [torch.device("cuda:3"), None]
