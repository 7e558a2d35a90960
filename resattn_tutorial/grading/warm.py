"""The process that has loaded the package, and forks for every task of a grader.

Loading takes seconds, a fork takes none. It is started with an environment of its own,
so that a learner's process inherits no secret of the one who grades, and it reads no
task itself. It ends with its grader.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import shutil
import signal
import socket
import sys
import tempfile

from resattn_tutorial.grading import linux
from resattn_tutorial.grading.keeper import keep
from resattn_tutorial.grading.tasks import (
    PROBE,
    Outcome,
    Task,
    unpacked,
    unpacked_outcome,
)
from resattn_tutorial.grading.walls import Wall, possible_walls

PACKAGE = "resattn_tutorial"
# What a learner's cells may import, and a grader need not wait for.
FOLDERS = (
    "checks", "cost", "data", "metrics", "models", "plotting", "runtime", "training",
)


def preload() -> None:
    """Load what notebooks use, with one thread: a fork keeps no other."""
    import torch
    from torch import nn

    for folder in FOLDERS:
        package = importlib.import_module(f"{PACKAGE}.{folder}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
    for name in (f"{PACKAGE}.grading.performing", "resource", "pwd"):
        importlib.import_module(name)
    torch.set_num_threads(1)
    torch.optim.SGD([nn.Parameter(torch.zeros(1))], 0.1)     # the first takes seconds


def find_wall(only: str = "") -> tuple[Wall | None, list[str]]:
    """The first wall that holds here, and why the others do not.

    Args:
        only: the kind of wall to try; any, if left out.
    """
    reasons = []
    for wall in possible_walls():
        if only not in ("", wall.kind):
            continue
        reason = why_not(wall)
        if not reason:
            return wall, reasons
        reasons.append(f"{wall}: {reason}")
    return None, reasons


def why_not(wall: Wall) -> str:
    """Why a wall cannot be had here, or does not hold; empty if it does."""
    outside = tempfile.mkdtemp(suffix=f"-{os.getpid()}")
    try:
        with open(f"{outside}/secret", "w") as file:
            file.write("not to be read")
        for path, mode in ((outside, 0o777), (f"{outside}/secret", 0o666)):
            os.chmod(path, mode)                     # the wall is to refuse, not a mode
        outcome = in_a_child(Task(PROBE, source=outside), wall)
    finally:
        shutil.rmtree(outside, ignore_errors=True)
    holes = [facts["words"] for facts in outcome.of("hole") + outcome.of("failed")]
    return outcome.trouble or ", ".join(holes) or outcome.ended


def in_a_child(task: Task, wall: Wall) -> Outcome:
    """What comes of a task that a child of this process keeps."""
    with tempfile.TemporaryFile() as asked:
        asked.write(task.packed())
        asked.seek(0)
        reader, writer = os.pipe()
        _fork_a_keeper(asked.fileno(), writer, wall)
    with os.fdopen(reader, "rb") as file:
        return unpacked_outcome(file.read())


def serve(line: socket.socket, only: str) -> None:
    """Load, say which wall there is, and keep every task that comes.

    A task comes as two open files: one to read it from, and one for its outcome.
    """
    preload()
    wall, reasons = find_wall(only)
    hello = {"wall": str(wall) if wall else "", "reasons": reasons}
    line.sendall(json.dumps(hello).encode() + b"\n")
    while wall is not None:
        word, handles, *_ = socket.recv_fds(line, 1, 2)
        if not word:                                 # the grader has gone
            return
        asked, writer = handles
        _fork_a_keeper(asked, writer, wall)
        os.close(asked)


def _fork_a_keeper(asked: int, writer: int, wall: Wall) -> None:
    """Have a child keep a task and write its outcome, and see the child off."""
    child = os.fork()
    if child == 0:
        try:
            # Whatever ends us, ends by this; and then keep() ends all that it keeps.
            signal.signal(signal.SIGTERM, lambda *_: sys.exit())
            linux.control(linux.DIE_WITH_PARENT, signal.SIGTERM)
            from resattn_tutorial.grading.performing import perform

            with os.fdopen(asked, "rb") as file:
                task = unpacked(file.read())
            outcome = keep(task, wall, perform)
            with os.fdopen(writer, "wb") as file:
                file.write(outcome.packed())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)


def main(handle: str, only: str) -> None:
    """Serve the grader at the other end of an open socket, by one kind of wall or any.
    """
    linux.control(linux.DIE_WITH_PARENT, signal.SIGKILL)
    with socket.socket(fileno=int(handle)) as line:
        serve(line, only)


if __name__ == "__main__":
    main(*sys.argv[1:])
