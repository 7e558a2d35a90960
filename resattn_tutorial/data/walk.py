"""Through folders of images: every real file once, whatever leads to it (chapter 9).

Links to folders elsewhere are followed, since ImageNet often lies on another disk; one
that leads back up, or to a folder of the same class that was met already, is not. A
file with two names in one class counts by the first. One in two classes is refused.
Nothing is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.data.image_files import ENDINGS, shown

# A link that leads nowhere, to itself, or through a file.
NOWHERE = (errno.ENOENT, errno.ELOOP, errno.ENOTDIR)
# Files of more endings than these, or of longer ones, are counted together.
ENDINGS_NAMED, LONGEST = 5, 8
SECOND_NAME, SEEN_FOLDER = "second name of a file", "link to a folder seen already"


class Found(NamedTuple):
    """An image file: its name below the split's folder, with slashes, its size in
    bytes, and when it was changed, in nanoseconds.
    """

    name: str
    size: int
    changed: int


class Walk:
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
        named = sorted(
            (ending for ending in self.endings if ending[1:].isalnum()
             and len(ending) <= LONGEST),
            key=lambda ending: (-self.endings[ending], ending),
        )
        counts = self.reasons.copy()
        for ending in named[:ENDINGS_NAMED]:
            counts[f"ending {ending}"] = self.endings.pop(ending)
        counts["other ending"] += self.endings.total()
        return {reason: counts[reason] for reason in sorted(counts) if counts[reason]}


def _identity(place: str | Path) -> tuple[int, int]:
    """Who a folder is, by whatever name: its device, and its number there."""
    seen = os.stat(place)
    return seen.st_dev, seen.st_ino
