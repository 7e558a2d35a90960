"""What data is at hand: where it lies, how large it is, whether it is whole (ch. 9).

Looking costs a second at most and loads no PyTorch.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.cifar import ARCHIVES, unpacked
from resattn_tutorial.data.items import ITEMS_FILE, MORE_FILE, ItemsFile
from resattn_tutorial.data.mirrors import MD5, Archive
from resattn_tutorial.data.storage import DataError, data_folder, length
from resattn_tutorial.names import DataName
from resattn_tutorial.printable import printable

# The files that the built-in data needs; a search needs no more than the first.
ITEMS = {DataName.BUILTIN: ITEMS_FILE, DataName.BUILTIN_LARGE: MORE_FILE}


class Holding(NamedTuple):
    """One set of images, as it is found.

    Attributes:
        name: the word for it.
        state: ``"whole"``, ``"unpacked"``, ``"missing"``, ``"cut"``, ``"damaged"`` or
            ``"unreadable"``.
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
        path = printable(str(self.path))
        return f"{self.name:<13} {self.state:<10} {size:>9}  {path}"


def make_ready(name: str) -> None:
    """Fetch and unpack what a name stands for, unless it is there.

    Raises:
        DataError: it cannot be had, or kept.
    """
    if name in ARCHIVES:                             # the others lie in the package
        unpacked(ARCHIVES[name])


def table() -> list[str]:
    """What there is, one line each, what to fix, and where it is kept.

    Raises:
        DataError: the folder that keeps it cannot be named.
    """
    kept = f"CIFAR is kept in {data_folder()}; RESATTN_DATA can name another folder."
    found = find_holdings()
    mends = [f"to fix: {printable(one.mend)}" for one in found if one.mend]
    return [*map(str, found), *mends, printable(kept)]


def find_holdings() -> list[Holding]:
    """The data that has a name of its own, in the package and in ``data_folder()``.

    What cannot be looked at is told as such, and does not hide the others.
    """
    looks = {
        name.value: (file.path, partial(_items, name.value, file))
        for name, file in ITEMS.items()
    } | {
        name: (Path(archive.file), partial(_archive, name, archive))
        for name, archive in ARCHIVES.items()
    }
    return [_looked(name, path, look) for name, (path, look) in looks.items()]


def _looked(name: str, path: Path, look: Callable[[], Holding]) -> Holding:
    try:
        return look()
    except OSError as error:
        mend = f"{error}"
        if not isinstance(error, DataError):
            mend = f"{name} cannot be read: {error}"
        return Holding(name, "unreadable", 0, path, mend)


def _items(name: str, file: ItemsFile) -> Holding:
    """A file of items that built-in scenes are made of."""
    state = _state(file.path, file.bytes, "sha256", file.sha256)
    mend = None if state == "whole" else f"{file.path} is {state}: install it again."
    return Holding(name, state, length(file.path), file.path, mend)


def _archive(name: str, archive: Archive) -> Holding:
    folder = data_folder()
    unpacked, path = folder / archive.folder, folder / archive.file
    if os.path.lexists(unpacked):
        return _unpacked(name, unpacked)
    part = path.with_name(f"{path.name}.part")
    if os.path.lexists(part) and not os.path.lexists(path):
        path, state = part, "cut"
    else:
        state = _state(path, archive.bytes, MD5, archive.md5)
    mend = None
    if state in ("cut", "damaged"):
        remedy = "" if path.is_file() else "remove it, then "
        mend = f"{path} is {state}: {remedy}resattn data {name}"
    return Holding(name, state, length(path), path, mend)


def _unpacked(name: str, folder: Path) -> Holding:
    """What lies in an unpacked archive's folder, with each file that cannot be read."""
    remedy = f"remove {folder}, then resattn data {name}"
    if not folder.is_dir():
        return Holding(name, "damaged", 0, folder, f"{folder} is no folder: {remedy}")
    size, faults = 0, []
    for inside, _, files in os.walk(folder, onerror=faults.append):
        for file in files:
            try:
                size += os.stat(os.path.join(inside, file)).st_size
            except OSError as error:
                faults.append(error)
    if not faults:
        return Holding(name, "unpacked", size, folder)
    more = f", and {len(faults) - 1} more" if len(faults) > 1 else ""
    what = f"{faults[0].filename} cannot be read ({faults[0].strerror}{more})"
    return Holding(name, "damaged", size, folder, f"{what}: {remedy}")


def _state(path: Path, size: int, kind: str | Callable, checksum: str) -> str:
    if not os.path.lexists(path):
        return "missing"
    if not path.is_file() or length(path) > size:    # a pipe would not end
        return "damaged"
    if length(path) < size:
        return "cut"
    with path.open("rb") as file:
        same = hashlib.file_digest(file, kind).hexdigest() == checksum
    return "whole" if same else "damaged"
