"""Copies of a run's files in a second folder, on a mounted Drive for one (chapter 10).

A run trains on the machine's own disk, which is quick and keeps its word. A mount may
write late: when the machine is gone, the last file may lack its end, whatever the mount
had answered. So checkpoints are copied under two names in turn, and while one is
written the other stays as it is. A checkpoint carries a checksum of each of its parts,
so a copy that is not whole is known, and the other one is taken.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

from resattn_tutorial.config import IDENTITY
from resattn_tutorial.files import force_name_to_disk, force_to_disk, replacing
from resattn_tutorial.runtime.tensor_file import TensorFileError
from resattn_tutorial.training.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    load_checkpoint,
    require_same_run,
)
from resattn_tutorial.training.progress import say
from resattn_tutorial.training.run_folder import RunFolderError, held
from resattn_tutorial.training.trainer import Trainer
from resattn_tutorial.validation import require_path

NAMES = ("checkpoint-1.pt", "checkpoint-2.pt")


class Copies:
    """Copies of a run's files, from which an empty folder can go on.

    Args:
        place: a folder of this run's own; made if need be, where its parent is there.
        folder: the run's.

    Raises:
        TypeError: ``place`` is no path.
        ValueError: it is the run's folder.
        RunFolderError: it is no folder, or would be in one that is not there, as below
            a Drive that is not mounted.
    """

    def __init__(self, place: str | PathLike[str], folder: Path) -> None:
        self.place = require_path("copy_to", place)
        self.files = [self.place / name for name in NAMES]
        self.next = 0                                # which of them is written next
        self.reached = (0, 0)                        # steps and points of the other
        self.failed = False
        if self.place.resolve() == folder.resolve():
            raise ValueError(
                f"copy_to must be another folder than the run's own, got {self.place}."
            )
        if not self.place.parent.is_dir():
            raise RunFolderError(
                f"copy_to must be in a folder that is there, and {self.place.parent} "
                "is not. Mount or make it first, or give another one."
            )
        if self.place.exists() and not self.place.is_dir():
            raise RunFolderError(f"copy_to must be a folder, and {self.place} is none.")

    def take_up(self, folder: Path, ours: Mapping[str, Any], writes: bool) -> None:
        """Find the newest whole copy; an empty folder gets it as its checkpoint.

        Args:
            folder: the run's.
            ours: what makes this run.
            writes: whether this process is the one that writes for all.

        Raises:
            CheckpointError: a copy is another run's.
            OSError: a copy is there, and the system keeps it from us.
        """
        for number, file in enumerate(self.files):
            reached = how_far(file, ours)
            if reached > self.reached:
                self.reached, self.next = reached, 1 - number
        if not writes:
            return
        try:                                         # what will fail is said now
            self.place.mkdir(exist_ok=True)
            tempfile.TemporaryFile(dir=self.place).close()
        except OSError as error:
            self._tell(self.place, error)
        if self.reached > (0, 0) and not (folder / CHECKPOINT).exists():
            newest = self.files[1 - self.next]
            with (
                held(folder), newest.open("rb") as copy,
                replacing(folder / CHECKPOINT) as file,
            ):
                shutil.copyfileobj(copy, file)
            say(f"The checkpoint is taken from {newest}.")

    def keep(self, checkpoint: Path) -> None:
        """Copy a checkpoint over the older copy; to fail is told, and ends nothing."""
        if self._copy(checkpoint, self.files[self.next]):
            self.next = 1 - self.next

    def complete(self, checkpoint: Path, run_file: Path) -> None:
        """Copy a finished run's files, unless their copies are there."""
        if not same(checkpoint, self.files[1 - self.next]):
            self.keep(checkpoint)
        goal = self.place / run_file.name
        if not same(run_file, goal):
            self._copy(run_file, goal)

    def _copy(self, source: Path, goal: Path) -> bool:
        try:
            copy_over(source, goal)
        except OSError as error:
            self._tell(goal, error)
            return False
        self.failed = False
        return True

    def _tell(self, goal: Path, error: OSError) -> None:
        if not self.failed:                          # once is enough
            say(
                f"{goal} cannot be written: {error.strerror or error}. The training "
                "goes on without a copy, and tries again at each checkpoint."
            )
        self.failed = True


class CopyingTrainer(Trainer):
    """A trainer whose every checkpoint is copied as well.

    Args:
        copies: where to; they were taken up.
        given: as for a :class:`~resattn_tutorial.training.trainer.Trainer`.

    Raises:
        CheckpointError: a copy has come further than the folder's checkpoint, and
            would be lost; or as the trainer.
    """

    def __init__(self, copies: Copies, *given: Any) -> None:
        super().__init__(*given)
        self.copies = copies
        if copies.reached > (self.step, len(self.curve)):
            raise CheckpointError(
                f"{copies.files[1 - copies.next]} has come to step "
                f"{copies.reached[0]:,}, and {self.path} to step {self.step:,}. Remove "
                "the latter to go on from the copy, or copy to another folder."
            )

    def save(self) -> None:
        """Write the checkpoint, and then its copy."""
        super().save()
        if self.first:
            self.copies.keep(self.path)


def how_far(file: Path, ours: Mapping[str, Any]) -> tuple[int, int]:
    """Steps and points of a copy; none where there is no whole one.

    Raises:
        CheckpointError: it is another run's.
        OSError: it is there, and the system keeps it from us.
    """
    if not file.exists():
        return 0, 0
    try:
        state = load_checkpoint(file)
    except CheckpointError:
        raise
    except TensorFileError:
        say(f"{file} is passed over: it is damaged, or was not written to its end.")
        return 0, 0
    theirs = {name: state["configuration"][name] for name in IDENTITY}
    require_same_run({**theirs, "data": state["data"]}, ours, file)
    return state["step"], len(state["curve"])


def copy_over(source: Path, goal: Path) -> None:
    """Copy one file over another, to the disk: a mount may not know how to replace."""
    with source.open("rb") as file, goal.open("wb") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        force_to_disk(copy.fileno())
    force_name_to_disk(goal.parent)


def same(first: Path, second: Path) -> bool:
    """Whether two files hold the same; not if one of them cannot be read."""
    try:
        return first.read_bytes() == second.read_bytes()
    except OSError:
        return False
