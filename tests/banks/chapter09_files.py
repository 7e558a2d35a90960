"""Answers to *Check a file, piece by piece*."""

from __future__ import annotations

import hashlib
import mmap
import os
import zlib

from tests.banks import Answer

NAME = "checksum"


def in_pieces(path, piece):
    md5 = hashlib.md5(usedforsecurity=False)
    with open(path, "rb") as file:
        while part := file.read(piece):
            md5.update(part)
    return md5.hexdigest()


def by_iter(path, piece):
    """Right: the two-argument iter stops at the empty bytes."""
    md5 = hashlib.new("md5", usedforsecurity=False)
    with path.open("rb") as file:
        for part in iter(lambda: file.read(piece), b""):
            md5.update(part)
    return md5.digest().hex()


def by_library(path, piece):
    """Right: the standard library's own reader, with pieces of its own."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "md5").hexdigest()


def into_a_buffer(path, piece):
    """Right: the same memory for each piece."""
    md5, room = hashlib.md5(), memoryview(bytearray(piece))
    with open(str(path), "rb", buffering=0) as file:
        while count := file.readinto(room):
            md5.update(room[:count])
    return md5.hexdigest()


def by_place(path, piece):
    """Right: a file opened anew for each piece."""
    md5 = hashlib.md5()
    for start in range(0, os.path.getsize(path), piece):
        with open(path, "rb") as file:
            file.seek(start)
            md5.update(file.read(piece))
    return md5.hexdigest()


def mapped(path, piece):
    """Right: the system brings pages as they are read."""
    if not path.stat().st_size:
        return hashlib.md5().hexdigest()
    with path.open("rb") as file:
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            return hashlib.md5(whole).hexdigest()


RIGHT = [
    Answer(NAME, "in pieces", in_pieces),
    Answer(NAME, "by the two-argument iter", by_iter),
    Answer(NAME, "by the library", by_library),
    Answer(NAME, "into a buffer", into_a_buffer),
    Answer(NAME, "opened anew for each piece", by_place),
    Answer(NAME, "mapped into memory", mapped),
]


def parts(path, piece):
    with open(path, "rb") as file:
        return list(iter(lambda: file.read(piece), b""))


def of(choose):
    """An answer that takes the checksum of ``choose(pieces)``."""
    return lambda path, piece: hashlib.md5(choose(parts(path, piece))).hexdigest()


def as_text(path, piece):
    md5 = hashlib.md5()
    with open(path, encoding="utf-8") as file:
        while part := file.read(piece):
            md5.update(part.encode())
    return md5.hexdigest()


def text_not_encoded(path, piece):
    with open(path, encoding="latin-1") as file:
        return hashlib.md5(file.read()).hexdigest()


KEPT = hashlib.md5()


def kept(path, piece):
    for part in parts(path, piece):
        KEPT.update(part)
    return KEPT.hexdigest()


def remembering():
    known = {}
    return lambda path, piece: known.setdefault(piece, in_pieces(path, piece))


def until(ends, change=lambda part: part, size=lambda piece: piece):
    """An answer that stops at a piece that ``ends``, and takes changed pieces."""
    def answer(path, piece):
        md5 = hashlib.md5()
        with open(path, "rb") as file:
            while not ends(part := file.read(size(piece))):
                md5.update(change(part))
        return md5.hexdigest()
    return answer


def begun_by_the_first_piece(path, piece):
    md5 = None
    for part in parts(path, piece):
        md5 = md5 or hashlib.md5()
        md5.update(part)
    return md5.hexdigest() if md5 else ""


WRONG = [
    Answer(NAME, "a million bytes at a time", until(
        lambda part: not part, size=lambda piece: 1 << 20), "larger than a piece"),
    Answer(NAME, "the checksum of checksums", lambda path, piece: hashlib.md5(b"".join(
        hashlib.md5(part).digest() for part in parts(path, piece))).hexdigest(),
        "single md5"),
    Answer(NAME, "begun by the first piece", begun_by_the_first_piece,
           "before the loop"),
    Answer(NAME, "the first piece", of(lambda p: p[0] if p else b""), "first piece"),
    Answer(NAME, "the last piece", of(lambda p: p[-1] if p else b""), "last piece"),
    Answer(NAME, "without the first piece", of(lambda p: b"".join(p[1:])), "left out"),
    Answer(NAME, "read as text", as_text, "\"rb\""),
    Answer(NAME, "text that is not encoded", text_not_encoded, "\"rb\""),
    Answer(NAME, "CRC", lambda path, piece: f"{zlib.crc32(path.read_bytes()):08x}",
           "hashlib.md5"),
    Answer(NAME, "one md5 for all files", kept, "between calls"),
    Answer(NAME, "files known by their piece", remembering(), "between calls"),
    Answer(NAME, "whether it is right", lambda path, piece: True, "itself"),
    Answer(NAME, "the builtin hash", lambda path, piece: hash(path.read_bytes()),
           "hexdigest() gives"),
]
