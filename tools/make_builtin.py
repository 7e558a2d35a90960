"""Make the package's file of items from the four files of Fashion-MNIST.

    python -m tools.make_builtin FOLDER

``FOLDER`` holds ``train-images-idx3-ubyte.gz`` and its three companions. The tool
prints the two constants that ``resattn_tutorial/data/items.py`` has to hold: the file's
size and its sha256. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import sys
from pathlib import Path

import numpy as np

from resattn_tutorial.data.items import CLASSES, ITEM, ITEMS_FILE, SPLITS
from tools.ending import ended
from tools.files import write_whole

PREFIXES = {"train": "train", "test": "t10k"}


def main() -> int:
    """Read the folder named on the command line and write the file of items; 0."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="holds the four .gz files")
    parser.add_argument("--output", type=Path, default=ITEMS_FILE)
    arguments = parser.parse_args()
    packed = pack(read_source(arguments.folder))
    write_whole(arguments.output, packed)
    print(f"ITEMS_BYTES = {len(packed):_}")
    print(f'ITEMS_SHA256 = "{hashlib.sha256(packed).hexdigest()}"')
    return 0


def read_source(folder: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """The images ``(M, 28, 28)`` and labels ``(M,)`` of each split, as published."""
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


def pack(source: dict[str, tuple[np.ndarray, np.ndarray]]) -> bytes:
    """Choose, shrink and compress the items of all splits: the file's bytes.

    Raises:
        ValueError: a class has too few distinct items.
    """
    seen: set[bytes] = set()
    chosen = []
    for split, rows in SPLITS.items():
        images, labels = source[split]
        for label in range(len(CLASSES)):
            mine = shrink(images[labels == label])
            chosen += distinct(mine, len(rows) // len(CLASSES), seen)
    # bzip2's output has not changed for many years; zlib's and xz's vary by version.
    return bz2.compress(np.stack(chosen).tobytes(), 9)


def distinct(items: np.ndarray, count: int, seen: set[bytes]) -> list[np.ndarray]:
    """The first ``count`` items that were not seen before; they are added to ``seen``.

    One ``seen`` for all splits keeps an item that was published twice out of the
    second split.
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
