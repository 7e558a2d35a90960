"""A file known by its checksum, from the first mirror that gives it (chapter 9).

All mirrors hold the very same bytes: what one began another can finish, and the
checksum decides. A file gets its name only when all of it is right.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.download import (
    PATIENCE,
    bring,
    require_patience,
    without_secrets,
)
from resattn_tutorial.data.faults import Cut, Fault
from resattn_tutorial.data.storage import (
    DataError,
    alone,
    data_folder,
    length,
    refuse_pipe,
    room,
    troubles_told,
)
from resattn_tutorial.validation import require_count, require_fields, require_path

# How often a mirror whose connection breaks is asked for the rest.
TRIES = 3
# Some machines forbid md5 unless told that no secret hangs on it.
MD5 = partial(hashlib.md5, usedforsecurity=False)


class Archive(NamedTuple):
    """An archive that is known by its checksum.

    ``torchvision.datasets`` reads it by a class of the same ``name``, less the dash.
    ``file`` has ``bytes`` bytes and checksum ``md5``, and holds one ``folder``;
    ``mirrors`` are its web addresses, in the order in which they are tried.
    """

    name: str
    file: str
    bytes: int
    md5: str
    folder: str
    mirrors: tuple[str, ...]


def fetch(
    archive: Archive,
    folder: str | PathLike[str] | None = None,
    mirrors: Sequence[str | PathLike[str]] | None = None,
    patience: float = PATIENCE,
) -> Path:
    """The archive's path, checked; downloaded if it is missing or damaged.

    A download that was interrupted goes on where it stopped. The file gets its name
    only when all of it is right; until then it is called ``<file>.part``.

    Args:
        archive: ``CIFAR10`` or ``CIFAR100``.
        folder: where it is kept; ``data_folder()`` if ``None``.
        mirrors: web addresses or paths, of the file or of a folder that has it, in
            order; if ``None``, ``RESATTN_MIRROR`` (when set), then the known ones.
        patience: the longest silence of a server, in seconds; as long may it send
            less than 1,000 bytes per second.

    Raises:
        TypeError, ValueError: an argument is of a wrong kind, or invalid.
        DataError: no mirror gave the right file, or it cannot be read or kept.
    """
    require_archive(archive)
    places = [_place(mirror, archive.file) for mirror in _chosen(archive, mirrors)]
    patience = require_patience(patience)
    folder = data_folder() if folder is None else require_path("folder", folder)
    path = folder / archive.file
    if _damage(path, archive) is None:
        return path
    with troubles_told(folder), alone(path):
        if _damage(path, archive) is not None:
            _replace(path, archive, places, patience)
    return path


def require_archive(archive: Archive) -> Archive:
    """Return ``archive`` if what it holds is valid: plain names, a size, a checksum.

    Raises:
        TypeError: it is no ``Archive``, or holds what is of a wrong kind.
        ValueError: it holds what is invalid.
    """
    require_fields("archive", archive, Archive)
    for field in ("file", "folder"):
        name = getattr(archive, field)
        path = require_path(f"archive.{field}", name, "a name")
        if path.name != name or name == "..":
            raise ValueError(f"archive.{field} must be a plain name, got {name!r}.")
    require_count("archive.bytes", archive.bytes)
    if not re.fullmatch("[0-9a-f]{32}", str(archive.md5)):
        raise ValueError(
            f"archive.md5 must be 32 hexadecimal digits, got {archive.md5!r}."
        )
    return archive


def _chosen(
    archive: Archive, mirrors: Sequence[str | PathLike[str]] | None
) -> list[str]:
    if mirrors is None:
        own = os.environ.get("RESATTN_MIRROR", "").strip()
        return [own, *archive.mirrors] if own else list(archive.mirrors)
    if not isinstance(mirrors, (list, tuple)):
        raise TypeError(f"mirrors must be a list of addresses, got {mirrors!r}.")
    if not mirrors:
        raise ValueError("mirrors must hold at least one address, got none.")
    for number, mirror in enumerate(mirrors):
        require_path(f"mirrors[{number}]", mirror, "a web address or a path")
    return [os.fspath(mirror) for mirror in mirrors]


def _place(mirror: str, file: str) -> str:
    """Where a mirror has the file; one that does not name it is a folder."""
    mirror = os.path.expanduser(mirror)
    if file in mirror:
        return mirror
    return f"{mirror}{file}" if mirror.endswith("/") else f"{mirror}/{file}"


def _damage(path: Path, archive: Archive) -> str | None:
    """What is wrong with a file; ``None`` if it is the archive, whole."""
    try:
        refuse_pipe(path)
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            md5 = hashlib.file_digest(file, MD5).hexdigest()
    except FileNotFoundError:
        return "is missing"
    except DataError:
        raise
    except OSError as error:
        raise DataError(
            f"{path} cannot be read ({error.strerror}); expected {archive.name}'s "
            "archive. Make it readable, or move it away."
        ) from error
    if (size, md5) == (archive.bytes, archive.md5):
        return None
    return (
        f"has {size:,} bytes with md5 {md5}, "
        f"expected {archive.bytes:,} with md5 {archive.md5}"
    )


def _replace(
    path: Path, archive: Archive, places: Sequence[str], patience: float
) -> None:
    """Put the right archive at ``path``, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    refuse_pipe(part)
    if path.exists():
        print(f"{path} {_damage(path, archive)}: fetching it again.", flush=True)
        # One that was cut short is the beginning of the right one.
        os.replace(path, part)
    with room(path.parent, lambda: max(archive.bytes - length(part), 0)):
        _from_first_good(places, part, archive, patience)
    with part.open("r+b") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


def _from_first_good(
    places: Sequence[str], part: Path, archive: Archive, patience: float
) -> None:
    faults = []
    for place in places:
        try:
            _from_one(place, part, archive, patience)
            return
        except Fault as fault:
            faults.append(f"{without_secrets(place)} {fault}")
            print(f"{archive.name}: {faults[-1]}.", flush=True)
    raise DataError(
        f"{archive.name} could not be fetched:\n  " + "\n  ".join(faults)
        + f"\nTry again later, or set RESATTN_MIRROR to an address or a folder that "
        f"has {archive.file}, or put that file ({archive.bytes:,} bytes, md5 "
        f"{archive.md5}) into {part.parent}, or set RESATTN_DATA to a folder that has "
        "it. The built-in scenes need no download."
    )


def _from_one(place: str, part: Path, archive: Archive, patience: float) -> None:
    """Complete ``part`` from one place, or raise what is wrong with that place."""
    for left in reversed(range(TRIES)):
        had = length(part)
        try:
            bring(place, part, archive.bytes, archive.name, patience)
        except Cut as cut:
            if not left or length(part) <= had:
                raise
            who = without_secrets(place)
            print(f"{archive.name}: {who} {cut}; asking for the rest.", flush=True)
            continue
        wrong = _damage(part, archive)
        if wrong is None:
            return
        part.unlink()
        if not had:
            raise Fault(f"sent other bytes: the file {wrong}")
        print(f"{part} {wrong}: starting from nothing.", flush=True)
    raise Fault(f"gave no correct file in {TRIES} tries")
