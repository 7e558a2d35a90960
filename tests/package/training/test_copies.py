"""A run's copies in a second folder: what is promised, and what ends nothing."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from small_runs import (
    STEPS,
    Doubled,
    everything,
    make_trainer,
    measured_errors,
    names,
    recipe,
    small_config,
    small_network,
    stopping_at,
    unlike,
)

from resattn_tutorial.runtime.tensor_file import read_tensors, write_tensors
from resattn_tutorial.training import copies as copying
from resattn_tutorial.training.checkpoint import CheckpointError, load_checkpoint
from resattn_tutorial.training.copies import NAMES, Copies, CopyingTrainer
from resattn_tutorial.training.run_folder import RunFolderError

DATA = {"name": "noise"}


class Killed(BaseException):
    """The machine is gone: nothing is tidied up after it."""


def begun(
    folder: Path, place: Path, batches: Any = None, **fields: Any
) -> CopyingTrainer:
    """A trainer of a small network, whose copies go to a place."""
    config = small_config(fields.pop("run_recipe", recipe()), **fields)
    copies, network = Copies(place, folder), small_network()
    copies.take_up(folder, {**config.identity, "data": DATA}, writes=True)
    return CopyingTrainer(
        copies, network, batches or Doubled(),
        lambda: measured_errors(network), config, folder, DATA,
    )


def came_to(trainer: CopyingTrainer) -> dict[str, Any]:
    trainer.run()
    assert trainer.finished
    return everything(trainer)


def steps(place: Path) -> list[int]:
    return [load_checkpoint(place / name)["step"] for name in NAMES]


@pytest.fixture
def never_cut(tmp_path: Path) -> dict[str, Any]:
    trainer = make_trainer(tmp_path / "never cut")
    trainer.run()
    return everything(trainer)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "drive"


@pytest.fixture
def stopped(tmp_path: Path, place: Path) -> Path:
    """The place of a run that was stopped after step 6, whose own folder is lost."""
    lost = tmp_path / "lost"
    trainer = begun(lost, place, stopping_at(6), run_recipe=recipe())
    trainer.run()
    shutil.rmtree(lost)
    assert not trainer.finished and steps(place) != [trainer.step] * 2
    return place


def newest(place: Path) -> Path:
    reached = dict(zip(steps(place), NAMES, strict=True))
    return place / reached[max(reached)]


def test_two_names_are_written_in_turn_and_copying_changes_no_bit(
    tmp_path: Path, place: Path, never_cut: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, real = [], copying.copy_over
    monkeypatch.setattr(
        copying, "copy_over",
        lambda source, goal: (told.append(goal.name), real(source, goal)),
    )
    found = came_to(begun(tmp_path / "run", place))
    assert not unlike(found, never_cut)
    assert told == list(NAMES) * 2                   # three points, and the end
    assert names(place) == sorted(NAMES)
    last = (tmp_path / "run/checkpoint.pt").read_bytes()
    assert (place / NAMES[1]).read_bytes() == last


def test_an_empty_folder_goes_on_from_the_newest_copy(
    tmp_path: Path, stopped: Path, never_cut: dict, capsys: pytest.CaptureFixture
) -> None:
    wanted, step = newest(stopped), max(steps(stopped))
    trainer = begun(tmp_path / "new", stopped)
    assert trainer.step == step > 4
    assert f"The checkpoint is taken from {wanted}." in capsys.readouterr().out
    assert not unlike(came_to(trainer), never_cut)


def flip(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:]


DAMAGE = {
    "empty": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "cut by a byte": lambda content: content[:-1],
    "one bit": flip,
    "zeros at its end": lambda content: content[:-500] + bytes(500),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_copy_is_passed_over_with_a_sentence(
    tmp_path: Path, stopped: Path, never_cut: dict, capsys: pytest.CaptureFixture,
    damage: Callable[[bytes], bytes],
) -> None:
    hurt, step = newest(stopped), min(steps(stopped))
    hurt.write_bytes(damage(hurt.read_bytes()))
    trainer = begun(tmp_path / "new", stopped)
    assert trainer.step == step == 4
    assert f"{hurt} is passed over: it is damaged" in capsys.readouterr().out
    assert trainer.copies.files[trainer.copies.next] == hurt     # the whole one stays
    assert not unlike(came_to(trainer), never_cut)


def test_where_no_copy_is_whole_a_run_begins_anew_and_says_why(
    tmp_path: Path, stopped: Path, never_cut: dict, capsys: pytest.CaptureFixture
) -> None:
    for name in NAMES:
        (stopped / name).write_bytes(b"PK")
    trainer = begun(tmp_path / "new", stopped)
    assert trainer.step == 0
    assert capsys.readouterr().out.count("is passed over") == 2
    assert not unlike(came_to(trainer), never_cut)


@pytest.mark.parametrize("times", range(4))
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_who_is_killed_while_copying_goes_on_elsewhere(
    tmp_path: Path, place: Path, never_cut: dict, monkeypatch: pytest.MonkeyPatch,
    times: int, share: float,
) -> None:
    left, real = [None] * times, shutil.copyfileobj

    def copy(source: Any, goal: Any) -> None:
        if left:
            left.pop()
            return real(source, goal)
        content = source.read()
        goal.write(content[: round(share * len(content))])
        goal.flush()
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfileobj", copy)
        with pytest.raises(Killed):
            begun(tmp_path / "gone", place).run()
    trainer = begun(tmp_path / "new", place)
    had = times + (share == 1)                       # whole copies: of 4, 8, 12 and 12
    assert trainer.step == min(4 * had, STEPS)
    assert not unlike(came_to(trainer), never_cut)


@pytest.mark.parametrize("local", [False, True])
@pytest.mark.parametrize("other", [
    {"seed": 3}, {"label_noise": 0.5}, {"run_recipe": recipe(STEPS + 1)},
])
def test_another_runs_copy_is_refused_in_the_words_of_another_runs_checkpoint(
    tmp_path: Path, stopped: Path, other: dict, local: bool
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    shutil.copy(stopped / NAMES[0], theirs / "checkpoint.pt")
    with pytest.raises(CheckpointError) as wanted:
        make_trainer(theirs, **other)
    ours = tmp_path / "ours"
    if local:                                        # their copies stay, nevertheless
        make_trainer(ours, **other).run()
    before = [(stopped / name).read_bytes() for name in NAMES]
    with pytest.raises(CheckpointError) as found:
        begun(ours, stopped, **other)
    there = str(theirs / "checkpoint.pt")
    assert str(found.value) == str(wanted.value).replace(there, str(stopped / NAMES[0]))
    assert before == [(stopped / name).read_bytes() for name in NAMES]


def test_another_versions_copy_is_refused_and_not_passed_over(
    tmp_path: Path, stopped: Path
) -> None:
    file = stopped / NAMES[1]
    write_tensors(file, {**read_tensors(file), "format": 99})
    with pytest.raises(CheckpointError, match="written by another version"):
        begun(tmp_path / "new", stopped)


def test_a_copy_that_the_system_keeps_from_us_is_no_reason_to_begin_anew(
    tmp_path: Path, stopped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.read_bytes

    def read(path: Path) -> bytes:
        if path.name == NAMES[1]:
            raise OSError(errno.EIO, "Input/output error", str(path))
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(OSError, match="Input/output error"):
        begun(tmp_path / "new", stopped)


REFUSALS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EIO)


@pytest.mark.parametrize("number", REFUSALS, ids=lambda x: errno.errorcode[x])
def test_a_place_that_takes_no_copy_ends_nothing_and_is_told_once(
    tmp_path: Path, place: Path, never_cut: dict, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture, number: int,
) -> None:
    def refuse(*given: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(copying, "force_to_disk", refuse)
    found = came_to(begun(tmp_path / "run", place))
    assert not unlike(found, never_cut)
    said = capsys.readouterr().out
    words = f"{place / NAMES[0]} cannot be written: {os.strerror(number)}. The training"
    assert said.count("cannot be written") == said.count(words) == 1


def test_a_place_that_cannot_be_made_is_told_before_the_first_step(
    tmp_path: Path, place: Path, never_cut: dict, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    real = Path.mkdir

    def refuse(path: Path, *given: Any, **more: Any) -> None:
        if path == place:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        real(path, *given, **more)

    monkeypatch.setattr(Path, "mkdir", refuse)
    trainer = begun(tmp_path / "run", place)
    assert f"{place} cannot be written: Permission denied." in capsys.readouterr().out
    assert not unlike(came_to(trainer), never_cut)
    assert "cannot be written" not in capsys.readouterr().out


def test_of_several_processes_one_writes_and_all_refuse_another_runs_copy(
    tmp_path: Path, stopped: Path, place: Path
) -> None:
    ours = {**small_config(recipe()).identity, "data": DATA}
    folder, before = tmp_path / "new", names(place)
    Copies(stopped, folder).take_up(folder, ours, writes=False)
    assert not folder.exists() and names(place) == before
    with pytest.raises(CheckpointError, match="seed: 0 in the checkpoint, 1 in this"):
        Copies(stopped, folder).take_up(folder, {**ours, "seed": 1}, writes=False)


def test_a_place_that_has_room_again_is_used_again(
    tmp_path: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter([1, 1])

    def full_twice(handle: int) -> None:
        if next(times, None):
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(copying, "force_to_disk", full_twice)
    came_to(begun(tmp_path / "run", place))          # of 4 and 8; not of 12 and 12
    assert steps(place) == [STEPS, STEPS]


def test_a_copy_that_has_come_further_is_not_lost(
    tmp_path: Path, stopped: Path
) -> None:
    behind = tmp_path / "behind"
    make_trainer(behind, batches=stopping_at(2)).run()
    with pytest.raises(CheckpointError) as refusal:
        begun(behind, stopped)
    told = str(refusal.value)
    assert f"{newest(stopped)} has come to step {max(steps(stopped))}, and" in told
    assert "checkpoint.pt to step 3. Remove the latter to go on from the copy" in told


def test_a_folder_that_has_come_further_than_its_copies_goes_on_from_there(
    tmp_path: Path, place: Path, never_cut: dict
) -> None:
    make_trainer(tmp_path / "run", batches=stopping_at(6)).run()
    assert not unlike(came_to(begun(tmp_path / "run", place)), never_cut)


@pytest.mark.parametrize(("make", "error", "words"), [
    (lambda root: None, TypeError, "copy_to must be"),
    (lambda root: root / "run", ValueError, "another folder than the run's own"),
    (lambda root: root / "run/../run", ValueError, "another folder than the run's"),
    (lambda root: root / "MyDrive/run", RunFolderError, "MyDrive is not. Mount or"),
    (lambda root: root / "file", RunFolderError, "a folder, and .*file is none"),
])
def test_a_place_that_cannot_be_is_refused(
    tmp_path: Path, make: Callable, error: type, words: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "run").mkdir()
    with pytest.raises(error, match=words):
        Copies(make(tmp_path), tmp_path / "run")
    assert names(tmp_path) == ["file", "run"]        # nothing is made by mistake
