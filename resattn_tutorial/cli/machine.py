"""What the system tells of this machine, without PyTorch's help."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from resattn_tutorial.printable import printable

MEMORY = Path("/proc/meminfo")
PATIENCE = 20.0                  # seconds that nvidia-smi may take
NO_GPU = 6                       # nvidia-smi's status where it finds none
LONGEST = 120                    # letters of another program's answer that are shown


def seen_gpu() -> str | None:
    """The first GPU that NVIDIA's own tool sees, whatever torch says.

    Raises:
        OSError: the tool is there and does not work; says what to do.
    """
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    status, said = _answer([tool, "--query-gpu=name", "--format=csv,noheader"])
    if status not in (0, NO_GPU):
        raise OSError(
            f"nvidia-smi ended with status {status} ({said or 'no message'}): fix or "
            "remove NVIDIA's driver"
        )
    return said if status == 0 and said else None


def _answer(command: list[str]) -> tuple[int, str]:
    """A program's status, and the first line of what it said, made safe to print.

    A driver that hangs may keep even a killed program from ending, so its end is waited
    for only a moment.
    """
    program = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
    )
    try:
        said, _ = program.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired as error:
        program.kill()
        program.stdout.close()
        with suppress(subprocess.TimeoutExpired):
            program.wait(1)
        raise OSError(
            f"{Path(command[0]).name} has not answered in {PATIENCE:g} seconds: "
            "restart this machine, or fix NVIDIA's driver"
        ) from error
    line = said.strip().partition("\n")[0]
    return program.returncode, printable(line)[:LONGEST]


def memory() -> tuple[float, float] | None:
    """Free memory and all memory in GiB; ``None`` where the system does not tell.

    Raises:
        OSError: it tells something that cannot be read.
    """
    if not os.path.lexists(MEMORY):
        return None
    told = dict(
        line.split(":", 1)
        for line in MEMORY.read_text(errors="replace").splitlines() if ":" in line
    )
    try:
        free, total = (
            int(told[name].split()[0]) / 2**20 for name in ("MemAvailable", "MemTotal")
        )
    except (LookupError, ValueError, OverflowError) as error:
        raise OSError(f"{MEMORY} is not in Linux's format") from error
    return free, total


def standing(path: Path) -> Path:
    """The longest part of a path that is there already."""
    return _longest(path, os.path.exists)


def fault_of_folder(path: Path) -> str | None:
    """What keeps a folder from being made there, or written to; ``None`` if nothing."""
    there = _longest(path, os.path.lexists)
    if not os.path.exists(there):
        return f"{there} is a link that leads nowhere"
    if not os.path.isdir(there):
        return f"{there} is no folder"
    if not os.access(there, os.W_OK | os.X_OK):
        return f"{there} takes no files"
    return None


def _longest(path: Path, there: Callable[[Path], bool]) -> Path:
    # os.path answers where Path.exists, in some versions, raises.
    path = path.absolute()
    return next(part for part in (path, *path.parents) if there(part))
