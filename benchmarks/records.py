"""What a result file tells beside its measurements, and how it is written."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from resattn_tutorial.runtime.environment import observed
from tools.files import write_whole

# Variables from outside that change what is measured; a result tells those it met.
VARIABLES = (
    "MALLOC_", "GLIBC_TUNABLES", "LD_PRELOAD", "OMP_", "KMP_", "MKL_", "ONEDNN_",
)


def circumstances(
    benchmark: str,
    settings: dict[str, Any],
    device: torch.device,
    packages: Sequence[str] = (),
) -> dict[str, Any]:
    """All that is needed to read a result later, but for the result.

    Args:
        benchmark: the module's name in this folder.
        settings: what was chosen, the processor's threads among it.
        device: what computes.
        packages: whose versions matter, beside torch and NumPy.
    """
    versions = {name: importlib.metadata.version(name) for name in packages}
    met = {k: v for k, v in os.environ.items() if k.startswith(VARIABLES)}
    return {
        "command": " ".join([f"python -m benchmarks.{benchmark}", *sys.argv[1:]]),
        "environment": {
            **observed(device), **versions, "cuda": torch.version.cuda,
            "variables": met,
        },
        "settings": settings,
    }


def chosen(options: Any, *names: str) -> dict[str, Any]:
    """These options and what they are set to."""
    return {name: getattr(options, name) for name in names}


def write(path: Path, result: dict[str, Any]) -> None:
    """Write the result as JSON, whole or not at all."""
    write_whole(path, json.dumps(result, indent=1, allow_nan=False) + "\n")
