"""The items of clothing that the built-in scenes are made of (chapter 3).

They are 29,500 items of Fashion-MNIST, at the size at which they are pasted, in two
files: 22,000 to learn from and to test on, and 7,500 more for tests that must tell
small differences apart. ``builtin/README.md`` says where they come from.
"""

from __future__ import annotations

import bz2
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

CLASSES = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)
ITEM = 20
FOLDER = Path(__file__).parent / "builtin"


class ItemsFile(NamedTuple):
    """A file of items, and how to tell that it is whole: its size and checksum."""

    path: Path
    bytes: int
    sha256: str


ITEMS_FILE = ItemsFile(
    FOLDER / "fashion_items.bz2", 3_472_091,
    "174ccf7c7626a76eaf84a85176b51129437fde19bca5367ece29571e4f8f3ebe",
)
MORE_FILE = ItemsFile(
    FOLDER / "fashion_items_more.bz2", 1_195_756,
    "0f72041c311f31d5fc6233c4ca522ef22cc84ada6a9ed2f99d4377ecc6ecdb03",
)


class Split(NamedTuple):
    """Rows of a file of items; in each file a split's rows are sorted by class."""

    file: ItemsFile
    rows: Sequence[int]


def _of_each_class(first: int, last: int) -> Sequence[int]:
    """The training rows from ``first`` up to ``last`` of each class's 2,000."""
    return [
        row for start in range(0, 20_000, 2_000)
        for row in range(start + first, start + last)
    ]


# The order counts: a split's place in it is part of its scenes' seed.
SPLITS = {
    "train": Split(ITEMS_FILE, range(20_000)),
    "test": Split(ITEMS_FILE, range(20_000, 22_000)),
    # For tests that must tell small differences apart.
    "large test": Split(MORE_FILE, range(7_500)),
    # The training items in two parts: a learning rate is chosen on the second, so that
    # no test item has a say in it.
    "search": Split(ITEMS_FILE, _of_each_class(0, 1_800)),
    "validation": Split(ITEMS_FILE, _of_each_class(1_800, 2_000)),
    # So few that a small network can memorise them, wrong labels and all.
    "few": Split(ITEMS_FILE, _of_each_class(0, 100)),
}


class Items(NamedTuple):
    """Whole items: ``pixels`` ``(M, 20, 20)``, levels 0 to 63, and ``labels`` ``(M,)``.

    A label is an index into ``CLASSES``.
    """

    pixels: np.ndarray
    labels: np.ndarray


def load_items(split: str) -> Items:
    """The items of a split, the same number of each class, sorted by class.

    Args:
        split: ``"train"``, ``"test"``, ``"large test"``; ``"search"`` or
            ``"validation"``, the two parts of the training items; or ``"few"``, a
            twentieth of them.

    Raises:
        ValueError: there is no such split, or the file is cut short or altered.
        FileNotFoundError: the file is missing.
    """
    file, rows = SPLITS[require_split(split)]
    labels = np.arange(len(rows)) * len(CLASSES) // len(rows)
    return Items(_read_items(file)[rows], labels)


def require_split(split: str) -> str:
    """Return ``split`` if there is one of this name; raises ValueError if not."""
    if not isinstance(split, str) or split not in SPLITS:
        choices = ", ".join(map(repr, SPLITS))
        raise ValueError(f"split must be one of {choices}, got {split!r}.")
    return split


@lru_cache(maxsize=2)
def _read_items(file: ItemsFile) -> np.ndarray:
    """The file's items, ``(M, 20, 20)``; refuses a file that is not the known one."""
    if not file.path.is_file():
        raise FileNotFoundError(
            f"{file.path}, a file of built-in items, is missing. "
            "Install the package again."
        )
    packed = file.path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if digest != file.sha256:
        raise ValueError(
            f"{file.path} is cut short or altered: expected {file.bytes} bytes with "
            f"sha256 {file.sha256}, got {len(packed)} bytes with sha256 {digest}. "
            "Install the package again."
        )
    pixels = np.frombuffer(bz2.decompress(packed), np.uint8)
    return pixels.reshape(-1, ITEM, ITEM)            # read-only
