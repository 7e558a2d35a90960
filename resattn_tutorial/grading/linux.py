"""The calls of Linux that Python does not offer, by ctypes; each raises ``OSError``."""

from __future__ import annotations

import ctypes
import os
import platform
from functools import cache

NEW_MOUNTS, NEW_CGROUP, NEW_NAME = 0x00020000, 0x02000000, 0x04000000
NEW_IPC, NEW_USER, NEW_PROCESSES, NEW_NETWORK = (
    0x08000000, 0x10000000, 0x20000000, 0x40000000,
)
READ_ONLY, NO_SETUID, NO_DEVICES, NO_EXEC = 1, 2, 4, 8
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18
# Options of prctl.
DIE_WITH_PARENT, DUMPABLE, FILTER, DROP_FROM_BOUNDS = 1, 4, 22, 24
TAKE_ORPHANS, NO_NEW_RIGHTS = 36, 38

# Numbers of calls, by the processor: those from 424 on are the same on all.
NUMBERS = {
    "x86_64": {"pivot_root": 155, "capset": 126},
    "aarch64": {"pivot_root": 41, "capset": 91},
}
SET_MOUNT, LANDLOCK_RULES, LANDLOCK_RULE, LANDLOCK_SELF = 442, 444, 445, 446


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(what: str, answer: int) -> int:
    if answer < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return answer


def unshare(flags: int) -> None:
    """Leave the namespaces that the flags name for new ones."""
    _done("unshare", _library().unshare(ctypes.c_int(flags)))


def mount(
    source: str, target: str, kind: str = "", flags: int = 0, options: str = ""
) -> None:
    """Mount a file system, or a folder once more (``BIND``)."""
    texts = (x.encode() if x else None for x in (source, target, kind))
    answer = _library().mount(
        *texts, ctypes.c_ulong(flags), options.encode() if options else None
    )
    _done(f"mount {target}", answer)


def unmount(target: str) -> None:
    """Take a mount away, now or when nobody uses it any more."""
    _done(f"umount {target}", _library().umount2(target.encode(), 2))


def restrict_mount(target: str, recursive: bool, attributes: int = 7) -> None:
    """Make a mount, and those below it, read-only and without devices and setuid."""
    fields = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    answer = _library().syscall(
        SET_MOUNT, -100, target.encode(), 0x8000 if recursive else 0, fields, 32
    )
    _done(f"mount_setattr {target}", answer)


def pivot_root(new: str, old: str) -> None:
    """Make a mount the root of all paths, and put the old root somewhere."""
    number = _number("pivot_root")
    _done("pivot_root", _library().syscall(number, new.encode(), old.encode()))


def control(option: int, first: int, second: int = 0) -> None:
    """Set something about this process: ``control(NO_NEW_RIGHTS, 1)``."""
    numbers = (ctypes.c_ulong(x) for x in (first, second, 0, 0))
    _done(f"prctl {option}", _library().prctl(option, *numbers))


def system_call(what: str, number: int, *arguments: object) -> int:
    """Make a call by its number; ``what`` names it in an error."""
    return _done(what, _library().syscall(number, *arguments))


def drop_rights() -> None:
    """Give up all capabilities, and the way to get them back."""
    for right in range(64):
        try:
            control(DROP_FROM_BOUNDS, right)
        except OSError:                              # there are no more of them
            break
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    nothing = (ctypes.c_uint32 * 6)()
    system_call("capset", _number("capset"), header, nothing)


def _number(call: str) -> int:
    numbers = NUMBERS.get(platform.machine())
    if numbers is None:
        raise OSError(f"processors of the kind {platform.machine()} are not known here")
    return numbers[call]
