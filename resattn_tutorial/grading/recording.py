"""What a run reports to its grader: lines that are signed with a secret of that run.

A line is its signature, a space, and JSON: a number that counts up, a kind, and what is
told. Whoever prints "all of it holds" writes no such line. The secret lies in the
memory of the process that runs the notebook, so the signature keeps off what is printed
or written, and not somebody who searches that memory:
:mod:`~resattn_tutorial.grading.judging` judges again.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

# Bytes of a line, and of all lines of a run.
LONGEST, MOST = 400_000, 16_000_000
# Letters of what is told of one thing.
WORDS = 1000

Note = Callable[..., None]
# What a line of each kind tells; a list holds texts. Whoever gets hold of the secret
# cannot tell the grader something that it does not know how to read.
WORDY = {"words": str}
FORMS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "notebook": {
        "name": (str, type(None)), "asked": list, "cells": int, "run": int,
        "left_out": list,
    },
    "cell": {"number": int},
    "error": {"number": int, "words": str},
    "check": {
        "check": str, "passed": bool, "done": bool, "words": str, "source": str,
        "why": str,
    },
    "judged": {
        "passed": bool, "done": bool, "words": str, "marks": list, "spoilt": bool,
    },
    "broken": WORDY, "failed": WORDY, "no wall": WORDY, "hole": WORDY, "end": {},
}


class Signed(NamedTuple):
    """One signed line.

    Attributes:
        kind: what it is about.
        facts: what it says, by name.
    """

    kind: str
    facts: dict[str, Any]


def recorder(handle: int, key: bytes) -> Note:
    """What writes signed lines: ``note("cell", number=3)``.

    It is silent in a process that this one has forked.

    Args:
        handle: of an open file.
        key: the run's secret.
    """
    own, numbers = os.getpid(), count()

    def note(kind: str, **facts: Any) -> None:
        if os.getpid() != own:
            return
        text = json.dumps([next(numbers), kind, facts]).encode()
        left = signed(key, text) + b" " + text + b"\n"
        while left:
            left = left[os.write(handle, left):]

    return note


def signed(key: bytes, text: bytes) -> bytes:
    """The signature of a text, in hexadecimal digits."""
    return hmac.new(key, text, hashlib.sha256).hexdigest().encode()


class Reader:
    """Reads what a run wrote, and takes the lines that it signed.

    Attributes:
        forged: how many lines bore no signature of this run, came twice, or had no
            form.
        size: how many bytes came.
    """

    def __init__(self, key: bytes) -> None:
        self._key, self._rest, self._last = key, b"", -1
        self.forged = self.size = 0

    def feed(self, piece: bytes) -> Iterator[Signed]:
        """The signed lines that a piece of what was written completes."""
        self.size += len(piece)
        *lines, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST:
            self._rest = b""
        for line in lines:
            told = self._read(line)
            if told is None:
                self.forged += 1
            else:
                yield told

    def _read(self, line: bytes) -> Signed | None:
        signature, _, text = line.partition(b" ")
        if not hmac.compare_digest(signature, signed(self._key, text)):
            return None
        try:
            number, kind, facts = json.loads(text)
            known = FORMS[kind]
            if number <= self._last or not fits(facts, known):   # seen, and repeated
                return None
        except (ValueError, TypeError, LookupError, RecursionError):
            return None
        self._last = number
        return Signed(kind, facts)


def fits(facts: dict[str, Any], known: dict[str, type | tuple[type, ...]]) -> bool:
    """Whether facts have the names and the kinds of values that are known."""
    return isinstance(facts, dict) and facts.keys() == known.keys() and all(
        isinstance(value, known[name])
        and (not isinstance(value, list) or all(isinstance(x, str) for x in value))
        for name, value in facts.items()
    )


def in_words(error: BaseException) -> str:
    """An error in one line, whatever it does when it is asked for its words."""
    try:
        words = str(error).strip()
    except BaseException:
        words = "(no message)"
    first = (words.splitlines() or [""])[0]
    return brief(f"{type(error).__name__}: {first}".removesuffix(": "))


def brief(words: object) -> str:
    """Words in one line, and only the beginning of many."""
    text = " ".join(str(words).split())
    return text if len(text) <= WORDS else f"{text[:WORDS]}…"
