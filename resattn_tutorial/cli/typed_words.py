"""What reads the words of a command line, and refuses at the door (chapter 10).

Each reader refuses in the package's own words, and before anything is loaded: a number
that cannot be, an image that is not there, a folder that cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from resattn_tutorial.limits import MOST
from resattn_tutorial.validation import require_count, require_path


def examples(*lines: str) -> str:
    """Lines for the end of a command's help, left as they are."""
    return "\n\n".join(["Examples:", "\b\n" + "\n".join(f"  {line}" for line in lines)])


def typed(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """What reads a typed word, telling in ``read``'s own words why it will not do."""

    def look(word: str) -> Any:
        try:
            return read(word)
        except (ValueError, OSError) as error:
            raise typer.BadParameter(str(error)) from error

    return look


def count(name: str, text: str, least: int = 1, default: str | bool = True) -> object:
    """An option that is a whole number, refused as the package refuses it.

    Args:
        name: what the package calls it.
        text: for the help.
        least: the smallest number that can be; the largest is one of ``MOST``.
        default: what to call the default in the help, if not by itself.
    """

    def read(word: str) -> int:
        try:
            value = int(word)
        except ValueError:
            raise ValueError(
                f"{name} must be a whole number, got {brief(word)}."
            ) from None
        return require_count(name, value, least, at_most=MOST[name])

    return typer.Option(
        parser=typed(read), metavar="N", help=text, show_default=default
    )


def pattern(word: str) -> str:
    """A pattern of series, refused as the package refuses it."""
    from resattn_tutorial.data.splitting import series_by  # NumPy and Pillow take time

    series_by(word)
    return word


def one_file(name: str, what: str, word: str) -> Path:
    """The path of a file that is there; ``what`` it must be, in words."""
    path = require_path(name, word)
    if path.is_dir():
        raise ValueError(f"{name} must be {what}, and {path} is a folder.")
    if not path.exists():
        raise ValueError(f"{name} must be {what}, and {path} is not there.")
    return path


def image_folder(name: str, word: str) -> Path:
    """The path of a folder that is there."""
    path = require_path(name, word)
    if not path.is_dir():
        raise ValueError(f"{name} must be a folder of images, got {path}.")
    return path


def number(
    name: str, text: str, check: Callable[[float], object], default: str | bool = True
) -> object:
    """An option that is a number; ``check`` raises if it is invalid."""

    def read(word: str) -> float:
        try:
            value = float(word)
        except ValueError:
            raise ValueError(f"{name} must be a number, got {brief(word)}.") from None
        check(value)
        return value

    return typer.Option(
        parser=typed(read), metavar="X", help=text, show_default=default
    )


def read_shard(word: str) -> tuple[int, int]:
    """``"2/8"`` as ``(2, 8)``; raises ValueError for what is no part of a whole."""
    number, slash, of = str(word).partition("/")
    if not (slash and number.isdecimal() and of.isdecimal()):
        raise ValueError(f"shard must be such as 2/8, got {brief(word)}.")
    require_count("the number of shards", int(of), at_most=MOST["steps"])
    require_count("the shard", int(number), at_most=int(of))
    return int(number), int(of)


def brief(word: str) -> str:
    """A word for a message; only the beginning of a very long one."""
    return repr(word if len(word) <= 40 else f"{word[:40]}…")
