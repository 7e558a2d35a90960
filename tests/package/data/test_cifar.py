"""Unpacked archives: all of torchvision's files, or nothing."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import pickle
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from loopback import held, whole
from tiny_archive import (
    BODY,
    FILES,
    HALF,
    TINY,
    known,
    names,
    packed,
    put,
    serve,
)
from torchvision import datasets

from resattn_tutorial.data import storage
from resattn_tutorial.data.cifar import CIFAR10, CIFAR100, unpacked
from resattn_tutorial.data.storage import DataError

INNER = TINY.folder
BOTH = {INNER, TINY.file}


def sums(*names):
    return [[name, hashlib.md5(FILES[name]).hexdigest()] for name in names]


class TINY1(datasets.CIFAR10):
    """torchvision's own reader, told the checksums of the test's files."""

    base_folder = INNER
    train_list = sums("data_batch_1", "data_batch_2")
    test_list = sums("test_batch")
    meta = {"key": "label_names", "filename": "batches.meta"}
    meta["md5"] = sums("batches.meta")[0][1]


@pytest.fixture(autouse=True)
def reader(monkeypatch):
    for name in ("RESATTN_MIRROR", "RESATTN_DATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(datasets, "TINY1", TINY1, raising=False)


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / INNER).iterdir()}


def lay_out(folder, **changed):
    """An unpacked folder, with some files changed or, if ``None``, left out."""
    (folder / INNER).mkdir(parents=True)
    for name, data in (FILES | changed).items():
        if data is not None:
            (folder / INNER / name).write_bytes(data)


@pytest.mark.parametrize("archive, reader", [
    (CIFAR10, datasets.CIFAR10), (CIFAR100, datasets.CIFAR100),
])
def test_the_known_archives_are_torchvisions(archive, reader):
    assert archive.file == reader.filename
    assert archive.md5 == reader.tgz_md5
    assert archive.folder == reader.base_folder
    assert archive.mirrors[-1] == reader.url
    assert archive.name.replace("-", "") == reader.__name__
    assert all(place.startswith("https://") for place in archive.mirrors)
    assert len(set(archive.mirrors)) == len(archive.mirrors) > 2
    assert all(archive.file in place for place in archive.mirrors)


def test_an_archive_comes_and_is_unpacked_for_torchvision(tmp_path):
    with serve(whole) as mirror:
        root = unpacked(TINY._replace(mirrors=(mirror.address,)), tmp_path)
    images = TINY1(root, train=True)
    first = np.stack([pickle.loads(FILES[f"data_batch_{i}"])["data"] for i in (1, 2)])
    assert np.array_equal(
        images.data, first.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    )
    assert images.classes == ["cat", "dog"]
    assert files(tmp_path) == FILES and names(tmp_path) == BOTH


def test_an_unpacked_folder_is_taken_without_its_archive(tmp_path, monkeypatch):
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path))
    lay_out(tmp_path)
    assert unpacked(TINY) == tmp_path
    assert os.listdir(tmp_path) == [INNER]              # not even a lock was needed


@pytest.mark.parametrize("changed", [
    {"test_batch": FILES["test_batch"][:-1]}, {"data_batch_2": FILES["data_batch_1"]},
    {"batches.meta": None}, {"data_batch_1": b""},
], ids=["cut", "altered", "missing", "empty"])
def test_a_damaged_folder_is_named_and_unpacked_again(tmp_path, capsys, changed):
    put(tmp_path, BODY)
    lay_out(tmp_path, **changed)
    unpacked(TINY, tmp_path)
    assert f"{tmp_path / INNER} is damaged" in capsys.readouterr().out
    assert files(tmp_path) == FILES and names(tmp_path) == BOTH


def test_a_damaged_folder_stays_if_nothing_better_can_be_had(tmp_path):
    lay_out(tmp_path, test_batch=b"")
    with pytest.raises(DataError, match="could not be fetched"):
        unpacked(TINY._replace(mirrors=(str(tmp_path / "nowhere"),)), tmp_path)
    assert files(tmp_path) == FILES | {"test_batch": b""}


def test_unpacking_that_is_cut_short_leaves_nothing(tmp_path, monkeypatch):
    put(tmp_path, BODY)
    plain, done = tarfile.TarFile.makefile, []

    def full_at_the_third(self, member, path):
        done.append(path)
        if len(done) == 3:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        plain(self, member, path)

    with monkeypatch.context() as patch, pytest.raises(DataError, match="is full"):
        patch.setattr(tarfile.TarFile, "makefile", full_at_the_third)
        unpacked(TINY, tmp_path)
    assert len(done) == 3 and names(tmp_path) == {TINY.file}
    unpacked(TINY, tmp_path)
    assert files(tmp_path) == FILES


def test_what_a_killed_process_left_half_unpacked_is_cleared_away(tmp_path):
    put(tmp_path, BODY)
    (tmp_path / f"{INNER}.part" / INNER).mkdir(parents=True)
    (tmp_path / f"{INNER}.part" / INNER / "old").touch()
    unpacked(TINY, tmp_path)
    assert files(tmp_path) == FILES and names(tmp_path) == BOTH


def test_too_little_room_to_unpack_is_told_beforehand(tmp_path, monkeypatch):
    put(tmp_path, BODY)
    usage = storage.shutil.disk_usage(tmp_path)._replace(free=99)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda path: usage)
    total = sum(map(len, FILES.values()))
    with pytest.raises(DataError, match=f"{total:,} bytes are needed, 99 are free"):
        unpacked(TINY, tmp_path)
    assert names(tmp_path) == {TINY.file}


@pytest.mark.parametrize("name", ["../outside", "/../outside", f"{INNER}/../../x"])
def test_a_member_that_would_leave_the_folder_is_refused(tmp_path, name):
    inside = {f"{INNER}/{file}": data for file, data in FILES.items()}
    bad = packed(inside | {name: b"x"})
    (tmp_path / "in").mkdir()
    put(tmp_path / "in", bad)
    with pytest.raises(DataError, match="cannot be unpacked safely: .*outside"):
        unpacked(known(bad), tmp_path / "in")
    assert names(tmp_path / "in") == {TINY.file}
    assert os.listdir(tmp_path) == ["in"]


def test_a_link_out_of_the_folder_is_refused(tmp_path):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        link = tarfile.TarInfo(f"{INNER}/test_batch")
        link.type, link.linkname = tarfile.SYMTYPE, "../../../secret"
        tar.addfile(link)
    put(tmp_path, stream.getvalue())
    with pytest.raises(DataError, match="cannot be unpacked safely"):
        unpacked(known(stream.getvalue()), tmp_path)


@pytest.mark.parametrize("body, words", [
    (packed({f"{INNER}/test_batch": b"other"}), "does not hold the files of TINY-1"),
    (b"no archive at all", "cannot be unpacked"),
])
def test_an_archive_of_other_files_is_refused(tmp_path, body, words):
    put(tmp_path, body)
    with pytest.raises(DataError, match=words):
        unpacked(known(body), tmp_path)
    assert names(tmp_path) == {TINY.file}


@pytest.mark.parametrize("body", [
    BODY[:HALF], BODY[:20], BODY[:1], BODY[:100] + bytes(200) + BODY[300:],
    BODY[:HALF] + bytes(len(BODY) - HALF), b"\x1f\x8b\x08\x00",
    b"BZh91AY&SY" + bytes(50), b"\xfd7zXZ\x00" + bytes(50), bytes(5000), b"text" * 500,
])
def test_a_truncated_or_damaged_archive_is_an_archives_error(tmp_path, body):
    put(tmp_path, body)
    with pytest.raises(DataError) as caught:
        unpacked(known(body), tmp_path)
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / TINY.file} ") and "cannot be used" not in told
    assert names(tmp_path) == {TINY.file}


@pytest.mark.parametrize("given, kind, words", [
    ((None,), TypeError, "archive must be an Archive, got NoneType"),
    ((TINY._replace(name="None"),), ValueError, "archive must be one of torchvision's"),
    ((TINY._replace(name=""),), ValueError, "archive must be one of torchvision's"),
    ((TINY._replace(bytes=-1),), ValueError, "archive.bytes must be at least 1"),
    ((TINY._replace(bytes=0),), ValueError, "archive.bytes must be at least 1, got 0"),
    ((TINY, 5), TypeError, "folder must be a path, got int"),
    ((TINY, ""), ValueError, "folder must be a path, got ''"),
])
def test_what_cannot_be_unpacked_is_refused_at_the_door(given, kind, words):
    with pytest.raises(kind, match=words):
        unpacked(*given)


def test_while_one_unpacks_another_waits_for_it(tmp_path, monkeypatch):
    waits, said = threading.Event(), []

    def notes(words, flush):
        said.append(words)
        waits.set()

    monkeypatch.setattr(storage, "print", notes, raising=False)
    with serve(held(HALF)) as mirror, ThreadPoolExecutor(2) as threads:
        tiny = TINY._replace(mirrors=(mirror.address,))
        first = threads.submit(unpacked, tiny, tmp_path)
        assert mirror.requested.wait(60)
        second = threads.submit(unpacked, tiny, tmp_path)
        assert waits.wait(60)
        mirror.release.set()
        assert first.result(60) == second.result(60) == tmp_path
    assert said == [f"{INNER}: another process is using it; waiting."]
    assert mirror.asked == [None]
    assert files(tmp_path) == FILES and names(tmp_path) == BOTH
