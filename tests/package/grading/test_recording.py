"""What a run reports counts only if it is signed, new, and in order."""

from __future__ import annotations

import hashlib
import hmac
import json
import os

import pytest

from resattn_tutorial.grading.recording import LONGEST, Reader, Told, recorder

KEY = b"a secret of thirty-two bytes ..."


@pytest.fixture
def pipe():
    """Both ends of a pipe."""
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def line(place: int, kind: str, key: bytes = KEY, **facts) -> bytes:
    """A line as the module's words say it is, made by other means."""
    text = json.dumps([place, kind, facts]).encode()
    signature = hmac.digest(key, text, hashlib.sha256).hex().encode()
    return signature + b" " + text + b"\n"


def test_what_is_noted_is_read_and_has_the_form_that_is_told(pipe):
    note = recorder(pipe[1], KEY)
    note("cell", number=3)
    note("error", words="naïve\nquestion")
    written = os.read(pipe[0], 10_000)
    assert written == line(0, "cell", number=3) + line(
        1, "error", words="naïve\nquestion")
    reader = Reader(KEY)
    assert list(reader.feed(written)) == [
        Told("cell", {"number": 3}), Told("error", {"words": "naïve\nquestion"}),
    ]
    assert (reader.forged, reader.size) == (0, len(written))


def test_a_line_is_read_however_it_is_cut():
    written, reader = line(0, "one", a=1) + line(1, "two"), Reader(KEY)
    told = [x for byte in written for x in reader.feed(bytes([byte]))]
    assert [x.kind for x in told] == ["one", "two"]


@pytest.mark.parametrize("written", [
    b"one_map: all of it holds.\n",
    line(0, "check", key=b"another secret", passed=True),
    line(0, "check", passed=False).replace(b"false", b"true"),
    b"\n", b" \n", b"\xff\xfe \x00\n", "ü {}\n".encode(),
])
def test_what_is_not_signed_is_not_believed(written):
    reader = Reader(KEY)
    assert list(reader.feed(written)) == [] and reader.forged == 1
    assert [x.kind for x in reader.feed(line(0, "cell"))] == ["cell"]


def test_a_line_that_is_repeated_or_late_is_not_believed():
    reader = Reader(KEY)
    lines = line(0, "a"), line(1, "b"), line(1, "b"), line(0, "a"), line(2, "c")
    assert [x.kind for x in reader.feed(b"".join(lines))] == ["a", "b", "c"]
    assert reader.forged == 2


def test_a_line_without_end_is_not_kept():
    reader = Reader(KEY)
    for _ in range(3):
        list(reader.feed(b"x" * LONGEST))
    assert len(reader._rest) <= LONGEST


def test_a_process_that_was_forked_reports_nothing(pipe):
    note = recorder(pipe[1], KEY)
    child = os.fork()
    if child == 0:
        note("check", passed=True)
        os._exit(0)
    os.waitpid(child, 0)
    note("end")
    assert os.read(pipe[0], 10_000) == line(0, "end")
