"""Checks at the door: every public part of the package refuses bad input here.

A network that is given the wrong tensor usually fails many layers later, in words
that name none of the reader's own variables. These two functions stop it at once and
say three things: which argument, what came, what was expected.
"""

from __future__ import annotations

import torch
from torch import Tensor


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


def require_features(
    name: str,
    x: Tensor,
    channels: int | None = None,
    smallest: int = 1,
    training: bool = False,
) -> Tensor:
    """Return ``x`` if it is a float tensor of shape ``(N, C, H, W)`` that fits.

    Args:
        name: the argument's name, for the message.
        x: what came.
        channels: the number of channels expected; ``None`` accepts any.
        smallest: the smallest height and width allowed, in pixels.
        training: whether batch norm is about to learn from ``x``. It needs two values
            per channel then, and an empty batch would leave NaN in its statistics.

    Raises:
        TypeError: ``x`` is not a tensor, or holds integers (image bytes, for one).
        ValueError: ``x`` has another number of axes or channels, is too small, or
            holds fewer than two values per channel while training.
    """
    if not isinstance(x, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, got {type(x).__name__}.")
    if x.dim() != 4:
        raise ValueError(
            f"{name} must have shape (N, C, H, W), got {tuple(x.shape)}."
        )
    if not x.is_floating_point():
        raise TypeError(
            f"{name} must hold floating-point numbers, got {x.dtype}. "
            "resattn_tutorial.data.to_inputs turns image bytes into inputs."
        )
    batch, found, height, width = x.shape
    if channels is not None and found != channels:
        raise ValueError(
            f"{name} must have {channels} channels, got {found}."
        )
    if height < smallest or width < smallest:
        raise ValueError(
            f"{name} must be at least {smallest} x {smallest} pixels, "
            f"got {height} x {width}."
        )
    if training and batch * height * width < 2:
        what = "one value per channel" if batch else "an empty batch"
        raise ValueError(
            f"{name} is {what}; training needs two values per channel."
        )
    return x
