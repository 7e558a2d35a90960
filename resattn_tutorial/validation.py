"""Checks at the door for plain values: counts, ratios, seeds (chapter 1).

They say three things: which argument, what came, what was expected. Those for tensors
are in :mod:`~resattn_tutorial.tensor_validation`; these here need no PyTorch.
"""

from __future__ import annotations


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
