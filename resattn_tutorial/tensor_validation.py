"""Checks at the door for tensors: features, image bytes, labels (chapter 1).

A network that is given the wrong tensor usually fails many layers later, in words
that name none of the reader's own variables. These functions stop it at once and say
three things: which argument, what came, what was expected.
"""

from __future__ import annotations

import torch
from torch import Tensor


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
            "resattn_tutorial.data.transforms.to_inputs reads image bytes."
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


def require_bytes(images: Tensor) -> Tensor:
    """Return ``images`` if it is uint8, ``(N, 3, H, W)``.

    Raises TypeError if it holds no bytes, ValueError for another shape.
    """
    require_dtype("images", images, torch.uint8)
    if images.dim() != 4 or images.shape[1] != 3:
        found = tuple(images.shape)
        raise ValueError(f"images must have shape (N, 3, H, W), got {found}.")
    return images


def require_labels(labels: Tensor, classes: int) -> Tensor:
    """Return ``labels`` if it is int64, ``(N,)``, each from 0 to ``classes - 1``.

    Raises TypeError for another type of number, ValueError for shape or range.
    """
    require_dtype("labels", labels, torch.int64)
    if labels.dim() != 1:
        raise ValueError(f"labels must have shape (N,), got {tuple(labels.shape)}.")
    outside = labels[(labels < 0) | (labels >= classes)]
    if len(outside):
        found = outside[0].item()
        raise ValueError(f"labels must be from 0 to {classes - 1}, got {found}.")
    return labels


def require_dtype(name: str, value: Tensor, dtype: torch.dtype) -> None:
    """Refuse with a ``TypeError`` what is no tensor of the type."""
    found = value.dtype if isinstance(value, Tensor) else type(value).__name__
    if found != dtype:
        raise TypeError(f"{name} must be a tensor of {dtype}, got {found}.")
