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
from os import PathLike
from pathlib import Path

from filelock import FileLock, Timeout

from resattn_tutorial.printable import printable
from resattn_tutorial.validation import require_path

FULL = (errno.ENOSPC, errno.EDQUOT)
ELSEWHERE = "RESATTN_DATA can name another folder."


class DataError(OSError):
    """Data cannot be fetched, read or kept; says why, and what to do about it."""


def data_folder() -> Path:
    """Where data is kept: ``RESATTN_DATA`` if set, else ``~/.cache/resattn_tutorial``.

    The folder need not exist yet. A variable that is blank counts as not set.

    Raises:
        DataError: it begins with the home of somebody whom the system does not know.
    """
    chosen = os.environ.get("RESATTN_DATA", "").strip() or "~/.cache/resattn_tutorial"
    try:
        return Path(chosen).expanduser()
    except RuntimeError as error:
        raise DataError(
            f"The home folder at the beginning of {printable(chosen)} cannot be found. "
            f"{ELSEWHERE}"
        ) from error


def length(path: str | PathLike[str]) -> int:
    """The number of bytes in a file; 0 if there is none."""
    try:
        return require_path("path", path).stat().st_size
    except FileNotFoundError:
        return 0


def refuse_pipe(path: Path) -> None:
    """Raise a ``DataError`` if a pipe lies there: opening it would wait for ever."""
    if path.is_fifo():
        raise DataError(f"{path} is a pipe, not a file. Move it away.")


def discard(path: str | PathLike[str]) -> None:
    """Remove a file, a link or a whole folder, if it is there."""
    path = require_path("path", path)
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def alone(path: str | PathLike[str]) -> Iterator[None]:
    """Hold the lock beside ``path``; while another process holds it, wait, and say so.

    The system frees the lock of a process that is killed.

    Raises:
        OSError: the folder cannot be made, or the lock cannot be written.
        DataError: the folder's file system has no locks.
    """
    path = require_path("path", path)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock")
    try:
        lock.acquire(timeout=0)
    except NotImplementedError as error:
        raise DataError(
            f"The file system of {path.parent} cannot lock files. {ELSEWHERE}"
        ) from error
    except Timeout:
        print(f"{path.name}: another process is using it; waiting.", flush=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def room(folder: str | PathLike[str], needed: Callable[[], int]) -> Iterator[None]:
    """Make sure that what is written inside fits into ``folder``.

    Args:
        folder: an existing folder.
        needed: how many bytes are still to be written, asked when it matters.

    Raises:
        TypeError: ``needed`` cannot be asked.
        DataError: they do not fit, as seen beforehand or found while writing (by a
            quota, or because somebody else filled the disk).
    """
    folder = require_path("folder", folder)
    if not callable(needed):
        raise TypeError(f"needed must be a function without arguments, got {needed!r}.")
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
def troubles_told(folder: str | PathLike[str]) -> Iterator[None]:
    """Turn what the system says of files in ``folder`` into a ``DataError``."""
    folder = require_path("folder", folder)
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        raise DataError(f"{folder} cannot be used: {error}. {ELSEWHERE}") from error
