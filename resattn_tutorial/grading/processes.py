"""The processes below one: who they are, what memory they take, and their end."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress


def parents() -> dict[int, int]:
    """The parent of every process that can be seen."""
    found = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError, ValueError, IndexError):
                with open(f"/proc/{name}/stat", "rb") as file:
                    found[int(name)] = int(file.read().rpartition(b")")[2].split()[1])
    return found


def below(top: int) -> set[int]:
    """All processes that a process has started, and that these have."""
    children: dict[int, list[int]] = {}
    for process, parent in parents().items():
        children.setdefault(parent, []).append(process)
    found, waiting = set(), [top]
    while waiting:
        new = set(children.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def tasks_of(user: int) -> int:
    """How many processes and threads a user has."""
    count = 0
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with suppress(OSError):
                if os.stat(f"/proc/{name}").st_uid == user:
                    count += len(os.listdir(f"/proc/{name}/task"))
    return count


def memory_of(process: int) -> int:
    """Bytes that a process takes; of what it shares with others, its share.

    Where that may not be asked, all that is not in a file, shared or not.
    """
    for path, names in (
        ("smaps_rollup", (b"Pss_Anon:", b"Pss_Shmem:")),
        ("status", (b"RssAnon:", b"RssShmem:")),
    ):
        with suppress(OSError):
            with open(f"/proc/{process}/{path}", "rb") as file:
                lines = [line.split() for line in file.read().splitlines()]
            told = [int(line[1]) for line in lines if line and line[0] in names]
            if told:
                return 1024 * sum(told)
    return 0


def end_all_below(top: int) -> None:
    """Kill all processes below one, and see them off.

    Its own children come first: with the first process of a namespace all in it die.
    What is left is stopped before it is killed, so that none can start another while we
    look. ``top`` must be this process; it takes the orphans (prctl's TAKE_ORPHANS).
    """
    for process, parent in parents().items():
        if parent == top:
            _send(process, signal.SIGKILL)
    for _ in range(1000):
        left = below(top)
        stopped: set[int] = set()
        while left - stopped:
            for process in left - stopped:
                _send(process, signal.SIGSTOP)
            stopped |= left
            left = below(top)
        for process in stopped:
            _send(process, signal.SIGKILL)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not left:
            return
        time.sleep(0.005)


def _send(process: int, what: int) -> None:
    with suppress(OSError):                          # it has ended, or is another's
        os.kill(process, what)
