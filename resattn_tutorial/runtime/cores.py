"""How many processor cores this process may use (chapter 9)."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

# Where Linux tells what a container's processes may take: as one file of two numbers,
# or, by its older version, as two files.
NEWER, OLDER = Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu")


def usable_cores() -> int:
    """Cores that this process may use: those that it may run on, unless its container
    is granted the time of fewer.

    A queue or ``taskset`` lends some of a machine's cores. A container often sees all
    of them, and gets the time of two: more workers than that would only wait.
    """
    if hasattr(os, "sched_getaffinity"):               # not on Windows and a Mac
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, math.ceil(min(cores, _granted())))


def _granted() -> float:
    """Cores whose time our container may take; infinite where nothing limits it."""
    with suppress(OSError, ValueError, ZeroDivisionError):
        time, period = (NEWER / "cpu.max").read_text().split()
        return math.inf if time == "max" else int(time) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        time, period = (
            int((OLDER / f"cpu.cfs_{name}_us").read_text())
            for name in ("quota", "period")
        )
        return time / period if time > 0 else math.inf      # -1 where there is none
    return math.inf
