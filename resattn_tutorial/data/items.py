"""The items of clothing that the built-in scenes are made of (chapter 3).

They are the one data file of the package: 22,000 items of Fashion-MNIST, at the size
at which they are pasted. ``builtin/README.md`` says where they come from.
"""

from __future__ import annotations

import bz2
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

CLASSES = (
    "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
)
# The rows of each split in the file of items; within a split, sorted by class.
SPLITS = {"train": range(20_000), "test": range(20_000, 22_000)}
ITEM = 20
ITEMS_FILE = Path(__file__).parent / "builtin/fashion_items.bz2"
ITEMS_BYTES = 3_472_091
ITEMS_SHA256 = "174ccf7c7626a76eaf84a85176b51129437fde19bca5367ece29571e4f8f3ebe"


class Items(NamedTuple):
    """Whole items: ``pixels`` ``(M, 20, 20)``, levels 0 to 63, and ``labels`` ``(M,)``.

    A label is an index into ``CLASSES``.
    """

    pixels: np.ndarray
    labels: np.ndarray


def load_items(split: str) -> Items:
    """The items of a split, the same number of each class, sorted by class.

    Args:
        split: ``"train"`` or ``"test"``.

    Raises:
        ValueError: there is no such split, or the file is cut short or altered.
        FileNotFoundError: the file is missing.
    """
    rows = SPLITS[require_split(split)]
    labels = np.arange(len(rows)) * len(CLASSES) // len(rows)
    return Items(_read_items(ITEMS_FILE)[rows.start:rows.stop], labels)


def require_split(split: str) -> str:
    """Return ``split`` if there is one of this name; raises ValueError if not."""
    if not isinstance(split, str) or split not in SPLITS:
        choices = ", ".join(map(repr, SPLITS))
        raise ValueError(f"split must be one of {choices}, got {split!r}.")
    return split


@lru_cache(maxsize=1)
def _read_items(path: Path) -> np.ndarray:
    """The file's items, ``(M, 20, 20)``; refuses a file that is not the known one."""
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}, the file of built-in items, is missing. "
            "Install the package again."
        )
    packed = path.read_bytes()
    digest = hashlib.sha256(packed).hexdigest()
    if digest != ITEMS_SHA256:
        raise ValueError(
            f"{path} is cut short or altered: expected {ITEMS_BYTES} bytes with sha256 "
            f"{ITEMS_SHA256}, got {len(packed)} bytes with sha256 {digest}. "
            "Install the package again."
        )
    pixels = np.frombuffer(bz2.decompress(packed), np.uint8)
    return pixels.reshape(-1, ITEM, ITEM)            # read-only
