"""A run's folder: one process at a time; what the end needs is tried at the beginning.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import socket
from collections import namedtuple
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from small_runs import Doubled, child, ended, make_trainer, names, small_network
from torch import nn

from resattn_tutorial.training import run_folder
from resattn_tutorial.training.checkpoint import CheckpointError
from resattn_tutorial.training.run_folder import (
    HOLDER,
    LOCK,
    MARGIN,
    RunFolderError,
    checkpoint_bytes,
    held,
    require_name,
    require_room,
)


def hold(folder: Path, line: Connection) -> None:
    """A child's work: hold a folder until it is told to leave."""
    with held(folder):
        line.send("held")
        line.poll(60)


@pytest.fixture
def in_use(tmp_path: Path):
    """A folder that another process holds, and that process.

    They talk through a pipe: an event waits for ever for a waiter that was killed.
    """
    ours, theirs = multiprocessing.Pipe()
    other = child(hold, tmp_path, theirs)
    theirs.close()
    assert ours.poll(60) and ours.recv() == "held"
    yield tmp_path, other
    ours.close()
    ended(other)


@pytest.mark.slow
def test_a_second_process_is_told_who_holds_the_folder(in_use) -> None:
    folder, other = in_use
    words = f"{folder} is in use by process {other.pid} on {socket.gethostname()}"
    with pytest.raises(RunFolderError, match=words):
        with held(folder):
            pytest.fail("held twice")
    trainer = make_trainer(folder)
    with pytest.raises(RunFolderError, match=words):
        trainer.run()
    assert trainer.step == 0 and names(folder) == []


@pytest.mark.slow
def test_the_folder_of_a_process_that_was_killed_is_free(in_use) -> None:
    folder, other = in_use
    other.kill()
    other.join()
    assert (folder / HOLDER).exists()                # as it left it
    with held(folder):
        told = (folder / HOLDER).read_text().split()
        assert told == [str(os.getpid()), socket.gethostname()]
    assert not (folder / HOLDER).exists()


def test_a_folder_is_free_again_after_a_failure(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), held(tmp_path):
            raise ZeroDivisionError
    with held(tmp_path):
        pass


def test_one_process_may_hold_a_folder_within_itself(tmp_path: Path) -> None:
    with held(tmp_path):
        with held(tmp_path):
            pass
        assert (tmp_path / HOLDER).exists()
    assert [part.name for part in tmp_path.iterdir()] == [LOCK]


def test_a_checkpoint_that_another_process_wrote_meanwhile_is_not_overwritten(
    tmp_path: Path,
) -> None:
    early, other = make_trainer(tmp_path), make_trainer(tmp_path)
    other.run()
    before = other.path.read_bytes()
    with pytest.raises(CheckpointError, match="Another process wrote .*.pt since"):
        early.run()
    assert other.path.read_bytes() == before
    assert make_trainer(tmp_path).finished


def test_a_trainer_may_be_asked_to_run_again(tmp_path: Path) -> None:
    trainer = make_trainer(tmp_path)
    assert trainer.run() == trainer.run()


@pytest.mark.parametrize(("name", "words"), [
    ("a" * 300 + ".json", "is too long for a file's name, by 50 bytes.*data-name"),
    ("é" * 150 + ".json", "is too long for a file's name"),
    ("folder", "folder is a folder, and must be a file"),
])
def test_a_name_that_no_file_can_have_is_refused(
    tmp_path: Path, name: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunFolderError, match=words):
        require_name(tmp_path, name)
    require_name(tmp_path, "a" * 250 + ".json")
    assert [part.name for part in tmp_path.iterdir()] == ["folder"]


def test_a_full_disk_is_seen_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, steps = small_network(), []
    needed = 2 * checkpoint_bytes(network)
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, needed - 1))
    trainer = make_trainer(tmp_path, network, Doubled(on_step=steps.append))
    words = f"two checkpoints need {needed:,} bytes, {needed - 1:,} are free"
    with pytest.raises(RunFolderError, match=words):
        trainer.run()
    assert steps == [] and names(tmp_path) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(0, 0, needed))
    require_room(tmp_path, network)


def test_a_limit_for_files_is_seen_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network = small_network()
    needed = checkpoint_bytes(network)
    monkeypatch.setattr(run_folder, "largest_file", lambda: needed - 1)
    words = f"up to {needed:,} bytes, .* limit for a file is {needed - 1:,} "
    with pytest.raises(RunFolderError, match=words):
        make_trainer(tmp_path, network).run()
    monkeypatch.setattr(run_folder, "largest_file", lambda: needed)
    require_room(tmp_path, network)


def test_what_a_checkpoint_is_said_to_take_is_what_it_takes(tmp_path: Path) -> None:
    wide = nn.Sequential(nn.Conv2d(5, 500, 3), nn.Conv2d(500, 5, 1))
    trainer = make_trainer(tmp_path, small_network(0, wide))
    trainer.run()
    said = checkpoint_bytes(trainer.stepper.network)
    found = trainer.path.stat().st_size
    assert said - MARGIN == pytest.approx(found, rel=0.1) and found < said


@pytest.mark.parametrize("place", ["file/run", "file"])
def test_a_folder_that_cannot_be_is_refused_before_the_first_step(
    tmp_path: Path, place: str
) -> None:
    (tmp_path / "file").write_text("")
    steps: list[int] = []
    trainer = make_trainer(tmp_path / place, batches=Doubled(on_step=steps.append))
    with pytest.raises(RunFolderError, match="cannot be written: .*another folder"):
        trainer.run()
    assert steps == []


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0,
    reason="the system lets its administrator write everywhere",
)
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RunFolderError, match="cannot be written: Permission denied"):
        with held(tmp_path):
            pytest.fail("held")


@pytest.mark.slow
def test_a_lock_without_a_holder_s_name_is_still_a_lock(
    in_use, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = in_use
    for text in ("", "somebody", "x y z", "999999999 elsewhere"):
        (folder / HOLDER).write_text(text)
        with pytest.raises(RunFolderError, match="is in use by .*process"):
            with held(folder):
                pytest.fail("held twice")


@pytest.mark.slow
def test_what_a_killed_process_had_started_is_waited_for_a_while(
    in_use, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, other = in_use
    monkeypatch.setattr(run_folder, "_is_gone", lambda folder: True)
    with pytest.raises(RunFolderError, match=f"process {other.pid}"):
        with held(folder, patience=0.05):
            pytest.fail("held twice")
