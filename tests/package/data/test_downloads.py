"""Archives: whatever the mirrors, the disk and other processes do, right or refused."""

from __future__ import annotations

import errno
import io
import os
import signal
import socket
import time
from pathlib import Path

import loopback
import pytest
from loopback import altered, cut, held, ignores_range, status, whole
from tiny_archive import BODY, HALF, TINY, assert_fetched, names, put, serve, start

from resattn_tutorial.data import download, storage
from resattn_tutorial.data.cifar import unpacked
from resattn_tutorial.data.mirrors import fetch
from resattn_tutorial.data.storage import DataError, data_folder


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in ("RESATTN_MIRROR", "RESATTN_DATA", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


# What one mirror does, and the words that say so.
FAULTS = {
    "not there": (status(404), "answered 404 Not Found"),
    "overloaded": (status(503), "answered 503"),
    "a web page": (loopback.page, "web page (HTML)"),
    "wrong bytes": (altered, "sent other bytes"),
    "a shorter file": (loopback.offers(1000), "offers 1,000 bytes, expected"),
    "a longer file": (loopback.offers(len(BODY) + 1), "bytes, expected"),
    "too many bytes": (loopback.endless, f"sent more than {len(BODY):,}"),
    "cut at once": (cut(0), f"cut off after 0 of {len(BODY):,}"),
    "cut again and again": (cut(40_000), "asking for the rest"),
    "stalled": (held(HALF), "stalled: nothing came for 1 seconds"),
    "silent": (loopback.silent, "did not answer (patience: 1 seconds)"),
    "another part": (loopback.wrong_range, "when asked for the bytes from 0"),
    "a circle": (loopback.circle, "Exceeded 30 redirects"),
}
each_fault = pytest.mark.parametrize("plan, words", FAULTS.values(), ids=list(FAULTS))


@each_fault
def test_a_faulty_mirror_is_named_and_the_next_one_taken(plan, words, tmp_path, capsys):
    with serve(plan) as bad, serve(whole) as good:
        fetch(TINY, tmp_path, [bad.address, good.address], patience=1)
    assert_fetched(tmp_path)
    said = capsys.readouterr().out
    assert words in said and f"TINY-1: {bad.address}" in said
    assert "TINY-1 from 127.0.0.1" in said


@pytest.mark.slow
@each_fault
def test_faulty_mirrors_alone_end_in_an_error_that_lists_them(plan, words, tmp_path):
    with serve(plan) as bad, serve(status(500)) as worse:
        with pytest.raises(DataError) as caught:
            fetch(TINY, tmp_path, [bad.address, worse.address], patience=1)
    told = str(caught.value)
    assert words in told or "cut off after" in told
    assert f"{bad.address} " in told and f"{worse.address} answered 500" in told
    for word in ("RESATTN_MIRROR", "RESATTN_DATA", str(tmp_path), "built-in", TINY.md5):
        assert word in told
    assert names(tmp_path) <= {f"{TINY.file}.part"}


def test_a_refused_connection_is_told_by_its_cause(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))                    # bound, but not listening
        address = f"http://127.0.0.1:{taken.getsockname()[1]}/x"
        with pytest.raises(DataError, match="cannot be reached: ConnectionRefused"):
            fetch(TINY, tmp_path, [address])


