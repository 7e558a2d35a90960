"""Checks at the door for plain values: counts, ratios, seeds, paths (chapter 1).

They say three things: which argument, what came, what was expected. Those for tensors
are in :mod:`~resattn_tutorial.tensor_validation`; these here need no PyTorch.
"""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path


def require_count(
    name: str, value: int, at_least: int = 1, multiple_of: int = 1
) -> int:
    """Return ``value`` if it is a whole number, large enough and a fitting multiple.

    Raises:
        TypeError: ``value`` is not a whole number (``True`` and ``2.0`` are not).
        ValueError: ``value`` is smaller than ``at_least``, or no multiple of
            ``multiple_of``.
    """
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < at_least:
        raise ValueError(
            f"{name} must be at least {at_least}, got {value}."
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


def require_path(
    name: str, value: str | PathLike[str], what: str = "a path"
) -> Path:
    """Return ``value`` as a path; what lies there is not looked at.

    ``what`` is expected, in words.

    Raises:
        TypeError: it is neither text nor a path.
        ValueError: it is empty, or holds a zero character, which no file's name can.
    """
    if not isinstance(value, (str, PathLike)):
        raise TypeError(f"{name} must be {what}, got {value!r}.")
    text = fspath(value)
    if not isinstance(text, str):
        raise TypeError(f"{name} must be {what} in text, got {value!r}.")
    if not text or "\0" in text:
        raise ValueError(f"{name} must be {what}, got {text!r}.")
    return Path(text)
