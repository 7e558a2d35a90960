"""A validation split from training images, where a folder brings none (chapter 10).

To choose among epochs needs images that nobody learned from, and the test images are
not for choosing. So a share of each class's training images is held out. Which ones,
a digest of the seed and of each file's name decides: the same on every machine and
with every version of a library. An image that is added later moves few others.

Two files of one photograph are two images here. Where a folder holds such copies, or
many frames of one film, the split is to be made by hand: some of them would be learned
from, and their twins validated on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from hashlib import sha256
from os import PathLike
from typing import NamedTuple

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.files import write_whole
from resattn_tutorial.validation import (
    require_kind,
    require_number,
    require_seed,
    require_sequence,
)

SHARE = 0.2


class Split(NamedTuple):
    """Names of files by class, each name in one of the two, in the order that came.

    Attributes:
        training: what to learn from.
        validation: what to choose by.
    """

    training: dict[str, tuple[str, ...]]
    validation: dict[str, tuple[str, ...]]


def validation_split(
    names: Mapping[str, Sequence[str]], share: float = SHARE, seed: int = 0
) -> Split:
    """Hold out a share of each class's images: a stratified split.

    Of n images of a class ``round(share * n)`` are held out, but at least one, and at
    least one stays.

    Args:
        names: the files of each class.
        share: how much to hold out, above 0 and below 1.
        seed: of the choice, from 0 to ``2**32 - 1``.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a number is out of bounds, a class has fewer than two images, or
            names a file twice.
    """
    require_kind("names", names, Mapping, "a mapping from classes to names of files")
    require_number("share", share, above=0, below=1)
    require_seed(seed)
    for kind, files in names.items():
        require_sequence(f"names[{kind!r}]", files)
        if len(set(files)) < len(files):
            raise ValueError(f"names[{kind!r}] must name each file once.")
    if small := [kind for kind, files in names.items() if len(files) < 2]:
        count = len(names[small[0]])
        raise ValueError(
            "each class must have at least 2 images to be split, one to learn from and "
            f"one to validate on; {shown(small[0])} has {count}."
        )
    held = {kind: _held_out(kind, names[kind], share, seed) for kind in names}
    return Split(
        {kind: tuple(x for x in names[kind] if x not in held[kind]) for kind in names},
        {kind: tuple(x for x in names[kind] if x in held[kind]) for kind in names},
    )


def _held_out(
    kind: str, files: Sequence[str], share: float, seed: int
) -> frozenset[str]:
    """Those of a class's files whose digests are the lowest."""
    count = min(max(round(share * len(files)), 1), len(files) - 1)
    return frozenset(sorted(files, key=lambda name: _digest(seed, kind, name))[:count])


def _digest(seed: int, kind: str, name: str) -> bytes:
    # As the system has it: a file's name need not be UTF-8.
    return sha256(os.fsencode(f"{seed}\0{kind}\0{name}")).digest()


def write_split(
    path: str | PathLike[str], split: Split, share: float, seed: int
) -> None:
    """Record a split as JSON, whole or not at all: names by class, share and seed.

    Raises:
        TypeError: ``split`` is none; OSError: the file cannot be written.
    """
    require_kind("split", split, Split, "a Split")
    told = {"seed": seed, "share": share, **split._asdict()}
    write_whole(path, json.dumps(told, indent=1) + "\n")