def test_half_a_download_goes_on_with_the_missing_bytes_only(tmp_path):
    put(tmp_path, BODY[:HALF], part=True)
    with serve(whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == [f"bytes={HALF}-"]
    assert mirror.sent == [len(BODY) - HALF]
    assert_fetched(tmp_path)


def test_a_server_that_ignores_the_range_starts_anew(tmp_path):
    put(tmp_path, BODY[:HALF], part=True)
    with serve(ignores_range) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.sent == [len(BODY)]
    assert_fetched(tmp_path)


def test_a_part_of_wrong_bytes_is_found_out_and_begun_again(tmp_path, capsys):
    put(tmp_path, bytes(HALF), part=True)
    with serve(whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == [f"bytes={HALF}-", None]
    assert "starting from nothing" in capsys.readouterr().out
    assert_fetched(tmp_path)


@pytest.mark.parametrize("extra, requests", [(b"", 0), (b"more", 1)])
def test_a_whole_part_needs_no_server_and_a_too_long_one_is_dropped(
    tmp_path, extra, requests
):
    put(tmp_path, BODY + extra, part=True)
    with serve(whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == [None] * requests
    assert_fetched(tmp_path)


def test_a_connection_that_breaks_is_asked_for_the_rest(tmp_path):
    with serve(cut(HALF), whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == [None, f"bytes={HALF}-"]
    assert_fetched(tmp_path)


def test_one_mirror_finishes_what_another_began(tmp_path):
    with serve(cut(HALF), status(404)) as first, serve(whole) as second:
        fetch(TINY, tmp_path, [first.address, second.address])
    assert second.asked == [f"bytes={HALF}-"]
    assert_fetched(tmp_path)


def test_what_came_before_all_mirrors_failed_is_kept_for_the_next_time(tmp_path):
    with serve(cut(HALF), status(404), whole) as mirror:
        with pytest.raises(DataError):
            fetch(TINY, tmp_path, [mirror.address])
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked[-1] == f"bytes={HALF}-"
    assert_fetched(tmp_path)


def test_an_archive_that_is_there_is_used_as_it_is(tmp_path):
    put(tmp_path, BODY)
    with serve(whole) as mirror:
        assert fetch(TINY, tmp_path, [mirror.address]) == tmp_path / TINY.file
    assert mirror.asked == []
    assert names(tmp_path) == {TINY.file} and not list(tmp_path.glob("*.lock"))


@pytest.mark.parametrize("data, asked", [
    (BODY[:HALF], [f"bytes={HALF}-"]),
    (bytes(1000) + BODY[1000:HALF], [f"bytes={HALF}-", None]),
    (bytes(1000) + BODY[1000:], [None]),
    (BODY + b"more", [None]),
    (b"", [None]),
], ids=["cut", "cut and altered", "altered", "longer", "empty"])
def test_a_damaged_archive_is_named_and_replaced(tmp_path, capsys, data, asked):
    path = put(tmp_path, data)
    with serve(whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == asked
    said = capsys.readouterr().out
    assert f"{path} has {len(data):,} bytes with md5" in said and TINY.md5 in said
    assert_fetched(tmp_path)


@pytest.mark.parametrize("name", [TINY.file, f"{TINY.file}.part"])
def test_an_unreadable_file_is_named(tmp_path, name):
    (tmp_path / name).mkdir()           # permissions would not bind the root user
    with serve(whole) as mirror, pytest.raises(DataError) as caught:
        fetch(TINY, tmp_path, [mirror.address])
    assert name in str(caught.value) and "s a directory" in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    for do in (fetch, unpacked):
        with pytest.raises(DataError, match="file/data.*Not a directory"):
            do(TINY._replace(name="CIFAR-10"), tmp_path / "file" / "data")


def test_too_little_room_is_told_before_a_byte_is_asked_for(tmp_path, monkeypatch):
    put(tmp_path, BODY[:HALF], part=True)
    usage = storage.shutil.disk_usage(tmp_path)._replace(free=1234)
    monkeypatch.setattr(storage.shutil, "disk_usage", lambda path: usage)
    need = f"{len(BODY) - HALF:,} bytes are needed, 1,234 are free"
    with serve(whole) as mirror, pytest.raises(DataError, match=need) as caught:
        fetch(TINY, tmp_path, [mirror.address])
    assert str(tmp_path) in str(caught.value) and "RESATTN_DATA" in str(caught.value)
    assert mirror.asked == []
    assert names(tmp_path) == {f"{TINY.file}.part"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_disk_that_is_full_after_all_is_told_and_no_mirror_blamed(tmp_path):
    (tmp_path / f"{TINY.file}.part").symlink_to("/dev/full")    # a real ENOSPC
    with serve(whole) as mirror, serve(whole) as second:
        with pytest.raises(DataError, match="is full: .* bytes are needed"):
            fetch(TINY, tmp_path, [mirror.address, second.address])
    assert len(mirror.asked) == 1 and second.asked == []
    assert TINY.file not in names(tmp_path)


class FullAfter(io.FileIO):
    """A file on a disk with room for ``HALF`` bytes."""

    def write(self, data):
        if self.tell() + len(data) > HALF:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data)


def test_a_disk_that_fills_keeps_what_came_and_goes_on_later(tmp_path, monkeypatch):
    plain = Path.open
    with serve(whole) as mirror:
        with monkeypatch.context() as patch, pytest.raises(DataError, match="is full"):
            patch.setattr(Path, "open", lambda path, mode="r", **rest: (
                FullAfter(path, mode) if mode == "wb" else plain(path, mode, **rest)
            ))
            fetch(TINY, tmp_path, [mirror.address])
        had = (tmp_path / f"{TINY.file}.part").stat().st_size
        fetch(TINY, tmp_path, [mirror.address])
    assert 0 < had <= HALF and mirror.asked == [None, f"bytes={had}-"]
    assert_fetched(tmp_path)


def test_a_killed_download_goes_on_where_it_was(tmp_path):
    part, deadline = tmp_path / f"{TINY.file}.part", time.monotonic() + 60
    with serve(held(HALF), whole) as mirror:
        child = start(tmp_path, mirror)
        while not (part.exists() and part.stat().st_size) and child.poll() is None:
            assert time.monotonic() < deadline
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert child.returncode == -signal.SIGKILL
        assert not (tmp_path / TINY.file).exists()
        had = part.stat().st_size
        fetch(TINY, tmp_path, [mirror.address])
    assert 0 < had <= HALF and mirror.asked == [None, f"bytes={had}-"]
    assert_fetched(tmp_path)


@pytest.mark.slow
def test_two_processes_at_once_download_once(tmp_path):
    with serve(held(HALF)) as mirror:
        first = start(tmp_path, mirror)
        assert mirror.requested.wait(60)
        second = start(tmp_path, mirror)
        assert "another process is using it; waiting" in second.stdout.readline()
        mirror.release.set()
        said = [child.communicate(timeout=60)[0] for child in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0]
    assert mirror.asked == [None]
    assert all(str(tmp_path / TINY.file) in words for words in said)
    assert "fetching it again" not in said[1]
    assert_fetched(tmp_path)


def test_the_progress_tells_source_bytes_rate_and_time_left(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(download, "draws_bars", lambda stream: True)
    with serve(whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    said = capsys.readouterr().out
    assert said.startswith("TINY-1 from 127.0.0.1\n")
    assert "/370k [00:00<?, ?B/s]" in said


@pytest.mark.parametrize("end", ["", "/", f"/{TINY.file}?download=1"])
def test_ones_own_mirror_goes_first_by_folder_or_file(tmp_path, monkeypatch, end):
    with serve(whole) as own, serve(whole) as other:
        monkeypatch.setenv("RESATTN_MIRROR", own.folder + end)
        fetch(TINY._replace(mirrors=(other.address,)), tmp_path)
    assert other.asked == []
    assert own.paths[0].split("?")[0] == f"/data/{TINY.file}"


@pytest.mark.parametrize("there, words", [
    (BODY, "TINY-1 from {}"), (BODY[:HALF], "{} offers"), (None, "{} cannot be read"),
    (bytes(len(BODY)), "{} sent other bytes"),
], ids=["whole", "cut", "missing", "altered"])
def test_ones_own_mirror_may_be_a_folder(tmp_path, monkeypatch, capsys, there, words):
    (own := tmp_path / "class").mkdir()
    if there is not None:
        put(own, there)
    monkeypatch.setenv("RESATTN_MIRROR", str(own))
    monkeypatch.setenv("RESATTN_DATA", str(tmp_path / "mine"))
    with serve(whole) as mirror:
        fetch(TINY._replace(mirrors=(mirror.address,)))
    assert len(mirror.asked) == (there != BODY)
    assert words.format(own / TINY.file) in capsys.readouterr().out
    assert_fetched(tmp_path / "mine")


def test_a_password_in_an_address_is_not_shown(tmp_path, capsys):
    with serve(status(403)) as mirror, pytest.raises(DataError) as caught:
        secret = mirror.address.replace("//", "//me:hidden1@") + "?token=hidden2"
        fetch(TINY, tmp_path, [secret])
    assert "hidden" not in str(caught.value) + capsys.readouterr().out
    assert f"{mirror.address} answered 403" in str(caught.value)


def test_a_proxy_is_not_asked_for_this_machines_own_server(tmp_path, monkeypatch):
    with serve(status(502)) as proxy, serve(whole) as mirror:
        monkeypatch.setenv("http_proxy", proxy.folder)
        fetch(TINY, tmp_path, [mirror.address])
    assert proxy.asked == []
    assert_fetched(tmp_path)


def test_bad_arguments_are_refused_at_the_door(tmp_path):
    with pytest.raises(TypeError, match="mirrors must be a list .* got 'http://x'"):
        fetch(TINY, tmp_path, "http://x")
    with pytest.raises(ValueError, match="mirrors must hold at least one"):
        fetch(TINY, tmp_path, [])
    with pytest.raises(ValueError, match="patience must be more than 0 .* got 0"):
        fetch(TINY, tmp_path, ["http://x"], patience=0)


def test_the_data_folder_is_ones_own_or_in_the_cache(monkeypatch):
    assert data_folder() == Path.home() / ".cache" / "resattn_tutorial"
    monkeypatch.setenv("RESATTN_DATA", "~/lessons")
    assert data_folder() == Path.home() / "lessons"
