"""Grade two classes in a process of its own, as whoever starts it or as nobody.

``python graders_own_user.py BASE WALL``: the classes are ``BASE/quick`` and
``BASE/endless``, the rows go to ``BASE/out``. Started by root with a third word it
gives up all rights first, as if a user without any had started it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from resattn_tutorial.grading import linux, room
from resattn_tutorial.grading.allowance import Allowance
from resattn_tutorial.grading.grade import Asked, grade
from resattn_tutorial.grading.workplace import Workplace

NOBODY = 65534
# Honest learners have time, on however busy a machine; the endless ones have little.
LIMITS = {
    "quick": Allowance(minutes=10, memory=0.75, disk=64, processes=16),
    "endless": Allowance(minutes=0.04, memory=0.75, processes=16),
}


def become_nobody() -> None:
    """Give up all rights, and start this again.

    Where Python lies in a private home, as root's often does, that is opened before,
    for this process alone: another user's Python lies where he may read it.
    """
    os.chdir("/")
    closed = {}
    for path in room.readable():
        for parent in [Path(path), *Path(path).parents][::-1]:
            if parent.is_dir() and not parent.stat().st_mode & 0o001:
                closed.setdefault(str(parent), []).append(path)
                break
    linux.unshare(linux.NEW_MOUNTS)
    linux.mount("", "/", flags=linux.PRIVATE | linux.RECURSIVE)
    for parent, paths in closed.items():
        handles = {path: os.open(path, os.O_PATH) for path in paths}
        linux.mount("tmpfs", parent, "tmpfs", 0, "mode=755")
        for path, handle in handles.items():
            os.makedirs(path, 0o755)
            flags = linux.BIND | linux.RECURSIVE
            linux.mount(f"/proc/self/fd/{handle}", path, flags=flags)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.execv(sys.executable, [sys.executable, *sys.argv[:3]])


def main(base: str, wall: str) -> None:
    """Grade both classes, whichever are there."""
    with Workplace(only=wall) as workplace:
        for name, allowance in LIMITS.items():
            folder = Path(base, name)
            if folder.is_dir():
                grade(folder, Path(base, "out", name), Asked(allowance), workplace)


if __name__ == "__main__":
    if sys.argv[3:]:
        become_nobody()
    main(*sys.argv[1:3])
