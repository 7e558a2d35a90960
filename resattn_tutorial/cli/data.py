"""What data is at hand: where it lies, how large it is, whether it is whole (ch. 9).

Looking costs a second at most and loads no PyTorch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.cifar import ARCHIVES, unpacked
from resattn_tutorial.data.items import ITEMS_BYTES, ITEMS_FILE, ITEMS_SHA256
from resattn_tutorial.data.mirrors import MD5, Archive
from resattn_tutorial.data.storage import data_folder, length


class Holding(NamedTuple):
    """One set of images, as it is found.

    Attributes:
        name: the word for it.
        state: ``"whole"``, ``"unpacked"``, ``"missing"``, ``"cut"`` or ``"damaged"``.
        bytes: what lies there.
        path: where it lies, or would.
        mend: what to do, if something is wrong; missing is not wrong.
    """

    name: str
    state: str
    bytes: int
    path: Path
    mend: str | None = None

    def __str__(self) -> str:
        """One line of a table."""
        size = f"{self.bytes / 1e6:,.1f} MB" if self.bytes else "-"
        return f"{self.name:<9} {self.state:<9} {size:>9}  {self.path}"


def make_ready(name: str) -> None:
    """Fetch and unpack what a name stands for, unless it is there.

    Raises:
        DataError: it cannot be had, or kept.
    """
    if name in ARCHIVES:                             # the others lie in the package
        unpacked(ARCHIVES[name])


def table() -> list[str]:
    """What there is, one line each, and where it is kept."""
    kept = f"CIFAR is kept in {data_folder()}; RESATTN_DATA can name another folder."
    return [*map(str, find_holdings()), kept]


def find_holdings() -> list[Holding]:
    """The data that has a name of its own, in the package and in ``data_folder()``."""
    folder = data_folder()
    archives = [_archive(name, kind, folder) for name, kind in ARCHIVES.items()]
    return [_scenes(), *archives]


def _scenes() -> Holding:
    """The items that the built-in scenes are made of."""
    found = length(ITEMS_FILE)
    state = _state(ITEMS_FILE, ITEMS_BYTES, "sha256", ITEMS_SHA256)
    mend = None if state == "whole" else f"{ITEMS_FILE} is {state}: install it again."
    return Holding("builtin", state, found, ITEMS_FILE, mend)


def _archive(name: str, archive: Archive, folder: Path) -> Holding:
    unpacked, path = folder / archive.folder, folder / archive.file
    if unpacked.is_dir():
        size = sum(file.stat().st_size for file in unpacked.rglob("*"))
        return Holding(name, "unpacked", size, unpacked)
    part = path.with_name(f"{path.name}.part")
    if part.exists() and not path.exists():
        path, state = part, "cut"
    else:
        state = _state(path, archive.bytes, MD5, archive.md5)
    mend = None
    if state in ("cut", "damaged"):
        mend = f"{path} is {state}: resattn data {name}"
    return Holding(name, state, length(path), path, mend)


def _state(path: Path, size: int, kind: str | Callable, checksum: str) -> str:
    if not path.exists():
        return "missing"
    if length(path) < size:
        return "cut"
    with path.open("rb") as file:
        same = hashlib.file_digest(file, kind).hexdigest() == checksum
    return "whole" if same else "damaged"
