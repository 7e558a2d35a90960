"""What a run happened on: processor, GPU, versions, commit."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parents[1]


def hardware() -> dict[str, Any]:
    """What this runs on: processor or GPU, and torch's number of threads."""
    import torch  # takes seconds, and whoever only reads runs needs none of it

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "processor": processor(), "cores": os.cpu_count(),
        "gpu": gpu, "threads": torch.get_num_threads(),
    }


def processor() -> str:
    """The processor's own name where the system tells it, else its kind."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that change numbers."""
    named = {name: importlib.metadata.version(name) for name in ("torch", "numpy")}
    return {"python": platform.python_version(), **named}


def commit() -> str | None:
    """The commit of the working copy this package stands in; ``None`` outside one.

    A ``+`` at the end says that a file of the package differed from that commit.
    """
    try:
        found = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--", "*.py")
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return found + ("+" if changed else "")


def _git(*words: str) -> str:
    told = subprocess.run(
        ["git", *words], cwd=PACKAGE, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()
