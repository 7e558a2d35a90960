"""The trial and the table of *A checksum, piece by piece*."""

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
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Telling, Traces


def my_checksum(path: Path, piece: int) -> str:
    """The solution, and what the slips change."""
    md5 = hashlib.md5()
    with open(path, "rb") as file:
        while part := file.read(piece):
            md5.update(part)
    return md5.hexdigest()


LARGE, PIECE = 6_000_000, 1 << 16
# What reading in pieces may hold at once: far more than a piece, far less than all.
MOST = 2_000_000
ONE = "one checksum for each piece: a single md5 takes all pieces, one after another"
FOR_BYTES = 'open the file with mode "rb": a checksum takes bytes, and text is none'
BYTES = "digest() gives bytes; hexdigest() gives the text"
OBJECT = "the md5 object itself came: its hexdigest() is the text"
ALL_OF_IT = (
    "read() without a number, read_bytes(), lines and a list of pieces can hold all of "
    "it: file.read(piece), in a loop"
)
TOO_MUCH = "what is read at once is larger than a piece: file.read(piece)"
AS_IT_CAME = (
    'each piece goes in as it came, until none comes: b"" is the end, and nothing else '
    "is"
)
NAME = "that is the checksum of the file's name: open it, and read its bytes"
CLOSED = "read inside the with block: behind it the file is closed"
GIVEN = "open the path that comes, whatever the file is called"
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
        others = {hashlib.md5(case.asked[0]).hexdigest() for case in CHECKSUM.cases}
        return KEPT if found.get("value") in others - {right["value"]} else None


READ = "while part := file.read(piece):"
UPDATE = "md5.update(part)"
END = "return md5.hexdigest()"
AS_TEXT = '"r", encoding="latin-1"'


def read(words: str, *loops: str) -> Slip:
    """Pieces that come otherwise."""
    return Slip(words, *[{READ: loop} for loop in loops])


def taken(words: str, *parts: str) -> Slip:
    """Something else than the piece is taken in."""
    return Slip(words, *[{UPDATE: f"md5.update({part})"} for part in parts])


def ended(words: str, *ends: str) -> Slip:
    """Something else comes back."""
    return Slip(words, *[{END: f"return {end}"} for end in ends])


SLIPS = (
    ended("the letters: hexdigest() gives small ones, as checksums are printed",
          "md5.hexdigest().upper()"),
    read("only the first piece is read: go on until nothing comes",
         "for part in [file.read(piece)]:"),
    Slip("only the last piece counts: make one md5 before the loop, and update it "
         "inside", {UPDATE: "md5 = hashlib.md5(part)"}),
    Slip("every second piece is lost: each read() moves on, so keep what it gave",
         {READ: "while file.read(piece):", UPDATE: "md5.update(file.read(piece))"},
         {UPDATE: f"{UPDATE}; file.read(piece)"}),
    read("the rest at the end, which is smaller than a piece, is left out",
         "while len(part := file.read(piece)) == piece:"),
    read("the first piece is left out", f"file.read(piece)\n        {READ}"),
    read(NAME, "for part in [str(path).encode()]:", "for part in [path.name.encode()]:"
         ),
    taken(ONE, "hashlib.md5(part).digest()", "hashlib.md5(part).hexdigest().encode()"),
    Slip(ONE, {"md5 = hashlib.md5()": "md5 = ''", UPDATE: "md5 += hashlib.md5(part)."
               "hexdigest()", END: "return md5"}),
    Slip("nothing of the file went in: md5.update(part) with each part",
         {UPDATE: "pass"}),
    Slip('the line ends were changed: mode "rb" reads bytes as they are',
         {'"rb"': AS_TEXT, UPDATE: 'md5.update(part.encode("latin-1"))'}),
    Slip(FOR_BYTES, {'"rb"': AS_TEXT}, {'"rb"': '"r", encoding="utf-8"'}),
    Slip(CLOSED, {READ: "part = file.read(piece)\n    while part:",
                  f"    {UPDATE}": f"{UPDATE}; part = file.read(piece)"}),
    Slip(GIVEN, {"open(path": 'open("part.bin"'}),
    ended(BYTES, "md5.digest()"),
    ended(OBJECT, "md5"),
    Slip(LENGTHS[64], {"hashlib.md5": "hashlib.sha256"}),
    Slip(LENGTHS[40], {"hashlib.md5": "hashlib.sha1"}),
    Slip(LENGTHS[0], {"md5 = hashlib.md5()": "md5 = None", UPDATE: "md5 = md5 or "
                      f"hashlib.md5(); {UPDATE}", END: f"{END} if md5 else ''"}),
    read(ALL_OF_IT, READ.replace("piece", ""), "for part in file:"),
    read(TOO_MUCH, READ.replace("piece", "1 << 21")),
    read(AS_IT_CAME, "while any(part := file.read(piece)):"),
    taken(AS_IT_CAME, "part.strip()"),
)


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


CHECKSUM = Table(
    title="A checksum, piece by piece",
    usage="my_checksum(path, piece)",
    reference=my_checksum,
    cases=tuple(cases()),
    slips=SLIPS,
    trial=ChecksumTrial(make=written, read=read_digest),
    fixed=False,
    errors={
        "decode": FOR_BYTES,
        "Strings must be encoded": FOR_BYTES,
        "string argument without an encoding": FOR_BYTES,
        "object supporting the buffer": "update() takes bytes: what file.read(piece) "
        "gives",
        "No such file": GIVEN,
        "ValueError: read of closed": CLOSED,
    },
)
