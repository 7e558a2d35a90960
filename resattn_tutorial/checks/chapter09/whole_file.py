"""Judge a checksum of files, and name the wrong checksum that came instead."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from resattn_tutorial.checks.engine.functions import call, kind
from resattn_tutorial.checks.engine.probe import KEPT, refuse, suspecting
from resattn_tutorial.checks.engine.report import Report

MD5 = partial(hashlib.md5, usedforsecurity=False)
LARGE, PIECE = 6_000_000, 1 << 16
# What reading in pieces may hold at once: far more than a piece, far less than all.
MOST = 2_000_000
ERRORS = {
    "decode": "the file is opened as text: mode \"rb\" gives its bytes",
    "Strings must be encoded": "a checksum takes bytes: open the file with mode \"rb\"",
    "string argument without an encoding": "open the file with mode \"rb\"",
    "object supporting the buffer": "update() takes bytes: what file.read(piece) gives",
    "No such file": "open the path that comes, whatever the file is called",
    "ValueError: read of closed": "read inside the with block: behind it the file is "
    "closed",
}


def _bytes(count: int) -> bytes:
    """So many bytes in which no two pieces are the same, line ends among them."""
    words = (f"{number:x}\r\n\xff" for number in range(count // 3 + 1))
    return "".join(words).encode("latin-1")[:count]


CASES = {
    "1,000 bytes in pieces of 300": (_bytes(1000), 300),
    "600 bytes in pieces of 300": (_bytes(600), 300),
    "a file smaller than a piece": (_bytes(70), 300),
    "an empty file": (b"", 300),
}


def _pieces(data: bytes, piece: int) -> list[bytes]:
    return [data[i:i + piece] for i in range(0, len(data), piece)]


def _every_second(data: bytes, piece: int) -> bytes:
    return b"".join(_pieces(data, piece)[1::2])


def _full_pieces(data: bytes, piece: int) -> bytes:
    return data[: len(data) // piece * piece]


def _last(data: bytes, piece: int) -> bytes:
    return (_pieces(data, piece) or [b""])[-1]


def _digests(data: bytes, piece: int, form: Callable) -> bytes:
    digests = [form(MD5(part).digest()) for part in _pieces(data, piece)]
    return b"".join(x if isinstance(x, bytes) else x.encode() for x in digests)


ONE = "one checksum for each piece: a single md5 takes all pieces, one after another"
FORMS: list[tuple[Callable[[bytes, int, Path], str], str]] = [
    (lambda data, piece, path: MD5(data).hexdigest().upper(), "the letters: "
     "hexdigest() gives small ones, as checksums are printed"),
    (lambda data, piece, path: MD5(data[:piece]).hexdigest(), "only the first piece "
     "is read: go on until nothing comes"),
    (lambda data, piece, path: MD5(_last(data, piece)).hexdigest(), "only the last "
     "piece counts: make one md5 before the loop, and update it inside"),
    (lambda data, piece, path: MD5(_every_second(data, piece)).hexdigest(), "every "
     "second piece is lost: each read() moves on, so keep what it gave"),
    (lambda data, piece, path: MD5(_full_pieces(data, piece)).hexdigest(), "the rest "
     "at the end, which is smaller than a piece, is left out"),
    (lambda data, piece, path: MD5(data[piece:]).hexdigest(), "the first piece is "
     "left out"),
    (lambda data, piece, path: MD5(str(path).encode()).hexdigest(), "that is the "
     "checksum of the file's name: open it, and read its bytes"),
    (lambda data, piece, path: MD5(path.name.encode()).hexdigest(), "that is the "
     "checksum of the file's name: open it, and read its bytes"),
    (lambda data, piece, path: MD5(_digests(data, piece, bytes)).hexdigest(), ONE),
    (lambda data, piece, path: MD5(_digests(data, piece, bytes.hex)).hexdigest(), ONE),
    (lambda data, piece, path: MD5(b"").hexdigest(), "nothing of the file went in: "
     "md5.update(part) with each part"),
    (lambda data, piece, path: MD5(data.replace(b"\r\n", b"\n")).hexdigest(), "the "
     "line ends were changed: mode \"rb\" reads bytes as they are"),
]
LENGTHS = {
    0: "a file of no bytes has a checksum, too: make the md5 before the loop",
    64: "that is as long as SHA-256; the known checksums here are MD5",
    40: "that is as long as SHA-1; the known checksums here are MD5",
    128: ONE,
}


def judge(report: Report, answer: Callable[[Path, int], str]) -> None:
    """Ask for the checksums of :data:`CASES`, and watch the memory."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "part.bin"
        for name, (data, piece) in CASES.items():
            path.write_bytes(data)
            came = _asked(report, answer, path, piece, name)
            if path.read_bytes() != data:
                refuse(report, f"{name}: the file was changed", "open it for reading")
            right, words = MD5(data).hexdigest(), None
            if came != right:
                again = _asked(report, answer, path, piece, name)
                words = _named(came, again, data, piece, path)
            report.require(came == right, f"{name}: {right[:12]}…",
                           f"{came[:12]}… came", words)
        _require_pieces(report, answer, path)


def _asked(
    report: Report, answer: Callable, path: Path, piece: int, name: str
) -> str:
    with suspecting(report, ERRORS):
        came = call(report, answer, f"my_checksum, for {name},", path, piece)
    if isinstance(came, str) and len(came) != 32:
        refuse(report, f"{name}: {len(came)} letters came, an MD5 has 32",
               LENGTHS.get(len(came), "hashlib.md5 makes it, hexdigest() gives it"))
    if not isinstance(came, str):
        refuse(report, f"a text of 32 letters must come back, got {kind(came)}",
               _other(came))
    return came


def _other(came: Any) -> str:
    if came is None:
        return "the function ends without a return"
    if isinstance(came, bytes):
        return "digest() gives bytes; hexdigest() gives the text"
    if hasattr(came, "hexdigest"):
        return "the md5 object itself came: its hexdigest() is the text"
    if isinstance(came, bool):
        return "the checksum itself is to come back; comparing it comes later"
    return "return what hexdigest() gives"


def _named(
    came: str, again: str, data: bytes, piece: int, path: Path
) -> str | None:
    others = {MD5(other).hexdigest() for other, _ in CASES.values() if other}
    if came != again or came in others:
        return KEPT
    forms = ((form(data, piece, path), words) for form, words in FORMS)
    return next((words for wrong, words in forms if wrong == came), None)


def _require_pieces(report: Report, answer: Callable, path: Path) -> None:
    """A large file must not lie in memory whole.

    It begins with zeros, ends with blanks and has no line ends: nothing but a count
    cuts it to pieces, and each byte of them belongs to it.
    """
    data = bytes(PIECE) + bytes(range(50, 250)) * (LARGE // 200)
    data = data[: LARGE - 2] + b"  "
    path.write_bytes(data)
    right = MD5(data).hexdigest()
    del data
    tracemalloc.start()
    try:
        came = _asked(report, answer, path, PIECE, f"{LARGE:,} bytes")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    if came != right:
        refuse(report, f"{LARGE:,} bytes get a wrong checksum",
               "each piece goes in as it came, until none comes: b\"\" is the end, and "
               "nothing else is")
    words = (
        "read() without a number, read_bytes(), lines and a list of pieces can hold "
        "all of it: file.read(piece), in a loop"
    )
    if most < LARGE:
        words = "what is read at once is larger than a piece: file.read(piece)"
    report.require(most < MOST, f"{LARGE:,} bytes are never in memory all at once",
                   f"{most:,} bytes were", words)
