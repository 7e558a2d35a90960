"""Files written whole or not at all, by several at once, and what killed ones leave."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import pytest

from resattn_tutorial import files
from resattn_tutorial.files import (
    draft_name,
    force_name_to_disk,
    replacing,
    require_place,
    write_whole,
)
from tools.files import write_whole as write_page

WRITES = 60


def gone() -> int:
    """The number of a process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


def left(folder: Path, process: int, place: str | None = None, age: float = 0) -> Path:
    """A draft that a process left, ``age`` seconds ago."""
    path = folder / f".draft-{place or files._place()}-{process}-0123abcd"
    path.write_text("half of")
    os.utime(path, (time.time() - age,) * 2)
    return path


def many_writes(write: Callable[[Path, str], object], path: Path, who: int) -> int:
    """Write a file again and again, and read it each time; how often it was whole."""
    whole = 0
    for number in range(WRITES):
        write(path, f"{who} {number} " * 500)
        words = path.read_text().split(" ")[:-1]
        whole += len(words) == 1000 and len(set(words)) in (1, 2)
    return whole


@pytest.mark.parametrize("content", ["", "père\n", b"\xff\x00", "\r\n"])
def test_what_is_written_is_read_and_nothing_else_lies_there(tmp_path, content):
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_whole(path, content)
    wanted = content.encode() if isinstance(content, str) else content
    assert path.read_bytes() == wanted and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("write", [write_whole, write_page], ids=["package", "tools"])
@pytest.mark.parametrize("writers", [
    partial(ThreadPoolExecutor, 4),
    pytest.param(
        partial(ProcessPoolExecutor, 4, get_context("fork")), marks=pytest.mark.slow
    ),
], ids=["threads", "processes"])
def test_no_write_fails_while_others_write_the_same_file(tmp_path, writers, write):
    path = tmp_path / "a.txt"
    with writers() as pool:
        done = list(pool.map(partial(many_writes, write, path), range(4)))
    assert done == 4 * [WRITES] and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_disk_that_refuses_leaves_the_old_file_and_no_draft(
    tmp_path, monkeypatch, step
):
    def refuse(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "a.txt"
    path.write_text("old")
    monkeypatch.setattr(files.os, step, refuse)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(("number", "matters"), [
    (errno.EINVAL, False), (errno.ENOTSUP, False), (errno.EOPNOTSUPP, False),
    (errno.ENOSYS, False), (errno.EIO, True), (errno.ENOSPC, True),
    (errno.EACCES, True),
])
def test_a_mount_that_cannot_force_a_folder_to_its_disk_is_no_error(
    tmp_path, monkeypatch, number, matters
):
    real = os.fsync

    def of_files_only(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(files.os, "fsync", of_files_only)
    path = tmp_path / "a.txt"
    with pytest.raises(OSError) if matters else nullcontext():
        write_whole(path, "new")
    assert path.read_text() == "new" and list(tmp_path.iterdir()) == [path]


def test_where_a_folder_cannot_be_opened_none_is(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    windows = SimpleNamespace(name="nt", open=refuse)
    monkeypatch.setattr(files, "os", windows)
    force_name_to_disk(tmp_path)


def test_an_error_of_the_writers_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), replacing(path) as file:
        file.write(b"half of")
        raise KeyError("x")
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    path = tmp_path / ("n" * 250 + ".json")
    write_whole(path, "all")
    assert path.read_text() == "all"


def test_no_two_drafts_have_one_name():
    names = {draft_name() for _ in range(1000)}
    assert len(names) == 1000 and all(map(files.DRAFT.fullmatch, names))


def test_what_a_killed_writer_left_is_removed_by_the_next(tmp_path):
    draft = left(tmp_path, gone())
    write_whole(tmp_path / "a.txt", "new")
    assert not draft.exists()


@pytest.mark.parametrize("whose", ["ours", "another's", "another machine's"])
def test_what_may_still_be_written_is_left_alone_for_a_day(tmp_path, whose):
    process = {"ours": os.getpid(), "another's": os.getppid()}.get(whose) or gone()
    place = "0" * 8 if whose == "another machine's" else None
    young = left(tmp_path, process, place, age=23 * 3600)
    write_whole(tmp_path / "a.txt", "new")
    assert young.exists()
    left(tmp_path, process, place, age=25 * 3600)
    write_whole(tmp_path / "a.txt", "new")
    assert not young.exists()


@pytest.mark.parametrize("name", [
    ".draft", ".draft-1-2-3", "draft-00000000-1-00000000", "a.part",
    ".draft-00000000-1-00000000.json",
])
def test_what_is_no_draft_of_ours_is_left_alone(tmp_path, name):
    path = tmp_path / name
    path.write_text("theirs")
    os.utime(path, (0, 0))
    write_whole(tmp_path / "a.txt", "new")
    assert path.read_text() == "theirs"


def test_whoever_may_not_look_into_the_folder_may_still_write(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.os, "listdir", refuse)
    write_whole(tmp_path / "a.txt", "new")
    assert (tmp_path / "a.txt").read_text() == "new"


# Where a file may go


def test_a_place_for_a_file_is_its_path_and_nothing_is_left_there(tmp_path: Path):
    assert require_place("to", str(tmp_path / "a.PNG"), (".png",)) == tmp_path / "a.PNG"
    (tmp_path / "there.svg").write_text("old")
    assert require_place("to", tmp_path / "there.svg") == tmp_path / "there.svg"
    assert [path.name for path in tmp_path.iterdir()] == ["there.svg"]


@pytest.mark.parametrize(("name", "error", "words"), [
    ("a.jpg", ValueError, "^to must end in .png or .svg, got 'a.jpg'"),
    ("folder.png", ValueError, "^to must be a file, and .*folder.png is a folder"),
    ("gone/a.png", FileNotFoundError,
     "^to must be in a folder that is there, and .*gone is not. Make it first"),
    ("file/a.png", FileNotFoundError, "^to must be in a folder that is there"),
])
def test_a_place_where_no_file_can_be_is_refused(
    tmp_path: Path, name: str, error: type, words: str
):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("text")
    with pytest.raises(error, match=words):
        require_place("to", tmp_path / name, (".png", ".svg"))


def test_a_folder_that_nobody_may_write_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def refuse(**_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(OSError, match="^to must be in .* cannot: Permission denied"):
        require_place("to", tmp_path / "a.png")
