"""Files written whole or not at all, by one writer or by many at once (chapter 10).

The new file is written beside the old one under a name of the writer's own, forced to
the disk, and then takes the file's name, which the system does in one indivisible step.
Whoever pulls the plug finds the old file or the new one, never half of one. What a
killed writer leaves is removed by the next one in that folder.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from os import PathLike
from pathlib import Path
from typing import BinaryIO

from resattn_tutorial.validation import require_path

# Short, since a file's own name may be as long as the system allows.
DRAFT = re.compile(r"\.draft-(?P<place>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}")
# No writer takes as long, on whatever machine it is.
DAY = 24 * 60 * 60
# What a file system answers that has no fsync for what it is asked of.
NOT_OFFERED = (errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)


def require_place(
    name: str, path: str | PathLike[str], endings: Sequence[str] = ()
) -> Path:
    """A path at which a file can be written; said before the work that makes it.

    Args:
        name: what the argument is called.
        path: of the file.
        endings: one of which it must have, in small letters; any will do if none.

    Raises:
        TypeError: it is no path.
        ValueError: it is empty, ends otherwise, or is a folder.
        OSError: its folder is not there, or the system lets nobody write there.
    """
    path = require_path(name, path)
    if endings and path.suffix.lower() not in endings:
        wanted = " or ".join(endings)
        raise ValueError(f"{name} must end in {wanted}, got {path.name!r}.")
    if path.is_dir():
        raise ValueError(f"{name} must be a file, and {path} is a folder.")
    if not path.parent.is_dir():
        raise FileNotFoundError(
            f"{name} must be in a folder that is there, and {path.parent} is not. Make "
            "it first, or give another place."
        )
    try:
        tempfile.TemporaryFile(dir=path.parent).close()
    except OSError as error:
        raise OSError(
            f"{name} must be in a folder that can be written, and {path.parent} "
            f"cannot: {error.strerror}."
        ) from error
    return path


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """A new file for ``path``, which takes its name if all goes well.

    Args:
        path: of the file; what stood there stays until the new one is whole.

    Raises:
        OSError: the disk is full, or refuses; the old file is still there then.
    """
    path = require_path("path", path)
    remove_leftovers(path.parent)
    draft = path.with_name(draft_name())
    try:
        with draft.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        force_name_to_disk(path.parent)
    except OSError as error:
        raise unwritten(path, error) from error
    finally:
        draft.unlink(missing_ok=True)


def unwritten(path: Path, error: BaseException) -> OSError:
    """What the system said when ``path`` could not be written, with that path.

    PyTorch tells a full disk in words of its own, behind which the system's stand.
    """
    told: BaseException | None = error
    while told is not None and not isinstance(told, OSError):
        told = told.__context__
    if told is None or told.errno is None:
        return OSError(f"{path} could not be written: {told or error}")
    return OSError(told.errno, told.strerror, str(path))


def write_whole(path: str | PathLike[str], content: str | bytes) -> None:
    """Write ``path``; whoever reads it meets the old content or the new one.

    Args:
        path: of the file, in a folder that is there.
        content: bytes, or text to be written as UTF-8.

    Raises:
        OSError: as :func:`replacing`.
    """
    with replacing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def force_to_disk(handle: int) -> None:
    """Have the system write an open file or folder down, where that can be asked.

    Mounts of other machines' disks, and of Drives, may not know the request. What is
    written there is as safe as they make it.
    """
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in NOT_OFFERED:
            raise


def force_name_to_disk(folder: str | PathLike[str]) -> None:
    """Have the system write down what the files in a folder are called."""
    folder = require_path("folder", folder)
    if os.name == "nt":                              # cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        force_to_disk(handle)
    finally:
        os.close(handle)


def draft_name() -> str:
    """A name that no other writer has, nor this one in another thread."""
    return f".draft-{_place()}-{os.getpid()}-{secrets.token_hex(4)}"


def remove_leftovers(folder: Path) -> None:
    """Remove the drafts of writers that were killed.

    That is safe where a writer is known to be gone: a process of this machine that
    there is not any more, or any process after a day.
    """
    # Whoever may write here, but not look, or not remove, still may write.
    with suppress(OSError):
        for name in os.listdir(folder):
            found = DRAFT.fullmatch(name)
            if found and _is_left(folder / name, found["place"], int(found["process"])):
                (folder / name).unlink(missing_ok=True)


def _is_left(draft: Path, place: str, process: int) -> bool:
    if place == _place() and is_gone(process):
        return True
    return time.time() - draft.lstat().st_mtime > DAY


def is_gone(process: int) -> bool:
    """Whether a process of this machine is known to have ended."""
    if os.name == "nt":                              # os.kill would end it there
        return False
    try:
        os.kill(process, 0)                          # asks only whether it is there
    except (ProcessLookupError, OverflowError):
        return True
    except OSError:
        return False
    return False


@cache
def _place() -> str:
    """Where process numbers mean what they do here: machine, start, and container."""
    known = [socket.gethostname()]
    with suppress(OSError):                          # not every system has them
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text())
        known.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:8]
