"""Whatever a mirror does is its own fault alone: it is named, and the next asked."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from loopback import (
    chunked,
    drips,
    has_no_such_part,
    held,
    leads_to,
    resets,
    says,
    status,
    whole,
)
from tiny_archive import BODY, HALF, TINY, assert_fetched, names, put, serve

from resattn_tutorial.data.download import bring, without_secrets
from resattn_tutorial.data.faults import Fault
from resattn_tutorial.data.mirrors import fetch
from resattn_tutorial.data.storage import (
    DataError,
    alone,
    data_folder,
    discard,
    length,
    room,
    troubles_told,
)
from resattn_tutorial.data.web import opened_web

SIZE = len(BODY)


@pytest.fixture(autouse=True)
def unset(monkeypatch):
    for name in ("RESATTN_MIRROR", "RESATTN_DATA", "http_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


def ok(**headers: str) -> str:
    lines = (f"{name.replace('_', '-')}: {text}" for name, text in headers.items())
    return "\n".join(["HTTP/1.1 200 OK", *lines])


def part(told: str) -> str:
    return f"HTTP/1.1 206 Partial Content\nContent-Range: {told}"


# What a server answers, and the words that say so.
ANSWERS = {
    "a redirect to half an address": (leads_to("http://[::bad"), "cannot be reached: "),
    "a redirect to no host": (leads_to("http://"), "cannot be reached: "),
    "a redirect to another protocol": (leads_to("ftp://x/y"), "cannot be reached: "),
    "a redirect to a file": (leads_to("file:///etc/passwd"), "cannot be reached: "),
    "a redirect to port 99999": (
        leads_to("http://127.0.0.1:99999/"), "cannot be reached: "),
    "a redirect to a letter": (leads_to("http://127.0.0.1:y/"), "cannot be reached: "),
    "a redirect to bad letters": (leads_to("http://\xff\xfe/"), "cannot be reached: "),
    "a redirect to dots": (leads_to("http://a..b/"), "cannot be reached: "),
    "a redirect to nowhere": (says("HTTP/1.1 302 Found"), "answered 302 Found"),
    "a squared length": (says(ok(Content_Length="\xb2"), body=True), "length: '²'"),
    "5,000 digits": (says(ok(Content_Length="9" * 5000), body=True), "an impossible"),
    "4,000 digits": (says(ok(Content_Length="9" * 4000), body=True), "an impossible"),
    "a negative length": (says(ok(Content_Length="-5"), body=True), "length: '-5'"),
    "half a byte": (says(ok(Content_Length="1.5"), body=True), "length: '1.5'"),
    "two lengths": (says(ok(Content_Length="1, 2"), body=True), "InvalidHeader: "),
    "a length of 10**17": (says(ok(Content_Length="1" + "0" * 17)), "offers 100,000,0"),
    "no length, no bytes": (says(ok()), f"cut off after 0 of {SIZE:,}"),
    "a chunk of no number": (
        says(ok(Transfer_Encoding="chunked") + "\n\nzz"), "cut off after 0"),
    "a chunk below nothing": (
        says(ok(Transfer_Encoding="chunked") + "\n\n-5\n", body=True), "cut off after"),
    "a part of no number": (says(part("bytes x-y/z")), "sent 'bytes x-y/z' when asked"),
    "a part with no range": (says("HTTP/1.1 206 Partial"), "sent '' when asked"),
    "a part of 5,000 digits": (says(part(f"bytes {'9' * 5000}-1/2")), "sent 'bytes 99"),
    "a part of another whole": (says(part("bytes 0-6/7")), "offers 7 bytes"),
    "a whole of 5,000 digits": (says(part("bytes 0-1/" + "9" * 5000)), "an impossible"),
    "no status": (says("nonsense"), "cannot be reached: BadStatusLine"),
    "another protocol's": (says("SSH-2.0-OpenSSH_9.2"), "cannot be reached: "),
    "status 204": (status(204), "answered 204"),
    "status 304": (status(304), "answered 304"),
    "status 999": (says("HTTP/1.1 999 What"), "answered 999 What"),
    "a head without an end": (
        says("HTTP/1.1 200 OK\nA: " + "x" * 70_000), "cannot be reached: "),
    "too many lines of head": (
        says("HTTP/1.1 200 OK" + "\nA: b" * 200), "cannot be reached: "),
    "a web page in capitals": (says(ok(Content_Type="TEXT/HTML")), "web page (HTML)"),
    "a reset at once": (resets(0), "cut off after 0"),
    "a drip": (drips(), "is too slow: "),
    "a dripping status": (drips("HTTP/1.1 200 "), "is too slow: "),
    "a dripping head": (drips("HTTP/1.1 200 OK\r\nA: "), "is too slow: "),
    "a dripping redirect": (
        drips("HTTP/1.1 302 Found\r\nLocation: http://"), "is too slow: "),
    "a dripping redirect's page": (
        drips("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"), "is too slow: "),
    "escapes in its reason": (
        says("HTTP/1.1 500 \x1b[31mred\x1b]0;title\x07\x08 e"), "answered 500 red e"),
    "a long reason": (says("HTTP/1.1 500 " + "x" * 5000), "x" * 100 + "..."),
}
each_answer = pytest.mark.parametrize(
    ("plan", "words"), ANSWERS.values(), ids=list(ANSWERS)
)


def assert_plain(text: str) -> None:
    """No command to a terminal, and no line without an end."""
    assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f]", text)
    assert max(map(len, text.splitlines())) < 400
    assert "Traceback" not in text


@each_answer
def test_a_mirror_is_named_with_its_reason_and_the_next_one_asked(
    plan, words, tmp_path, capsys
):
    # A busy machine may keep the good one waiting: only slow ones are given up soon.
    patience = 1 if "too slow" in words else 60
    with serve(plan) as bad, serve(whole) as good:
        fetch(TINY, tmp_path, [bad.address, good.address], patience)
    assert_fetched(tmp_path)
    out = capsys.readouterr().out
    said = re.sub("\r[^\r\n]*(?=\r)|\r", "", out)                # without the bars
    assert f"TINY-1: {bad.address} " in said
    assert words in said
    assert_plain(said)


@pytest.mark.parametrize("first, words", [
    ("http://[::bad", "cannot be reached: "),
    ("http://me:hidden@[::bad/x?token=hidden", "http://[::bad/x cannot be reached"),
    ("http:///path", "cannot be reached: "),
    ("http://a b/", "cannot be reached: "),
    ("http://127.0.0.1:99999/", "cannot be reached: "),
    ("http://127.0.0.1:port/", "cannot be reached: "),
    ("http://" + "a" * 300 + "/", "cannot be reached: "),
    ("ftp://host/folder", "begins with ftp://"),
    ("FTP://host/folder", "begins with FTP://"),
    ("s3://host/folder", "begins with s3://"),
    ("file://elsewhere/folder", "begins with file://"),
    ("file:///no/such/folder", "cannot be read: No such file"),
    ("/no/such/folder", "cannot be read: No such file"),
    ("~nobody-of-that-name/x", "cannot be read: No such file"),
    ("/dev/null", "cannot be read: Not a directory"),
    ("a" * 5000, "cannot be read: File name too long"),
    ("file:///a%00b", "cannot be read: embedded null byte"),
    ("two words", "cannot be read: No such file"),
    ("\x1b[31mred", "red/"),
])
def test_a_mirror_of_ones_own_that_cannot_be_asked_does_not_end_the_chain(
    tmp_path, monkeypatch, capsys, first, words
):
    monkeypatch.setenv("RESATTN_MIRROR", first)
    with serve(whole) as good:
        fetch(TINY._replace(mirrors=(good.address,)), tmp_path, patience=1)
    assert_fetched(tmp_path)
    said = capsys.readouterr().out
    assert words in said and "hidden" not in said and "\x1b" not in said.split("\r")[0]


@pytest.mark.parametrize("own", ["", " ", "\t\n"])
def test_a_blank_mirror_counts_as_none(tmp_path, monkeypatch, capsys, own):
    monkeypatch.setenv("RESATTN_MIRROR", own)
    with serve(whole) as good:
        fetch(TINY._replace(mirrors=(good.address,)), tmp_path)
    assert capsys.readouterr().out.startswith("TINY-1 from 127.0.0.1\n")


@pytest.mark.parametrize("change", [
    lambda address: address.replace("http", "HTTP"),
    lambda address: address.replace("http", "Http"),
    lambda address: f"  {address} \n",
    lambda address: address.replace("127.0.0.1", "me@127.0.0.1"),
], ids=["capitals", "one capital", "spaces around", "a user"])
def test_an_address_may_be_written_in_several_ways(tmp_path, monkeypatch, change):
    with serve(whole) as own:
        monkeypatch.setenv("RESATTN_MIRROR", change(own.folder))
        fetch(TINY._replace(mirrors=()), tmp_path)
    assert own.paths == [f"/data/{TINY.file}"]


@pytest.mark.parametrize("begin", ["", "file://", "FILE://", "file://localhost"])
def test_a_folder_may_be_given_as_path_or_address(tmp_path, begin):
    (own := tmp_path / "my class").mkdir()
    put(own, BODY)
    own = str(own) if not begin else str(own).replace(" ", "%20")
    fetch(TINY, tmp_path / "kept", [f"{begin}{own}"])
    assert_fetched(tmp_path / "kept")


def test_paths_need_not_be_text(tmp_path):
    (own := tmp_path / "class").mkdir()
    put(own, BODY)
    assert fetch(TINY, str(tmp_path / "kept"), (own,)) == tmp_path / "kept" / TINY.file


def test_a_pipe_in_a_mirrors_place_is_not_waited_for(tmp_path, capsys):
    (own := tmp_path / "class").mkdir()
    os.mkfifo(own / TINY.file)
    with serve(whole) as good:
        fetch(TINY, tmp_path / "kept", [str(own), good.address])
    assert "cannot be read: it is not a file" in capsys.readouterr().out


@pytest.mark.parametrize("name", [TINY.file, f"{TINY.file}.part"])
def test_a_pipe_in_the_files_own_place_is_refused(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with serve(whole) as good, pytest.raises(DataError, match=f"{name} is a pipe"):
        fetch(TINY, tmp_path, [good.address])


@pytest.mark.parametrize("variable, value", [
    ("http_proxy", "http://[::bad"), ("http_proxy", "ftp://x"), ("http_proxy", "::"),
    ("REQUESTS_CA_BUNDLE", "/no/such/file"),
])
def test_a_proxy_or_certificate_that_cannot_be_used_is_the_mirrors_fault(
    tmp_path, monkeypatch, variable, value
):
    monkeypatch.setenv(variable, value)
    places = ["http://127.0.0.2:1/x", "https://127.0.0.2:1/x"]
    with pytest.raises(DataError) as caught:
        fetch(TINY, tmp_path, places, patience=0.3)
    assert str(caught.value).count("cannot be reached: ") == 2


def test_all_that_failed_is_listed_in_one_error(tmp_path):
    places = ["http://[::bad", "ftp://x", "/no/such/folder"]
    with serve(leads_to("http://[::bad")) as bad, pytest.raises(DataError) as caught:
        fetch(TINY, tmp_path, [*places, bad.address])
    lines = str(caught.value).splitlines()
    for place, line in zip([*places, bad.address], lines[1:5], strict=True):
        assert line.startswith(f"  {place}")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("plan", [
    chunked, says(ok(), body=True), says(ok(Content_Length=str(SIZE)), body=True),
    says(part(f"bytes 0-{SIZE - 1}/*"), body=True),
], ids=["chunks", "no length", "a length", "a part that is all"])
def test_a_right_file_is_taken_however_its_length_is_told(tmp_path, plan):
    with serve(plan) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert_fetched(tmp_path)


@pytest.mark.parametrize("data", [BODY[:HALF], bytes(HALF), b"x" * (SIZE - 1)])
def test_a_server_that_has_no_such_part_is_asked_for_all(tmp_path, data):
    put(tmp_path, data, part=True)
    with serve(has_no_such_part) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked == [f"bytes={len(data)}-", None]
    assert_fetched(tmp_path)


def test_one_that_always_answers_416_is_that_mirrors_fault(tmp_path, capsys):
    put(tmp_path, BODY[:HALF], part=True)
    with serve(status(416)) as bad, serve(whole) as good:
        fetch(TINY, tmp_path, [bad.address, good.address])
    assert "answered 416" in capsys.readouterr().out
    assert good.asked == [f"bytes={HALF}-"]


def test_a_part_whose_bytes_are_not_those_it_names_is_found_out(tmp_path):
    put(tmp_path, BODY[:HALF], part=True)
    lie = says(part(f"bytes {HALF}-{SIZE - 1}/{SIZE}"), body=True)
    with serve(lie) as bad, serve(whole) as good:
        fetch(TINY, tmp_path, [bad.address, good.address])
    assert_fetched(tmp_path)


def test_a_connection_that_is_reset_is_asked_for_the_rest(tmp_path):
    with serve(resets(HALF), whole) as mirror:
        fetch(TINY, tmp_path, [mirror.address])
    assert mirror.asked[0] is None and mirror.asked[1].startswith("bytes=")
    assert_fetched(tmp_path)


def test_the_first_byte_is_handed_on_at_once():
    with serve(held(1)) as mirror:
        with opened_web(mirror.address, 0, SIZE, 20) as (start, pieces):
            assert (start, next(pieces)) == (0, BODY[:1])


def test_a_server_that_sends_without_an_end_is_left():
    def endless(handler):
        handler.begin(200)
        while True:
            handler.wfile.write(bytes(1 << 16))

    with serve(endless) as mirror:
        with opened_web(mirror.address, 0, 10, 5) as (_, pieces):
            with pytest.raises(Fault, match="without end"):
                for _ in pieces:
                    pass


WRONG = [
    ({"archive": None}, TypeError, "archive must be an Archive, got NoneType"),
    ({"archive": "cifar10"}, TypeError, "archive must be an Archive"),
    ({"archive": TINY._replace(file="../x")}, ValueError, "archive.file must be a pl"),
    ({"archive": TINY._replace(file="/x")}, ValueError, "archive.file must be a plain"),
    ({"archive": TINY._replace(folder="..")}, ValueError, "archive.folder must be a"),
    ({"archive": TINY._replace(folder="")}, ValueError, "archive.folder must be"),
    ({"archive": TINY._replace(file=3)}, TypeError, "archive.file must be a name"),
    ({"archive": TINY._replace(bytes="3")}, TypeError, "archive.bytes must be a whole"),
    ({"archive": TINY._replace(bytes=-1)}, ValueError, "archive.bytes must be at"),
    ({"archive": TINY._replace(md5="x")}, ValueError, "archive.md5 must be 32"),
    ({"archive": TINY._replace(md5=None)}, ValueError, "archive.md5 must be 32"),
    ({"folder": 5}, TypeError, "folder must be a path, got int"),
    ({"folder": b"x"}, TypeError, "folder must be a path, got bytes"),
    ({"folder": ""}, ValueError, "folder must be a path, got ''"),
    ({"folder": "a\0b"}, ValueError, "folder must be a path, got"),
    ({"mirrors": 5}, TypeError, "mirrors must be a list of addresses, got 5"),
    ({"mirrors": {"http://x"}}, TypeError, "mirrors must be a list of addresses"),
    ({"mirrors": b"http://x"}, TypeError, "mirrors must be a list of addresses"),
    ({"mirrors": ()}, ValueError, "mirrors must hold at least one"),
    ({"mirrors": [5]}, TypeError, r"mirrors\[0\] must be a web address or .*got int"),
    ({"mirrors": ["http://x", None]}, TypeError, r"mirrors\[1\] must be .*got None"),
    ({"mirrors": [b"x"]}, TypeError, r"mirrors\[0\] must be .*got bytes"),
    ({"mirrors": [""]}, ValueError, r"mirrors\[0\] must be .*got ''"),
    ({"mirrors": ["a\0b"]}, ValueError, r"mirrors\[0\] must be"),
    ({"patience": None}, TypeError, "patience must be a number of seconds, got None"),
    ({"patience": "5"}, TypeError, "patience must be a number of seconds, got '5'"),
    ({"patience": True}, TypeError, "patience must be a number of seconds, got True"),
    ({"patience": -1}, ValueError, "patience must be more than 0 .*got -1"),
    ({"patience": float("nan")}, ValueError, "patience must be more than 0 .*got nan"),
    ({"patience": float("inf")}, ValueError, "patience must be .*86,400.*got inf"),
    ({"patience": 10**20}, ValueError, "patience must be .*86,400"),
]


@pytest.mark.parametrize("changed, kind, words", WRONG)
def test_what_cannot_be_fetched_is_refused_at_the_door(tmp_path, changed, kind, words):
    given = {"archive": TINY, "folder": tmp_path, "mirrors": ["/no/such"]} | changed
    with pytest.raises(kind, match=words):
        fetch(**given)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("do, kind, words", [
    (lambda: bring(None, "x", 1, "x"), TypeError, "place and name must be text"),
    (lambda: bring("x", "x", 1, None), TypeError, "place and name must be text"),
    (lambda: bring("x", None, 1, "x"), TypeError, "part must be a path"),
    (lambda: bring("x", "x", 1.5, "x"), TypeError, "size must be a whole number"),
    (lambda: bring("x", "x", -1, "x"), ValueError, "size must be at least 0"),
    (lambda: bring("x", "x", 1, "x", 0), ValueError, "patience must be"),
    (lambda: without_secrets(None), TypeError, "place must be text, got None"),
    (lambda: length(None), TypeError, "path must be a path"),
    (lambda: length(""), ValueError, "path must be a path, got ''"),
    (lambda: discard(""), ValueError, "path must be a path, got ''"),
    (lambda: discard(3), TypeError, "path must be a path"),
    (lambda: alone(None).__enter__(), TypeError, "path must be a path"),
    (lambda: room("x", 5).__enter__(), TypeError, "needed must be a function"),
    (lambda: room(None, int).__enter__(), TypeError, "folder must be a path"),
    (lambda: troubles_told(5).__enter__(), TypeError, "folder must be a path"),
])
def test_every_door_names_the_argument(tmp_path, monkeypatch, do, kind, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=words):
        do()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("place, shown", [
    ("http://me:word@host/a?b=c#d", "http://host/a"),
    ("HTTP://me:w@rd@host/a", "HTTP://host/a"),
    ("http://me:word@[::bad/x?y", "http://[::bad/x"),
    ("http://host/a@b", "http://host/a@b"),
    ("http://host:99999?token=x", "http://host:99999"),
    ("ftp://me:word@host", "ftp://host"),
    ("/a folder/with?question#mark@x", "/a folder/with?question#mark@x"),
    ("\x1b[2J/x\ny", "/x y"),
    ("", ""),
])
def test_an_address_is_shown_without_its_secrets_even_if_it_is_none(place, shown):
    assert without_secrets(place) == shown


def test_a_home_that_is_not_known_is_told(monkeypatch):
    monkeypatch.setenv("RESATTN_DATA", "~nobody-of-that-name/data")
    with pytest.raises(DataError, match="home folder at .*~nobody-of.*RESATTN_DATA"):
        data_folder()


def test_a_blank_data_folder_counts_as_none(monkeypatch):
    monkeypatch.setenv("RESATTN_DATA", " ")
    assert data_folder() == Path.home() / ".cache" / "resattn_tutorial"
