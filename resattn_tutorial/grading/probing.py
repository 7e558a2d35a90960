"""Whether a wall holds: tried from inside, before a learner's code is let in."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from contextlib import suppress

import torch

import resattn_tutorial
from resattn_tutorial.grading.recording import Note


def try_the_wall(outside: str, note: Note) -> None:
    """Do what must fail, and note what does not; a file inside must be writable.

    Args:
        outside: a folder outside, which the user who started us may write.
        note: takes ``hole`` with ``words`` for each thing that should have failed.
    """
    with open("inside", "w") as file:
        file.write("this may be written")
    for module in (os, torch, resattn_tutorial):
        try:
            os.listdir(os.path.dirname(module.__file__))
        except OSError:
            note("hole", words=f"user {os.getuid()} cannot read the files of Python in "
                 f"{os.path.dirname(module.__file__)}")
    attempts: dict[str, Callable[[], object]] = {
        "a file outside was written": lambda: open(f"{outside}/written", "w").close(),
        "a file outside was read": lambda: open(f"{outside}/secret").read(),
        "a folder outside was listed": lambda: os.listdir(outside),
        "a file outside was removed": lambda: os.unlink(f"{outside}/secret"),
        "a mode outside was changed": lambda: os.chmod(f"{outside}/secret", 0o777),
        "a server was reached": _reach_a_server,
        "another user was taken": lambda: os.setuid(0 if os.getuid() else 1),
        "the process outside can be signalled": lambda: os.kill(_keeper(outside), 0),
    }
    for words, attempt in attempts.items():
        with suppress(OSError, ValueError):
            attempt()
            note("hole", words=words)


def _reach_a_server() -> None:
    """A server that does not answer has been reached as well: only a way is asked for.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("192.0.2.1", 9))                # for documents; nobody has it
        one.send(b"anybody?")


def _keeper(outside: str) -> int:
    """The number of a process outside, which stands in the folder's name."""
    return int(outside.rpartition("-")[2])
