"""A run's folder: one process at a time, and tried before the first step (chapter 10).

What would go wrong at the end of a run should go wrong before its first step: a name
that is too long for a file, a folder that cannot be written, a disk that is too full.
"""

from __future__ import annotations

import math
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout
from torch import nn

from resattn_tutorial.files import is_gone

try:
    import resource
except ImportError:                                  # Windows has none
    resource = None

LOCK, HOLDER = ".lock", ".holder"
# Workers that read photographs notice within five seconds that their parent is gone.
PATIENCE = 20.0
# Of a checkpoint, beside the weights and what the optimizer keeps for each.
MARGIN = 2**20
# Bytes of a file's name that systems allow.
LONGEST = 255


class RunFolderError(OSError):
    """A folder that this run cannot use; says why, and what to do."""


@contextmanager
def held(folder: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Hold a run's folder against all other processes; it is made if need be.

    The system frees the folder of a process that was killed. The same process may
    hold it twice, one call within the other.

    Args:
        folder: the run's.
        patience: seconds to wait if the process that held it is gone, but not yet all
            that it had started.

    Raises:
        RunFolderError: another process holds it, and is named; or the folder cannot be
            made or written.
    """
    lock = _locked(folder, patience)
    try:
        with _troubles_told(folder):
            (folder / HOLDER).write_text(f"{os.getpid()} {socket.gethostname()}\n")
        yield
    finally:
        if lock.lock_counter == 1:
            (folder / HOLDER).unlink(missing_ok=True)
        lock.release()


def _locked(folder: Path, patience: float) -> BaseFileLock:
    """The folder's lock, in our hands; raises as :func:`held`."""
    with _troubles_told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / LOCK, is_singleton=True)
        gone = not lock.is_locked and _is_gone(folder)
        try:
            lock.acquire(timeout=patience if gone else 0)
        except Timeout:
            raise RunFolderError(
                f"{folder} is in use by {_holder(folder)}. Wait until it has ended, "
                "or stop it; another run needs a folder of its own."
            ) from None
    return lock


def _told(folder: Path) -> tuple[int, str] | None:
    """Process and host that hold a folder, as they wrote it down."""
    try:
        process, _, host = (folder / HOLDER).read_text().strip().partition(" ")
        return int(process), host
    except (OSError, ValueError):                    # not written yet, or no longer
        return None


def _holder(folder: Path) -> str:
    told = _told(folder)
    return f"process {told[0]} on {told[1]}" if told else "another process"


def _is_gone(folder: Path) -> bool:
    """Whether the process that held a folder is known to have ended."""
    told = _told(folder)
    return told is not None and told[1] == socket.gethostname() and is_gone(told[0])


@contextmanager
def _troubles_told(path: Path) -> Iterator[None]:
    """Turn what the system says of a path into a ``RunFolderError``."""
    try:
        yield
    except RunFolderError:
        raise
    except OSError as error:
        raise RunFolderError(
            f"{path} cannot be written: {error.strerror or error}. "
            "Give the run another folder."
        ) from error


def require_name(folder: Path, name: str) -> None:
    """Make sure that a file of this name can be written at the end of a run.

    Args:
        folder: the run's, held.
        name: the file's.

    Raises:
        RunFolderError: the name is too long, it is a folder's, or the folder cannot be
            written.
    """
    path = folder / name
    if (more := len(os.fsencode(name)) - LONGEST) > 0:
        raise RunFolderError(
            f"{name} is too long for a file's name, by {more} "
            "bytes: give the data a shorter one, with --data-name."
        )
    if path.is_dir():
        raise RunFolderError(f"{path} is a folder, and must be a file.")
    with _troubles_told(path):
        tempfile.NamedTemporaryFile(dir=folder).close()


def require_room(folder: Path, network: nn.Module, more: int = 0) -> None:
    """Make sure that two checkpoints fit: the new one is whole before the old one goes.

    Args:
        folder: the run's, held.
        network: whose checkpoints will be written.
        more: how many times they hold its weights beside those that learn.

    Raises:
        RunFolderError: says how much space there is, and how much is needed; or that
            the system lets nobody write so large a file.
    """
    needed = 2 * checkpoint_bytes(network, more)
    free = shutil.disk_usage(folder).free
    if (largest := largest_file()) < needed // 2:
        raise RunFolderError(
            f"{folder} cannot keep a checkpoint: it has up to {needed // 2:,} bytes, "
            f"and this system's limit for a file is {largest:,} (ulimit -f)."
        )
    if free < needed:
        raise RunFolderError(
            f"{folder} has too little space: two checkpoints need {needed:,} bytes, "
            f"{free:,} are free. Free some, or give the run another folder."
        )


def largest_file() -> float:
    """Bytes of the largest file that this process may write."""
    if resource is None:
        return math.inf
    limit, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    return math.inf if limit == resource.RLIM_INFINITY else limit


def checkpoint_bytes(network: nn.Module, more: int = 0) -> int:
    """About how large a checkpoint is: the weights, and each one's momentum."""
    weights = [*network.state_dict().values()] * (1 + more) + [*network.parameters()]
    return MARGIN + sum(value.numel() * value.element_size() for value in weights)
