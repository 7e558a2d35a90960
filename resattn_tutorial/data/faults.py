"""What a place did wrong, in words that may be shown (chapter 9)."""

from __future__ import annotations

import re

from resattn_tutorial.printable import printable


class Fault(Exception):
    """What a place did wrong, as the end of a sentence that begins with its name."""


class Cut(Fault):
    """The connection ended early; the rest can be asked for."""


def require_size(offered: int, size: int) -> None:
    """Raise a ``Fault`` unless a place offers as many bytes as the file has."""
    if offered != size:
        raise Fault(f"offers {offered:,} bytes, expected {size:,}")


def first_cause(error: BaseException) -> str:
    """The first cause: what went wrong, without the layers that passed it on.

    An address in it loses its password and its token.
    """
    while deeper := error.__cause__ or error.__context__:
        error = deeper
    text = re.sub(r"//[^/\s]*@", "//", f"{type(error).__name__}: {error}")
    return brief(re.sub(r"\?[^\s'\")]*", "", text))


def brief(text: str, most: int = 120) -> str:
    """A server's words as they may be shown: no commands to the terminal, not long."""
    text = printable(text)
    return text if len(text) <= most else f"{text[:most]}..."
