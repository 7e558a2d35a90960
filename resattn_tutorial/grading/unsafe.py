"""Do tasks without walls, where there are none and the grader insists.

Each runs in a process of its own, in a folder of its own, with a limit of time, and on
a Mac of memory; and with all the rights of the one who grades. On Linux this is used
where neither namespaces nor Landlock can be had.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from typing import BinaryIO, Self

from resattn_tutorial.grading.allowance import (
    Allowance,
    limit_this_process,
    mapped_memory,
)
from resattn_tutorial.grading.recording import Reader, recorder
from resattn_tutorial.grading.sandbox import clean_environment
from resattn_tutorial.grading.tasks import Outcome, Task, unpacked

OFTEN = 0.1


class NoSandbox:
    """Does tasks as :class:`~resattn_tutorial.grading.sandbox.Sandbox` does, unsafely.

    Of what a task may use only time and output are watched, and memory where the system
    does that.
    """

    wall = "no walls (--unsafe), as you"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left to end."""

    def do(self, task: Task) -> Outcome:
        """Do a task in a process of its own."""
        begun, key = time.monotonic(), secrets.token_bytes(32)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            process = subprocess.Popen(
                [
                    sys.executable, "-P", "-m", "resattn_tutorial.grading.unsafe",
                ],
                cwd=folder, env=clean_environment() | _needed(folder),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                start_new_session=True,
            )
            told, printed, reader = [], [0], Reader(key)
            threads = [
                threading.Thread(target=_take, daemon=True, args=(process.stdout, lambda
                                 piece: told.extend(reader.feed(piece)))),
                threading.Thread(target=_take, daemon=True, args=(process.stderr, lambda
                                 piece: printed.append(printed.pop() + len(piece)))),
            ]
            for thread in threads:
                thread.start()
            with suppress(OSError):
                process.stdin.write(key.hex().encode() + b"\n" + task.packed())
                process.stdin.close()
            ended = _watched(process, printed, begun, task.allowance)
            for thread in threads:
                thread.join(5)
        if not ended and not (told and told[-1].kind == "end"):
            ended = f"its process ended itself, with status {process.returncode}"
        return Outcome(told, ended, reader.forged, time.monotonic() - begun)


def _watched(
    process: subprocess.Popen, printed: list[int], begun: float, allowed: Allowance
) -> str:
    """Wait for a process; end it where it takes too much, and say of what."""
    ended = ""
    while not ended and process.poll() is None:
        time.sleep(OFTEN)
        if time.monotonic() - begun > allowed.seconds:
            ended = f"it did not end within {allowed.minutes:g} minutes"
        if printed[0] > allowed.output_bytes:
            ended = f"it printed more than {allowed.output} MiB"
    if hasattr(os, "killpg"):
        with suppress(OSError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()
    return ended


def _needed(folder: str) -> dict[str, str]:
    """What a process needs to start, which is not the same on all systems."""
    names = ("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT")
    home = {name: folder for name in ("HOME", "USERPROFILE", "TEMP", "TMP", "TMPDIR")}
    return home | {name: os.environ[name] for name in names if name in os.environ}


def _take(file: BinaryIO, use: object) -> None:
    while piece := file.read1(65536):
        use(piece)


def main() -> None:
    """Do the task that comes on the standard input, and tell on the standard output.

    What the task prints goes to the error stream.
    """
    key, _, content = sys.stdin.buffer.read().partition(b"\n")
    handle = os.dup(1)
    os.dup2(2, 1)
    note = recorder(handle, bytes.fromhex(key.decode()))
    from resattn_tutorial.grading.performing import perform

    task = unpacked(content)
    for path, piece in task.files.items():
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb") as file:
            file.write(piece)
    with suppress(ImportError, OSError, ValueError):
        allowance = replace(task.allowance, processes=4096)
        limit_this_process(allowance, mapped_memory())
    sys.argv, sys.path = ["notebook"], [os.getcwd(), *sys.path]
    perform(task, note)
    note("end")
    os._exit(0)


if __name__ == "__main__":
    main()
