"""What a run reports counts only if it is signed, new, and in order."""

from __future__ import annotations

import hashlib
import hmac
import json
import os

import pytest

from resattn_tutorial.grading.recording import LONGEST, Reader, Signed, recorder

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
    note("error", number=3, words="naïve\nquestion")
    written = os.read(pipe[0], 10_000)
    assert written == line(0, "cell", number=3) + line(
        1, "error", number=3, words="naïve\nquestion")
    reader = Reader(KEY)
    assert list(reader.feed(written)) == [
        Signed("cell", {"number": 3}),
        Signed("error", {"number": 3, "words": "naïve\nquestion"}),
    ]
    assert (reader.forged, reader.size) == (0, len(written))


def test_a_line_is_read_however_it_is_cut():
    written, reader = line(0, "cell", number=1) + line(1, "end"), Reader(KEY)
    told = [x for byte in written for x in reader.feed(bytes([byte]))]
    assert [x.kind for x in told] == ["cell", "end"]


@pytest.mark.parametrize("written", [
    b"one_map: all of it holds.\n",
    line(0, "end", key=b"another secret"),
    line(0, "cell", number=1).replace(b"1}", b"2}"),
    b"\n", b" \n", b"\xff\xfe \x00\n", "ü {}\n".encode(),
])
def test_what_is_not_signed_is_not_believed(written):
    reader = Reader(KEY)
    assert list(reader.feed(written)) == [] and reader.forged == 1
    assert [x.kind for x in reader.feed(line(0, "end"))] == ["end"]


def test_a_line_that_is_repeated_or_late_is_not_believed():
    reader = Reader(KEY)
    lines = [line(place, "cell", number=place) for place in (0, 1, 1, 0, 2)]
    told = list(reader.feed(b"".join(lines)))
    assert [x.facts["number"] for x in told] == [0, 1, 2] and reader.forged == 2


@pytest.mark.parametrize("text", [
    b"{", b"[]", b"[0, 1]", b"3", b'[0, "nix", {}]', b'[0, "end", {"x": 1}]',
    b'[0, "cell", {}]', b'[0, "cell", {"number": "1"}]', b'["0", "end", {}]',
    b'[0, "end", []]', b'[0, [], {}]', b'[0, "failed", {"words": [1]}]',
    b'[0, "judged", {"passed": true, "done": true, "words": "", "marks": [3], '
    b'"spoilt": false}]', b"[" * 200_000,
])
def test_what_is_signed_and_has_no_known_form_is_not_believed(text):
    signature = hmac.digest(KEY, text, hashlib.sha256).hex().encode()
    reader = Reader(KEY)
    assert list(reader.feed(signature + b" " + text + b"\n")) == []
    assert reader.forged == 1


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
