"""One line of ``resattn doctor``, and how it is found whatever happens (chapter 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from resattn_tutorial.printable import printable

T = TypeVar("T")


class Finding(NamedTuple):
    """One line: what was looked at, what was found, and what must be fixed."""

    what: str
    found: str
    mend: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The line, and another for each thing to fix."""
        lines = [f"{self.what:<10} {printable(self.found)}"]
        lines += [f"  to fix: {printable(fault)}" for fault in self.mend]
        return "\n".join(lines)


def attempted(look: Callable[[], T]) -> T | Exception:
    """What a look finds, or what it met.

    A package that does not fit, a driver or a file system may raise anything, and this
    command is what tells of it. So nothing but an interruption goes through here.
    """
    try:
        return look()
    except Exception as error:
        return error


def standing_alone(what: str, look: Callable[[], Finding]) -> Finding:
    """A finding, or the same line with why there is none."""
    found = attempted(look)
    if isinstance(found, Exception):
        return Finding(what, "not known", (in_words(found),))
    return found


def in_words(error: Exception) -> str:
    """What an error says; its kind as well, where its words may not say enough."""
    if isinstance(error, OSError) and (error.filename or not error.errno):
        return str(error)
    return f"{type(error).__name__}: {error}"
