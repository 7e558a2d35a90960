"""Run files: what was run, on what, and what came of it (chapter 3).

A run that takes too long for a page is made once by a command, and its outcome is
kept as one small JSON file inside the package. The book draws its figures and tables
from these files; nobody types a measured number into a page.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import subprocess
from pathlib import Path
from typing import Any

import torch

RUNS = Path(__file__).parent / "runs"
FIELDS = (
    "command", "commit", "configuration", "curve", "date", "hardware", "minutes",
    "name", "results", "seed", "versions",
)


def write_run(run: dict[str, Any], folder: Path = RUNS) -> Path:
    """Write a run as ``<name>-seed<seed>.json``, whole or not at all; return the path.

    Raises:
        ValueError: a field is missing or unknown, or some number is NaN or infinite.
    """
    if set(run) != set(FIELDS):
        raise ValueError(f"a run has the fields {FIELDS}, got {tuple(sorted(run))}.")
    text = json.dumps(run, indent=1, sort_keys=True, allow_nan=False) + "\n"
    path = folder / f"{run['name']}-seed{run['seed']}.json"
    draft = path.with_suffix(".part")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def read_runs(name: str, folder: Path = RUNS) -> list[dict[str, Any]]:
    """All runs of one name, by seed.

    Raises:
        FileNotFoundError: there is none; says which names there are.
        ValueError: a file is no run, or lacks a field.
    """
    paths = sorted(folder.glob(f"{name}-seed*.json"))
    if not paths:
        stems = {path.stem.rsplit("-seed", 1)[0] for path in folder.glob("*.json")}
        raise FileNotFoundError(f"no run is named {name!r}; there are {sorted(stems)}.")
    return sorted(map(read_run, paths), key=lambda run: run["seed"])


def read_run(path: Path) -> dict[str, Any]:
    """One run file, checked for its fields."""
    try:
        run = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path.name} is not a whole run file: {error}") from error
    if not isinstance(run, dict):
        raise ValueError(f"{path.name} must hold a run, got {run!r}.")
    if missing := set(FIELDS) - set(run):
        raise ValueError(f"{path.name} lacks {sorted(missing)}.")
    if path.stem != f"{run['name']}-seed{run['seed']}":
        raise ValueError(
            f"{path.name} holds another run: {run['name']}, seed {run['seed']}."
        )
    return run


def hardware() -> dict[str, Any]:
    """What this runs on: processor or GPU, and torch's number of threads."""
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
    here = Path(__file__).parent
    told = subprocess.run(
        ["git", *words], cwd=here, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()
