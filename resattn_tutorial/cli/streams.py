"""Where a command prints: closed, full, or without the letters that it needs (ch. 10).

A system gives the number of a closed stream to the next file that is opened, and what
is meant for the screen would be written into that: a checkpoint, for one.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

NAMES = ("stdin", "stdout", "stderr")


def complete_streams() -> None:
    """Lead closed streams to nowhere; write letters that a terminal lacks as codes."""
    for number, name in enumerate(NAMES):
        if _is_closed(number):
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):     # \u65e5, for one, is not refused
            stream.reconfigure(errors="backslashreplace")


def _is_closed(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return True
    return False


class OutputError(OSError):
    """What is printed goes nowhere; says which stream, and why."""


class Voice:
    """A stream for text; what it cannot write is an ``OutputError``, and only once.

    A reader that has gone stays a ``BrokenPipeError``: that is no trouble.
    """

    def __init__(self, stream: TextIO, name: str) -> None:
        self.stream, self.name, self.broken = stream, name, False

    def write(self, text: str) -> int:
        """As of any stream for text; to write nothing tells no fault."""
        if not isinstance(text, str):
            raise TypeError(f"text must be str, got {type(text).__name__}.")
        with self._told():
            if text:
                self.stream.write(text)
        return len(text)

    def flush(self) -> None:
        """As of any stream."""
        with self._told():
            self.stream.flush()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if self.broken:
                return
            self.broken = True
            # What is left in it would fail once more at the interpreter's end.
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.stream.fileno())
            os.close(nowhere)
            if isinstance(error, BrokenPipeError):
                raise
            raise OutputError(
                f"{self.name} cannot be written: {error.strerror}."
            ) from error

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


@contextmanager
def output_watched() -> Iterator[None]:
    """Have what cannot be printed end a command in a sentence, with status 1.

    So does what the system refuses before there is a command, such as one more file.

    Its last words are forced out first, since the interpreter's end tells of no fault.
    """
    before = sys.stdout, sys.stderr
    sys.stdout = Voice(sys.stdout, "standard output")
    sys.stderr = Voice(sys.stderr, "standard error")
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        sys.exit(1)
    except OSError as error:                         # the system's, before a command
        print(f"Error: {error}", file=before[1])
        sys.exit(1)
    finally:
        sys.stdout, sys.stderr = before
