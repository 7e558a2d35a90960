"""Landlock: which folders a process may read, and which it may write, from now on.

Linux has it since 5.13; asked for is the third version (Linux 6.2), the first one under
which no file outside can be cut.
"""

from __future__ import annotations

import ctypes
import os
import stat
from collections.abc import Iterable

from resattn_tutorial.grading.linux import (
    LANDLOCK_RULE,
    LANDLOCK_RULES,
    LANDLOCK_SELF,
    NO_NEW_RIGHTS,
    control,
    system_call,
)

LEAST = 3
# Rights to files, by the version that brought them.
RIGHTS = {1: 0x1FFF, 2: 0x2000, 3: 0x4000, 5: 0x8000}
READ, OF_FILES = 0b1101, 0xC007              # execute, read file, read folder
TCP, SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11


class _Rule(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32)]


def version() -> int:
    """Which version the kernel has.

    Raises:
        OSError: it has none, or it is switched off.
    """
    return system_call("Landlock", LANDLOCK_RULES, None, ctypes.c_size_t(0), 1)


class Fence:
    """Folders that may be read or written; :meth:`close_behind_us` makes them final.

    Raises:
        OSError: the kernel has no Landlock, or one that is too old.
    """

    def __init__(self) -> None:
        found = version()
        if found < LEAST:
            raise OSError(f"Landlock: version {found} is here, {LEAST} is needed")
        self._all = sum(bits for since, bits in RIGHTS.items() if since <= found)
        net = TCP if found >= 4 else 0
        scoped = SIGNALS_AND_ABSTRACT_SOCKETS if found >= 6 else 0
        fields = (ctypes.c_uint64 * 3)(self._all, net, scoped)
        size = 8 if found < 4 else 16 if found < 6 else 24
        self._handle = system_call(
            "Landlock", LANDLOCK_RULES, fields, ctypes.c_size_t(size), 0
        )

    def let_read(self, paths: Iterable[str]) -> None:
        """Let what lies there be read and run; what is not there, is left out."""
        self._let(paths, READ)

    def let_write(self, paths: Iterable[str]) -> None:
        """Let everything be done there."""
        self._let(paths, self._all)

    def _let(self, paths: Iterable[str], rights: int) -> None:
        for path in paths:
            try:
                parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
            except OSError:
                continue
            folder = stat.S_ISDIR(os.fstat(parent).st_mode)
            fitting = rights if folder else rights & OF_FILES
            rule = _Rule(fitting & self._all, parent)
            system_call(
                f"Landlock {path}", LANDLOCK_RULE, self._handle, 1,
                ctypes.byref(rule), 0,
            )
            os.close(parent)

    def close_behind_us(self) -> None:
        """Hold this process, and all that it starts, to these folders."""
        control(NO_NEW_RIGHTS, 1)
        system_call("Landlock", LANDLOCK_SELF, self._handle, 0)
        os.close(self._handle)
