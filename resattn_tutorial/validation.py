"""Checks at the door for plain values: counts, numbers, paths (chapter 1).

They say three things: which argument, what came, what was expected. Those for tensors
are in :mod:`~resattn_tutorial.tensor_validation`; these here need no PyTorch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

LARGEST = sys.float_info.max


def require_count(
    name: str,
    value: int,
    at_least: int = 1,
    multiple_of: int = 1,
    at_most: int | None = None,
) -> int:
    """Return ``value`` if it is a whole number, in its bounds and a fitting multiple.

    Raises:
        TypeError: ``value`` is not a whole number (``True`` and ``2.0`` are not).
        ValueError: ``value`` is smaller than ``at_least``, larger than ``at_most``, or
            no multiple of ``multiple_of``.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < at_least:
        raise ValueError(
            f"{name} must be at least {at_least}, got {value}."
        )
    if at_most is not None and value > at_most:
        raise ValueError(
            f"{name} must be at most {at_most:,}, got {value:,}."
        )
    if value % multiple_of:
        raise ValueError(
            f"{name} must be a multiple of {multiple_of}, got {value}."
        )
    return value


def require_ratio(name: str, value: float) -> float:
    """Return ``value`` if it is a number from 0 to 1.

    Raises:
        TypeError: it is no number; ValueError: it lies outside.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number from 0 to 1, got {value!r}.")
    if not 0 <= value <= 1:
        raise ValueError(f"{name} must be a number from 0 to 1, got {value}.")
    return float(value)


def require_seed(seed: int) -> int:
    """Return ``seed`` if it is from 0 to ``2**32 - 1``: torch tells no more apart.

    Raises:
        TypeError: it is no whole number; ValueError: it lies outside.
    """
    if require_count("seed", seed, at_least=0) >= 2**32:
        raise ValueError(f"seed must be below 2**32, got {seed}.")
    return seed


def require_number(
    name: str,
    value: float,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
    below: float | None = None,
) -> float:
    """Return ``value`` if it is a finite number within the bounds given.

    Raises:
        TypeError: it is no number (``True`` is none); ValueError: it is not finite, or
            out of bounds.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number, got {shown(value)}.")
    finite = -LARGEST <= value <= LARGEST    # also says no to NaN
    bounds = [
        ("at least", at_least, at_least is None or value >= at_least),
        ("above", above, above is None or value > above),
        ("at most", at_most, at_most is None or value <= at_most),
        ("below", below, below is None or value < below),
    ]
    if not finite or not all(fits for *_, fits in bounds):
        said = " and ".join(f"{w} {end}" for w, end, _ in bounds if end is not None)
        kind = "" if finite else "a finite number"
        wanted = " ".join(filter(None, (kind, said)))
        raise ValueError(f"{name} must be {wanted}, got {value}.")
    return value


def make_plain(fields: Any) -> None:
    """Give a frozen object's fields the plain kinds that a file can hold.

    Numbers of NumPy's, which pass for Python's own, and words of an enumeration become
    ``float``, ``int`` and ``str``, and a list becomes a tuple; everything else stays.
    """
    for name, value in list(vars(fields).items()):
        if isinstance(value, list):
            object.__setattr__(fields, name, tuple(value))
        for kind in (float, int, str):
            if isinstance(value, kind) and not isinstance(value, bool):
                plain = str.__str__(value) if kind is str else kind(value)
                object.__setattr__(fields, name, plain)


def require_flag(name: str, value: bool) -> bool:
    """Return ``value`` if it is ``True`` or ``False``; raises TypeError if not."""
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {shown(value)}.")
    return value


def require_kind(name: str, value: Any, kind: type | tuple, wanted: str) -> Any:
    """Return ``value`` if it is of a kind, in words ``wanted``.

    Raises:
        TypeError: it is of another one.
    """
    if not isinstance(value, kind):
        raise TypeError(f"{name} must be {wanted}, got {type(value).__name__}.")
    return value


def require_fields(name: str, value: Any, kind: type) -> Any:
    """Return ``value`` if it has all that a kind of named tuple has.

    Raises:
        TypeError: something is missing.
    """
    if not all(hasattr(value, field) for field in kind._fields):
        wanted, found = kind.__name__, type(value).__name__
        many = wanted.endswith("s") and not wanted.endswith("ss")
        article = "" if many else "an " if wanted[0] in "AEIOU" else "a "
        raise TypeError(f"{name} must be {article}{wanted}, got {found}.")
    return value


def require_callable(name: str, value: Callable) -> Callable:
    """Return ``value`` if it can be called; raises TypeError if not."""
    if not callable(value):
        kind = type(value).__name__
        raise TypeError(f"{name} must be a function, got {kind}.")
    return value


def require_sequence(
    name: str, values: Sequence, length: int | None = None
) -> Sequence:
    """Return ``values`` if it is a list or a tuple, of a length if one is given.

    Raises:
        TypeError: it is neither; ValueError: it has another length.
    """
    require_kind(name, values, (list, tuple), "a list or a tuple")
    if length is not None and len(values) != length:
        raise ValueError(f"{name} must hold {length} values, got {len(values)}.")
    return values


def require_path(
    name: str, value: str | os.PathLike[str], what: str = "a path"
) -> Path:
    """A path from text or from what stands for a path; what lies there is not asked.

    ``what`` is expected, in words.

    Raises:
        TypeError: it is neither; ValueError: it is empty, or no system can have it.
    """
    require_kind(name, value, (str, os.PathLike), what)
    text = require_kind(name, os.fspath(value), str, f"{what} in text")
    if not text or "\0" in text:
        raise ValueError(f"{name} must be {what}, got {text!r}.")
    return Path(text)


def shown(value: Any) -> str:
    """A value in a message: as it is written where that is short, else its kind."""
    plain = isinstance(value, (str, int, float, type(None)))
    written = repr(value) if plain else ""
    return written if 0 < len(written) <= 60 else type(value).__name__
