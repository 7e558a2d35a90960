"""A folder of images, listed: what is in it, what is left out, and why (chapter 9).

Each real file counts once, whatever leads to it. Links to folders elsewhere are
followed, since ImageNet often lies on another disk; one that leads back up, or to a
folder of the same class that was met already, is not. Nothing is opened here.
"""

from __future__ import annotations

import errno
import os
import stat
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.image_files import ENDINGS, shown

# Two sets that differ by accident agree in 64 bits once in 2**64 times. Nobody is kept
# from forging a set: sizes are compared, not contents.
DIGITS = 16
# A link that leads nowhere, to itself, or through a file.
NOWHERE = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)
# Files of more endings than these are counted together.
ENDINGS_NAMED = 5
SECOND_NAME, SEEN_FOLDER = "second name of a file", "link to a folder seen already"


class Found(NamedTuple):
    """An image file: its name below the split's folder, with slashes, its size in
    bytes, and when it was changed, in nanoseconds.
    """

    name: str
    size: int
    changed: int


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
        if any(unicodedata.category(x) in ("Cc", "Cs", "Zl", "Zp") for x in kind):
            raise ValueError(
                f"{shown(folder)} must hold folders whose names are text without "
                f"control characters, since they become the names of classes; got "
                f"'{shown(kind)}'. Rename it."
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
    walk = _Walk(folder)
    classes = class_names(folder)
    found = [walk.images_of(kind) for kind in classes]
    walk.count_outside(classes)
    return Listing(
        folder, classes, tuple(image for images in found for image in images),
        tuple(label for label, images in enumerate(found) for _ in images),
        walk.skipped(),
    )


class _Walk:
    """Goes through the folders of classes, and knows again what it has met."""

    def __init__(self, folder: Path) -> None:
        self.root = str(folder)
        self.above = set(map(_identity, (Path.cwd() / folder).parents))
        self.above |= {_identity(place) for place in folder.resolve().parents}
        self.above.add(_identity(folder))
        # Folders and files that were met: device and number, and by what name.
        self.met: dict[tuple[int, int], str] = {}
        self.reasons: Counter[str] = Counter()
        self.endings: Counter[str] = Counter()

    def images_of(self, kind: str) -> list[Found]:
        """A class's images, by name."""
        found, waiting = [], [kind]
        while waiting:
            place = waiting.pop()
            if not self._enter(place):
                continue
            with os.scandir(f"{self.root}/{place}") as entries:
                below = []
                for entry in entries:
                    image = self._look_at(entry, f"{place}/{entry.name}", below)
                    if image:
                        found.append(image)
            waiting += sorted(below, reverse=True)
        found.sort()
        return [image for image, who in found if self._is_new(who, image.name)]

    def _look_at(
        self, entry: os.DirEntry[str], name: str, below: list[str]
    ) -> tuple[Found, tuple[int, int]] | None:
        """An image and who it is; a folder joins those below; else it is counted."""
        if entry.name[0] == ".":
            self.reasons["hidden"] += 1
            return None
        known = name.lower().endswith(ENDINGS)
        try:
            seen = entry.stat()
        except OSError as error:
            if error.errno not in NOWHERE:
                raise
            # An image that is not there is damaged, and will be named.
            if known:
                return Found(name, 0, 0), (0, 0)
            self.reasons["broken link"] += 1
            return None
        if stat.S_ISDIR(seen.st_mode):
            below.append(name)
        elif not stat.S_ISREG(seen.st_mode):
            self.reasons["no regular file"] += 1
        elif not known:
            self.endings[os.path.splitext(name)[1].lower()] += 1
        else:
            image = Found(name, seen.st_size, seen.st_mtime_ns)
            return image, (seen.st_dev, seen.st_ino)
        return None

    def _enter(self, place: str) -> bool:
        """Whether a folder is new to us, and lies not around the split."""
        who = _identity(f"{self.root}/{place}")
        if who in self.above:
            self.reasons[SEEN_FOLDER] += 1
            return False
        return self._is_new(who, place, SEEN_FOLDER)

    def _is_new(
        self, who: tuple[int, int], name: str, reason: str = SECOND_NAME
    ) -> bool:
        """Whether a file or folder is met for the first time; counts it if not."""
        if not who[1]:                     # not there, or a system without numbers
            return True
        first = self.met.setdefault(who, name)
        if first is name:
            return True
        if first.partition("/")[0] != name.partition("/")[0]:
            raise ValueError(
                f"{shown(self.root)} must hold each image in one class; "
                f"{shown(first)} and {shown(name)} are the same. Remove one of them."
            )
        self.reasons[reason] += 1
        return False

    def count_outside(self, classes: Iterable[str]) -> None:
        """Count what lies beside the classes' folders."""
        inside = set(classes)
        with os.scandir(self.root) as entries:
            for entry in entries:
                if entry.name not in inside:
                    hidden = entry.name[0] == "."
                    reason = "hidden" if hidden else "outside of the classes' folders"
                    self.reasons[reason] += 1

    def skipped(self) -> dict[str, int]:
        """How many were left out, by reason; the commonest endings are named."""
        named = dict(
            (ending, count) for ending, count in self.endings.most_common()
            if 1 < len(ending) <= 8 and ending[1:].isalnum()
        )
        counts = self.reasons.copy()
        for ending in list(named)[:ENDINGS_NAMED]:
            counts[f"ending {ending}"] = self.endings.pop(ending)
        counts["other ending"] += self.endings.total()
        return {reason: counts[reason] for reason in sorted(counts) if counts[reason]}


def _identity(place: str | Path) -> tuple[int, int]:
    """Who a folder is, by whatever name: its device, and its number there."""
    seen = os.stat(place)
    return seen.st_dev, seen.st_ino
