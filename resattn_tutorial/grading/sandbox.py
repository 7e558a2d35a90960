"""The grader's end of the line to the process that shuts tasks in.

That process is :mod:`~resattn_tutorial.grading.warm`.
"""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

import resattn_tutorial
from resattn_tutorial.grading.tasks import Outcome, Task, unpacked_outcome

# Seconds in which a keeper ends what it keeps and tells of it.
GRACE = 60.0
# What a learner's process inherits of the grader's environment, and what is set.
INHERITED = ("LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "RESATTN_MODE")
SET = {
    "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/nonexistent",
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1",
    "CUDA_VISIBLE_DEVICES": "", "MPLBACKEND": "agg", "PYTHONSAFEPATH": "1",
    "PYTHONDONTWRITEBYTECODE": "1", "PYTHONNOUSERSITE": "1",
}


class NoWalls(RuntimeError):
    """Nothing here keeps a learner's code in; the message says what was tried."""


class Sandbox:
    """Does tasks, each shut in by itself; a context, whose end ends all.

    Args:
        only: the one kind of wall to try, such as Landlock; any, if left out.

    Attributes:
        wall: what keeps tasks in, in words.
    """

    def __init__(self, only: str = "") -> None:
        self.only, self.wall = only, ""

    def __enter__(self) -> Self:
        if not sys.platform.startswith("linux"):
            raise NoWalls(f"{system()} has neither namespaces nor Landlock of Linux")
        self._start()
        return self

    def _start(self) -> None:
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [
                    sys.executable, "-P", "-m", "resattn_tutorial.grading.warm",
                    str(theirs.fileno()), self.only,
                ],
                env=clean_environment(), pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL, start_new_session=True,
            )
        words = self._line.makefile("rb").readline()
        if not words:
            self._end()
            raise RuntimeError("the process that loads the package has ended")
        hello = json.loads(words)
        self.wall = hello["wall"]
        if not self.wall:
            self._end()
            raise NoWalls("; ".join(hello["reasons"]))

    def do(self, task: Task) -> Outcome:
        """Do a task; whatever happens, there is an outcome."""
        with tempfile.TemporaryFile() as asked:
            asked.write(task.packed())
            asked.flush()
            asked.seek(0)
            reader, writer = os.pipe()
            with os.fdopen(reader, "rb"):
                try:
                    socket.send_fds(self._line, [b"t"], [asked.fileno(), writer])
                finally:
                    os.close(writer)
                content = _read(reader, task.allowance.seconds + GRACE)
        if content:
            return unpacked_outcome(content)
        self._end()
        self._start()
        return Outcome(trouble="the process that kept it has ended")

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        """End the process that forks; a keeper that it leaves, hears of it and ends."""
        self._line.close()
        self._process.kill()
        self._process.wait()


def _read(handle: int, seconds: float) -> bytes:
    """All that is written into a pipe, or nothing if that takes too long."""
    pieces, until = [], time.monotonic() + seconds
    while select.select([handle], [], [], max(0.0, until - time.monotonic()))[0]:
        piece = os.read(handle, 2**20)
        if not piece:
            return b"".join(pieces)
        pieces.append(piece)
    return b""


def clean_environment() -> dict[str, str]:
    """An environment without the grader's own secrets, that finds the same packages."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    home = str(Path(resattn_tutorial.__file__).resolve().parents[1])
    here = {"", os.getcwd()} - {home}                # learners' files may lie here
    places = [path for path in sys.path if path not in here]
    if home not in places:
        places.insert(0, home)
    return kept | SET | {"PYTHONPATH": os.pathsep.join(places)}


def system() -> str:
    """This system's name, as people say it."""
    return {"win32": "Windows", "darwin": "macOS"}.get(sys.platform, sys.platform)
