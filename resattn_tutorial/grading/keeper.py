"""Keeps one shut-in process: starts it, watches what it uses, and ends it.

The keeper stands outside the walls. Below it a *builder* makes them, and below that, in
namespaces, a first process that only waits, since a first process cannot be killed by
its own hand, as a learner's may. Whatever the learner's process started, ends with it.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from resattn_tutorial.grading import linux, processes, room
from resattn_tutorial.grading.allowance import limit_this_process, mapped_memory
from resattn_tutorial.grading.recording import Note, Reader, recorder
from resattn_tutorial.grading.tasks import Outcome, Task
from resattn_tutorial.grading.walls import Wall, enter_namespaces, shut_in
from resattn_tutorial.grading.watch import GONE, Watch

Perform = Callable[[Task, Note], None]


def keep(task: Task, wall: Wall, perform: Perform) -> Outcome:
    """Do a task behind a wall; the process that calls this has no other children.

    Args:
        task: what to do, and what it may use.
        wall: the kind of wall.
        perform: does the task, in the shut-in process.
    """
    begun, key = time.monotonic(), secrets.token_bytes(32)
    linux.control(linux.TAKE_ORPHANS, 1)
    folder = "" if wall.namespaces else tempfile.mkdtemp(prefix="graded-")
    report, printed = os.pipe(), os.pipe()
    try:
        if folder:
            os.chown(folder, wall.user, -1)
        builder = os.fork()
        if builder == 0:
            _never_return(partial(
                _build, task, wall, perform, folder, key, report, printed,
            ))
        for pipe in (report, printed):
            os.close(pipe[1])
        watch = Watch(task.allowance, folder, Reader(key), begun)
        watch.until_it_ends(builder, report[0], printed[0])
    finally:
        processes.end_all_below(os.getpid())
        if folder:                                   # it may be nested very deeply
            subprocess.run(["rm", "-rf", "--", folder], check=False)
    return watch.outcome()


def _never_return(do: Callable[[], int]) -> NoReturn:
    """Do something in a process that was forked, and end that process."""
    status = GONE
    try:
        status = do()
    finally:
        os._exit(status & 0xFF)


def _build(
    task: Task, wall: Wall, perform: Perform, folder: str, key: bytes,
    report: tuple[int, int], printed: tuple[int, int],
) -> int:
    """The builder: makes namespaces, or nothing, and starts the learner's process."""
    linux.control(linux.DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()
    nothing = os.open(os.devnull, os.O_RDONLY)
    for here, there in ((nothing, 0), (printed[1], 1), (printed[1], 2)):
        os.dup2(here, there)
    os.dup2(report[1], 3)
    os.closerange(4, 1024)
    enter = partial(_inside, task, wall, perform, folder, key)
    if not wall.namespaces:
        return enter()
    try:
        enter_namespaces(wall)
    except OSError as error:
        recorder(3, key)("no wall", words=str(error))
        return GONE
    return _waited(enter)


def _inside(task: Task, wall: Wall, perform: Perform, folder: str, key: bytes) -> int:
    """The first process of new namespaces, or of a folder: makes the room, and waits.
    """
    linux.control(linux.DIE_WITH_PARENT, signal.SIGKILL)
    # In namespaces of one's own nobody else counts; and the room may have no /proc.
    others = 0 if wall.namespaces else processes.tasks_of(wall.user)
    limit = partial(limit_this_process, task.allowance, mapped_memory(), others)
    try:
        if wall.namespaces:
            room.build(task.allowance.disk_bytes, wall.user)
            folder = room.ROOM
        else:
            _make_folders(folder, wall.user)
            os.chdir(f"{folder}/copy")
    except OSError as error:
        recorder(3, key)("no wall", words=str(error))
        return GONE
    return _waited(partial(_learners, task, wall, perform, folder, key, limit))


def _make_folders(folder: str, user: int) -> None:
    for name in ("copy", "home", "tmp"):
        os.mkdir(f"{folder}/{name}", 0o700)
        os.chown(f"{folder}/{name}", user, -1)


def _waited(do: Callable[[], int]) -> int:
    """Start a child, hold nothing open, and wait for it and for its orphans."""
    child = os.fork()
    if child == 0:
        _never_return(do)
    os.closerange(0, 1024)
    while True:
        process, status = os.wait()
        if process == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _learners(
    task: Task, wall: Wall, perform: Perform, folder: str, key: bytes,
    limit: Callable[[], None],
) -> int:
    """The process that runs what a learner wrote."""
    note = recorder(3, key)
    os.environ.update(HOME=f"{folder}/home", TMPDIR=f"{folder}/tmp", USER="learner")
    sys.argv, sys.path = ["notebook"], [os.getcwd(), *sys.path]
    try:
        shut_in(wall, folder, limit)
        linux.control(linux.DIE_WITH_PARENT, signal.SIGKILL)
        for path, content in task.files.items():
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            with open(path, "wb") as file:
                file.write(content)
    except Exception as error:                       # nothing is run without a wall
        note("no wall", words=f"{type(error).__name__}: {error}")
        return GONE
    perform(task, note)
    note("end")
    return 0
