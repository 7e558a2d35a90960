"""Watch how a function brings a file to its place, by what it asks of the system.

Python tells an *audit hook* of every file that is opened, renamed or removed, whatever
the library that does it. A hook cannot be taken away again; ours does nothing while
nobody watches.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR
_watching: list[Watch] = []
_installed: list[bool] = []


class Watch:
    """What happened to a file while it was watched.

    Attributes:
        path: the file.
        content: what the new file is to hold.
        faults: what a reader might have met, the first one first.
        exchanged: whether another file took its name.
    """

    def __init__(self, path: Path, content: bytes) -> None:
        self.path, self.content = path, content
        self.faults: list[str] = []
        self.exchanged = False

    def see(self, event: str, args: tuple[Any, ...]) -> None:
        """Judge one event."""
        if event == "open" and _same(args[0], self.path) and args[2] & WRITING:
            self.faults.append("opened")
        elif event == "os.remove" and _same(args[0], self.path):
            self.faults.append("removed")
        elif event == "os.rename" and _same(args[0], self.path):
            self.faults.append("moved away")
        elif event == "os.rename" and _same(args[1], self.path):
            self.exchanged = True
            draft = Path(os.path.realpath(os.fsdecode(args[0])))
            if self.path.parent.resolve() not in draft.parents:
                self.faults.append("elsewhere")
            elif draft.is_file() and (found := draft.read_bytes()) != self.content:
                half = self.content.startswith(found)
                self.faults.append("half" if half else "other")


def _same(name: Any, path: Path) -> bool:
    if not isinstance(name, str | bytes | os.PathLike):
        return False                                 # a number of an open file
    return os.path.realpath(os.fsdecode(name)) == os.path.realpath(path)


def _hook(event: str, args: tuple[Any, ...]) -> None:
    if _watching and event in ("open", "os.remove", "os.rename"):
        watch = _watching.pop()                      # not while it looks itself
        try:
            watch.see(event, args)
        finally:
            _watching.append(watch)


@contextmanager
def watching(path: Path, content: bytes) -> Iterator[Watch]:
    """Watch a file within the block."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    watch = Watch(path, content)
    _watching.append(watch)
    try:
        yield watch
    finally:
        _watching.clear()


FAULTS = {
    "opened": (
        "path itself was opened for writing",
        "a reader would find part of the new file there: write a draft with another "
        "name, and let os.replace give it this one",
    ),
    "removed": (
        "path was removed before the new file was there",
        "for a moment there is no file at all: os.replace takes the place of the old "
        "one in one step, so nothing has to be removed",
    ),
    "moved away": (
        "the old file was moved away before the new one was there",
        "for a moment there is no file at all: os.replace(draft, path) needs no room "
        "made for it; is the order of its arguments right?",
    ),
    "elsewhere": (
        "the draft lay in another folder",
        "another folder may be on another disk, where a file cannot be renamed: keep "
        "the draft beside path",
    ),
    "half": (
        "the draft took the name before all of it was in the file",
        "close the file first, or flush it: part of it is still in memory",
    ),
    "other": (
        "the draft that took the name holds more than write wrote, or other things",
        "what write wrote is to be in the file, no more and no less: mode \"wb\" "
        "begins with an empty draft",
    ),
}
"""From a fault to what is said of it, and where to look."""
