"""The notebooks that a class handed in, found in a folder and read with caution.

Two layouts: a folder for each learner, ``class/ada/01_residual_units.ipynb``, or the
files side by side, ``class/ada.ipynb``. What lies beside a notebook in its learner's
folder goes with it. No link is followed: the grader may read what a learner may not.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from resattn_tutorial.grading.allowance import MIB

ENDING = ".ipynb"
# Levels of folders below a learner's; files beside a notebook, and their bytes.
DEEPEST, MOST_FILES, MOST_BYTES = 3, 200, 32 * MIB


@dataclass(frozen=True)
class Handed:
    """What one learner handed in, as far as one notebook is concerned.

    Attributes:
        learner: the name of the folder, or of the file without its ending.
        path: of the notebook; ``None`` where there is none.
        alone: whether it stands beside other learners' files, which do not go with it.
        trouble: why it cannot be read; empty if it can.
    """

    learner: str
    path: Path | None
    alone: bool
    trouble: str = ""


@dataclass(frozen=True)
class Files:
    """What goes into the copy.

    Attributes:
        content: of the files, by the path from the notebook's folder.
        left_out: how many files were too many or too large.
    """

    content: dict[str, bytes] = field(default_factory=dict)
    left_out: int = 0

    @property
    def digest(self) -> str:
        """The same for the same files."""
        whole = hashlib.sha256()
        for path, content in sorted(self.content.items()):
            name = os.fsencode(path)
            for part in (name, content):
                whole.update(len(part).to_bytes(8, "big") + part)
        return whole.hexdigest()


def find_notebooks(folder: Path) -> list[Handed]:
    """What was handed in, by learner.

    Raises:
        NotADirectoryError, FileNotFoundError: there is no such folder.
    """
    found = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        path, is_notebook = Path(entry.path), entry.name.endswith(ENDING)
        if entry.is_symlink():
            why = "it is a link, which is not followed"
            found.append(Handed(entry.name.removesuffix(ENDING), None, True, why))
        elif entry.is_dir(follow_symlinks=False):
            found += _of_learner(entry.name, path)
        elif is_notebook:
            found.append(Handed(path.stem, path, True))
    return found


def _of_learner(learner: str, folder: Path) -> list[Handed]:
    try:
        paths = sorted(
            path for path in _regular(folder, DEEPEST) if path.suffix == ENDING
        )
    except OSError as error:
        return [Handed(learner, None, False, str(error))]
    if not paths:
        return [Handed(learner, None, False, "there is no notebook in the folder")]
    return [Handed(learner, path, False) for path in paths]


def _regular(folder: Path, deepest: int) -> Iterator[Path]:
    """The plain files of a folder, and of those in it; no link, no hidden one."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith((".", "__pycache__")):
                continue
            if entry.is_file(follow_symlinks=False):
                yield Path(entry.path)
            elif entry.is_dir(follow_symlinks=False) and deepest:
                yield from _regular(Path(entry.path), deepest - 1)


def read_files(handed: Handed) -> Files:
    """A notebook and what goes with it.

    Raises:
        OSError: the notebook cannot be read; ValueError: it is too large.
    """
    home = handed.path.parent
    content = {handed.path.name: read_plain(handed.path)}
    left_out, room = 0, MOST_BYTES
    for path in () if handed.alone else _regular(home, DEEPEST):
        if path.suffix == ENDING:
            continue
        try:
            piece = read_plain(path, room)
        except (OSError, ValueError):
            left_out += 1
            continue
        if len(content) > MOST_FILES:
            left_out += 1
            continue
        content[str(path.relative_to(home))] = piece
        room -= len(piece)
    return Files(content, left_out)


def read_plain(path: Path, most: int = MOST_BYTES) -> bytes:
    """The bytes of a plain file; a link, a pipe or a device is none.

    Raises:
        OSError: it is none, or cannot be read; ValueError: it is larger than ``most``.
    """
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    handle = os.open(path, os.O_RDONLY | flags | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(f"{path.name} is no plain file")
        content = file.read(most + 1)
    if len(content) > most:
        raise ValueError(f"{path.name} is larger than {most // MIB} MiB")
    return content
