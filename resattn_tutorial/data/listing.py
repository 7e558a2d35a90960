"""The images of one split of a folder, listed (chapter 9)."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.data.walk import Found, Walk

# Two sets that differ by accident agree in 64 bits once in 2**64 times. Nobody is kept
# from forging a set: sizes are compared, not contents.
DIGITS = 16


class Listing(NamedTuple):
    """The images of one split.

    Attributes:
        folder: the split's folder.
        classes: the names of the classes, in order.
        images: by class, and within a class by name.
        labels: for each image, the number of its class.
        skipped: how many files were left out, by reason.
    """

    folder: Path
    classes: tuple[str, ...]
    images: tuple[Found, ...]
    labels: tuple[int, ...]
    skipped: Mapping[str, int]

    def path(self, number: int) -> Path:
        """Where an image lies."""
        return Path(f"{self.folder}/{self.images[number].name}")

    @property
    def endings(self) -> list[str]:
        """The endings of the files' names, in small letters and in order."""
        names = (image.name for image in self.images)
        return sorted({os.path.splitext(name)[1].lower() for name in names})

    @property
    def fingerprint(self) -> str:
        """Of the classes, the images of each, and every image's name and size."""
        counts = Counter(self.labels)
        return fingerprint(
            self.classes,
            (str(counts[label]) for label in range(len(self.classes))),
            (f"{image.name}\0{image.size}" for image in self.images),
        )


def fingerprint(classes: Iterable[str], *parts: Iterable[str]) -> str:
    """Sixteen hexadecimal digits that change when a class or a part does."""
    digest = sha256()
    for part in (classes, *parts):
        for line in part:
            # As the system has it: a file's name need not be UTF-8.
            digest.update(os.fsencode(line) + b"\n")
        digest.update(b"\0\n")
    return digest.hexdigest()[:DIGITS]


def is_text(name: str) -> bool:
    """Whether a file's name can be kept in a file, and shown: neither bytes that are
    no UTF-8 nor ends of lines and what else steers a terminal.
    """
    return not any(unicodedata.category(x) in ("Cc", "Cs", "Zl", "Zp") for x in name)


def class_names(folder: Path) -> tuple[str, ...]:
    """The folders in a split's folder, in order, without those that begin with a dot.

    Raises:
        ValueError: one has a name that cannot be shown or kept.
    """
    if not folder.is_dir():
        return ()
    with os.scandir(folder) as entries:
        kinds = sorted(kind.name for kind in entries if _is_class(kind))
    for kind in kinds:
        if not is_text(kind):
            raise ValueError(
                f"{shown(folder)} must hold folders whose names are text without "
                "control characters, since they become the names of classes, got "
                f"'{shown(kind)}'."
            )
    return tuple(kinds)


def _is_class(entry: os.DirEntry[str]) -> bool:
    return entry.name[0] != "." and os.path.isdir(entry.path)


def list_images(folder: Path) -> Listing:
    """List a split's folder, ``folder/<class>/**/*.jpg``.

    A million files take some ten seconds on a local disk. That is not remembered: a
    file can be written anew without a trace in its folder, so only looking at each
    one's size tells whether anything is different.

    Raises:
        ValueError: a class's name cannot be kept, or one file is in two classes.
        OSError: a folder cannot be read.
    """
    walk = Walk(folder)
    classes = class_names(folder)
    found = [walk.images_of(kind) for kind in classes]
    walk.count_outside(classes)
    return Listing(
        folder, classes, tuple(image for images in found for image in images),
        tuple(label for label, images in enumerate(found) for _ in images),
        walk.skipped(),
    )
