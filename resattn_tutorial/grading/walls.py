"""The walls around a learner's process, and which of them this machine has.

*Namespaces*: a root of its own (:mod:`~resattn_tutorial.grading.room`), no
network, no sight of other processes; of the user who started it, or, where root did, of
a user that nobody is. *Landlock*: the machine's paths as they are, but only Python's
may be read, and one folder written; no socket at all. What either leaves open is
refused by :mod:`~resattn_tutorial.grading.refused_calls`. Neither needs rights; which
of them a machine allows is tried, not guessed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.grading import linux, room
from resattn_tutorial.grading.landlock import Fence
from resattn_tutorial.grading.refused_calls import refuse_calls

# Users that no system gives away: above people's, below those that services draw.
NOBODYS = range(60_600, 61_100)
NEW = (
    linux.NEW_MOUNTS | linux.NEW_PROCESSES | linux.NEW_NETWORK | linux.NEW_IPC
    | linux.NEW_NAME | linux.NEW_CGROUP
)
NAMESPACES, OWN_NAMESPACES, LANDLOCK = "namespaces", "own namespaces", "Landlock"


class Wall(NamedTuple):
    """One way to shut a process in.

    Attributes:
        kind: NAMESPACES where root makes them, OWN_NAMESPACES where anybody does, or
            LANDLOCK.
        user: the number of the user as whom the process runs.
    """

    kind: str
    user: int

    @property
    def namespaces(self) -> bool:
        """Whether it is made of namespaces, and needs no folder outside."""
        return self.kind != LANDLOCK

    def __str__(self) -> str:
        who = "a user without rights" if self.user != os.getuid() else "you"
        return f"{'namespaces' if self.namespaces else 'Landlock'}, as {who}"


def possible_walls() -> list[Wall]:
    """The walls to be tried here, the better ones first; none outside Linux."""
    if not sys.platform.startswith("linux"):
        return []
    if os.getuid() != 0:
        return [Wall(OWN_NAMESPACES, os.getuid()), Wall(LANDLOCK, os.getuid())]
    nobody = free_user()
    return [Wall(kind, nobody) for kind in (NAMESPACES, OWN_NAMESPACES, LANDLOCK)]


def free_user() -> int:
    """A user's number that no process and no account has."""
    taken = set(_users_of_processes()) | set(_users_with_accounts())
    return next(number for number in NOBODYS if number not in taken)


def _users_of_processes() -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdecimal():
            try:
                yield entry.stat().st_uid
            except OSError:                          # it has ended
                continue


def _users_with_accounts() -> Iterator[int]:
    import pwd  # there is none on Windows

    return (account.pw_uid for account in pwd.getpwall())


def enter_namespaces(wall: Wall) -> None:
    """Leave for new namespaces; the next child is the first process in them."""
    if wall.kind == NAMESPACES:
        linux.unshare(NEW)
        return
    become(wall.user)
    linux.control(linux.DUMPABLE, 1)                 # or /proc/self is root's
    numbers = {"uid_map": os.getuid(), "gid_map": os.getgid()}
    linux.unshare(NEW | linux.NEW_USER)              # from here on nobody has a number
    Path("/proc/self/setgroups").write_text("deny")
    for name, number in numbers.items():
        Path(f"/proc/self/{name}").write_text(f"{number} {number} 1")


def become(user: int) -> None:
    """Become a user and nobody else, where that is another one."""
    if os.getuid() != user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)


def shut_in(wall: Wall, folder: str, limit: Callable[[], None]) -> None:
    """Close the wall behind this process, which is about to run a learner's code.

    Args:
        wall: of namespaces, in which it is already, or Landlock.
        folder: the one that may be written, where it is Landlock.
        limit: sets the limits of what it may use, after the user and before the rest.
    """
    fence = None
    if not wall.namespaces:
        fence = Fence()
        devices = [f"/dev/{name}" for name in room.DEVICES]
        fence.let_read([*room.readable(), *devices])
        fence.let_write([folder, "/dev/null"])
    become(wall.user)
    limit()
    if wall.namespaces:
        linux.drop_rights()
    if fence is not None:
        fence.close_behind_us()
    refuse_calls(wall.namespaces)
