"""The folder that keeps the data: found, locked, with room, its troubles told plainly.

Several processes may want the same file at once (chapter 9), the disk may be full, a
folder may belong to somebody else. What to do then is said here, once.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

FULL = (errno.ENOSPC, errno.EDQUOT)
ELSEWHERE = "RESATTN_DATA can name another folder."


class DataError(OSError):
    """Data cannot be fetched, read or kept; says why, and what to do about it."""


def data_folder() -> Path:
    """Where data is kept: ``RESATTN_DATA`` if set, else ``~/.cache/resattn_tutorial``.

    The folder need not exist yet.

    Raises:
        DataError: it is to be in the home of a user whom there is not.
    """
    chosen = os.environ.get("RESATTN_DATA") or "~/.cache/resattn_tutorial"
    try:
        return Path(chosen).expanduser()
    except RuntimeError as error:            # pathlib's kind for an unknown user
        raise DataError(
            f"data cannot be kept in {chosen}: no home folder is known for "
            f"{Path(chosen).parts[0]}. {ELSEWHERE}"
        ) from error


def length(path: Path) -> int:
    """The number of bytes in a file; 0 if there is none."""
    return path.stat().st_size if path.exists() else 0


def discard(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold the lock beside ``path``; while another process holds it, wait, and say so.

    The system frees the lock of a process that is killed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        print(f"{path.name}: another process is at it; waiting.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def room(folder: Path, needed: Callable[[], int]) -> Iterator[None]:
    """Make sure that what is written inside fits into ``folder``.

    Args:
        folder: an existing folder.
        needed: how many bytes are still to be written, asked when it matters.

    Raises:
        DataError: they do not fit, as seen beforehand or found while writing (by a
            quota, or because somebody else filled the disk).
    """
    if shutil.disk_usage(folder).free < needed():
        raise DataError(_full(folder, needed()))
    try:
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DataError(_full(folder, needed())) from error


def _full(folder: Path, needed: int) -> str:
    free = shutil.disk_usage(folder).free
    return (
        f"{folder} is full: {needed:,} bytes are needed, {free:,} are free. "
        f"Free some space, and run this again. {ELSEWHERE}"
    )


@contextmanager
def troubles_told(folder: Path) -> Iterator[None]:
    """Turn what the system says of files in ``folder`` into a ``DataError``."""
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{folder} cannot be used: {error}. {ELSEWHERE}") from error
