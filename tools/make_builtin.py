"""Make the package's two files of items from the four files of Fashion-MNIST.

    python -m tools.make_builtin FOLDER

``FOLDER`` holds ``train-images-idx3-ubyte.gz`` and its three companions. The tool
prints what ``resattn_tutorial/data/items.py`` has to hold of each: its size and its
sha256. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from resattn_tutorial.data.items import CLASSES, FOLDER, ITEM, SPLITS
from tools.ending import ended
from tools.files import write_whole

PREFIXES = {"train": "train", "test": "t10k"}
# What each split is chosen from, in the order in which they choose.
SOURCES = {"train": "train", "test": "test", "large test": "test"}


def main() -> int:
    """Read the folder named on the command line and write the files of items; 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds the four .gz files")
    parser.add_argument("--output", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    for name, packed in pack(read_source(arguments.folder)).items():
        write_whole(arguments.output / name, packed)
        print(f'{name}: {len(packed):_}, "{hashlib.sha256(packed).hexdigest()}"')
    return 0


def read_source(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The images ``(M, 28, 28)`` and labels ``(M,)`` of each file, as published."""
    return {
        split: (
            read_idx(folder / f"{prefix}-images-idx3-ubyte.gz"),
            read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz"),
        )
        for split, prefix in PREFIXES.items()
    }


def read_idx(path: Path) -> np.ndarray:
    """Read a gzipped IDX file of bytes; raises ValueError where it is none.

    The format: two zeros, 8 for "unsigned bytes", the number of axes, then the length
    of each axis as a big-endian 32-bit number, then the bytes.
    """
    content = gzip.decompress(path.read_bytes())
    if content[:3] != b"\0\0\x08":
        raise ValueError(f"{path} is no IDX file of bytes: {content[:4]!r}.")
    shape = np.frombuffer(content, ">u4", count=content[3], offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def pack(source: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, bytes]:
    """Choose, shrink and compress the items of all splits: each file's bytes by name.

    Raises:
        ValueError: a class has too few distinct items.
    """
    seen: set[bytes] = set()
    chosen: dict[str, list[np.ndarray]] = {}
    for split, published in SOURCES.items():
        images, labels = source[published]
        file, rows = SPLITS[split]
        for label in range(len(CLASSES)):
            mine = shrink(images[labels == label])
            items = distinct(mine, len(rows) // len(CLASSES), seen)
            chosen.setdefault(file.path.name, []).extend(items)
    # bzip2's output has not changed for many years; zlib's and xz's vary by version.
    return {
        name: bz2.compress(np.stack(items).tobytes(), 9)
        for name, items in chosen.items()
    }


def distinct(items: np.ndarray, count: int, seen: set[bytes]) -> list[np.ndarray]:
    """The first ``count`` items that were not seen before; they are added to ``seen``.

    One ``seen`` for all splits keeps an item that was published twice out of all but
    the first.
    """
    found = []
    for item in items:
        if len(found) < count and item.tobytes() not in seen:
            seen.add(item.tobytes())
            found.append(item)
    if len(found) < count:
        raise ValueError(f"{count} distinct items of a class wanted, got {len(found)}.")
    return found


def shrink(images: np.ndarray) -> np.ndarray:
    """Images ``(M, 28, 28)`` to items ``(M, 20, 20)`` of 64 levels, in whole numbers.

    Each new pixel is the mean of the area it covers: 28 pixels repeated 5 times are
    20 times 7.
    """
    wide = images.astype(np.uint16).repeat(ITEM // 4, axis=1).repeat(ITEM // 4, axis=2)
    sums = wide.reshape(-1, ITEM, 7, ITEM, 7).sum(axis=(2, 4), dtype=np.uint32)
    return (sums // (49 * 4)).astype(np.uint8)


if __name__ == "__main__":
    sys.exit(ended(main, ValueError))
