"""The trial of a checksum: files, the text that comes back, and the memory it takes."""

from __future__ import annotations

import atexit
import hashlib
import shutil
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import KEPT, refuse
from resattn_tutorial.checks.engine.report import Report, Stopped
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling, Traces

LARGE, PIECE = 6_000_000, 1 << 16
# What reading in pieces may hold at once: far more than a piece, far less than all.
MOST = 2_000_000
ONE = "one checksum for each piece: a single md5 takes all pieces, one after another"
BYTES = "digest() gives bytes; hexdigest() gives the text"
OBJECT = "the md5 object itself came: its hexdigest() is the text"
ALL_OF_IT = (
    "read() without a number, read_bytes(), lines and a list of pieces can hold all of "
    "it: file.read(piece), in a loop"
)
TOO_MUCH = "what is read at once is larger than a piece: file.read(piece)"
LENGTHS = {
    0: "a file of no bytes has a checksum, too: make the md5 before the loop",
    64: "that is as long as SHA-256; the known checksums here are MD5",
    40: "that is as long as SHA-1; the known checksums here are MD5",
    128: ONE,
}


@cache
def folder() -> Path:
    """A folder of this process, with one name, so that its checksum stays the same."""
    place = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def written(case: Case) -> tuple[Path, int]:
    """A file with a case's bytes, and how many to read at a time."""
    data, piece = case.asked
    path = folder() / "part.bin"
    path.write_bytes(data)
    return path, piece


def read_digest(report: Report, came: Any) -> Telling:
    """What came, if it is a text as long as an MD5."""
    if isinstance(came, str):
        if len(came) != 32:
            refuse(report, f"{len(came)} letters came, an MD5 has 32", LENGTHS.get(
                len(came), "hashlib.md5 makes it, hexdigest() gives it"))
        return Telling(came)
    words = "return what hexdigest() gives"
    if came is None:
        words = "the function ends without a return"
    elif isinstance(came, bytes):
        words = BYTES
    elif hasattr(came, "hexdigest"):
        words = OBJECT
    elif isinstance(came, bool):
        words = "the checksum itself is to come back; comparing it comes later"
    refuse(report, f"a text of 32 letters must come back, got {kind(came)}", words)


def some_bytes(count: int) -> bytes:
    """So many bytes in which no two pieces are the same, line ends among them."""
    words = (f"{number:x}\r\n\xff" for number in range(count // 3 + 1))
    return "".join(words).encode("latin-1")[:count]


def cases() -> Iterator[Case]:
    """Small files, and one that is not to lie in memory whole.

    That one begins with zeros, ends with blanks and has no line ends: nothing but a
    count cuts it to pieces, and each byte of them belongs to it.
    """
    yield Case((some_bytes(1000), 300), "1,000 bytes in pieces of 300")
    yield Case((some_bytes(600), 300), "600 bytes in pieces of 300")
    yield Case((some_bytes(70), 300), "a file smaller than a piece")
    yield Case((b"", 300), "an empty file")
    large = bytes(PIECE) + bytes(range(50, 250)) * (LARGE // 200)
    yield Case((large[: LARGE - 2] + b"  ", PIECE), f"{LARGE:,} bytes")


CASES = tuple(cases())


class ChecksumTrial(FunctionTrial):
    """A case is a file's bytes, and how many are read at a time."""

    facts = {
        "file": "the file stays as it was",
        "memory": f"{LARGE:,} bytes are never in memory all at once",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        try:
            yield from super().__call__(report, table, answer, case)
        except Stopped:
            report.failed = str(report.failed).replace(str(folder()), "…")
            raise
        path, piece = folder() / "part.bin", case.asked[1]
        yield "file", path.read_bytes() == case.asked[0]
        if len(case.asked[0]) == LARGE:
            tracemalloc.start()
            try:
                answer(path, piece)
                most = tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()
            if most > MOST:
                refuse(report, f"{self.facts['memory']}: {most / 1e6:.0f} million were",
                       ALL_OF_IT if most >= LARGE else TOO_MUCH)
            yield "memory", "little"

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        others = {hashlib.md5(case.asked[0]).hexdigest() for case in CASES}
        return KEPT if found.get("value") in others - {right["value"]} else None
