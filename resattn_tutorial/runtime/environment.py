"""What a run happens on: processor, GPU, versions, commit (chapter 10)."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

PACKAGE = Path(__file__).parents[1]


def observed(device: torch.device, world_size: int = 1) -> dict[str, Any]:
    """What there is now, as plain values.

    Args:
        device: what computes.
        world_size: processes that share each batch.
    """
    import torch  # takes seconds, and whoever only asks for the processor needs none

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "commit": commit(), "processor": processor(), "cores": os.cpu_count(),
        "gpu": gpu, "device": device.type, "world_size": world_size,
        "python": platform.python_version(), "torch": str(torch.__version__),
        "numpy": importlib.metadata.version("numpy"),
    }


def processor() -> str:
    """The processor's own name where the system tells it, else its kind."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(errors="replace").splitlines() if told.exists() else []
    for line in lines:
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


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
