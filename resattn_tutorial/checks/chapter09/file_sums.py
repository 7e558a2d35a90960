"""The table of *A checksum, piece by piece*."""

from __future__ import annotations

import hashlib
from pathlib import Path

from resattn_tutorial.checks.chapter09.checksum_trial import (
    ALL_OF_IT,
    BYTES,
    CASES,
    LENGTHS,
    OBJECT,
    ONE,
    TOO_MUCH,
    ChecksumTrial,
    read_digest,
    written,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Table


def my_checksum(path: Path, piece: int) -> str:
    """The solution, and what the slips change."""
    md5 = hashlib.md5()
    with open(path, "rb") as file:
        while part := file.read(piece):
            md5.update(part)
    return md5.hexdigest()


FOR_BYTES = 'open the file with mode "rb": a checksum takes bytes, and text is none'
AS_IT_CAME = (
    'each piece goes in as it came, until none comes: b"" is the end, and nothing else '
    "is"
)
NAME = "that is the checksum of the file's name: open it, and read its bytes"
BUFFER = (
    "readinto() fills the beginning of the buffer: of the last, smaller piece take "
    "part[:n], for behind it stands what was read before"
)
CLOSED = "read inside the with block: behind it the file is closed"
GIVEN = "open the path that comes, whatever the file is called"

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
    read(BUFFER, "part = bytearray(piece)\n        while file.readinto(part):"),
    taken(AS_IT_CAME, "part.strip()"),
)


CHECKSUM = Table(
    title="A checksum, piece by piece",
    usage="my_checksum(path, piece)",
    reference=my_checksum,
    cases=CASES,
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
