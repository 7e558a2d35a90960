"""What the system tells of this machine, without PyTorch's help."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

MEMORY = Path("/proc/meminfo")


def usable_cores() -> int:
    """Processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def seen_gpu() -> str | None:
    """The first GPU that NVIDIA's own tool sees, whatever torch says."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    told = subprocess.run(
        [tool, "--query-gpu=name", "--format=csv,noheader"],
        capture_output=True, text=True,
    )
    name = told.stdout.strip().partition("\n")[0]
    return name if told.returncode == 0 and name else None


def memory() -> tuple[float, float] | None:
    """Free memory and all memory in GiB; ``None`` where the system does not tell."""
    if not MEMORY.exists():
        return None
    told = dict(line.split(":", 1) for line in MEMORY.read_text().splitlines())
    free, total = (
        int(told[name].split()[0]) / 2**20 for name in ("MemAvailable", "MemTotal")
    )
    return free, total


def standing(path: Path) -> Path:
    """The longest part of a path that is there already."""
    path = path.absolute()
    return next(part for part in (path, *path.parents) if part.exists())
