"""What may be drawn: arrays and labels are checked here, at the door.

Nothing is clipped, dropped or normalised to make it fit. What does not fit is refused,
with the argument's name, what came and what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.plotting._svg.text import room
from resattn_tutorial.validation import require_sequence

if TYPE_CHECKING:
    from torch import Tensor

LARGEST = 1e300
LONGEST_LABEL = 40
WIDEST_LABEL = 388  # pixels: it fits a line of its own


def as_array(name: str, value: np.ndarray | Tensor, axes: str) -> np.ndarray:
    """``value`` as an array with ``axes`` such as ``(N, h, w)``, for drawing only.

    Raises:
        TypeError: it holds something else than numbers.
        ValueError: it has another number of axes, is empty, or is not finite.
    """
    if hasattr(value, "detach"):
        if value.is_meta or str(value.layout) != "torch.strided":
            kind = "meta" if value.is_meta else value.layout
            raise TypeError(f"{name} must be a dense tensor with numbers, got {kind}.")
        value = value.detach().cpu()
        # NumPy has no bfloat16.
        value = (value.double() if value.is_floating_point() else value).numpy()
    try:
        array = np.asarray(value)
    except ValueError as error:              # rows of different lengths, for one
        raise ValueError(f"{name} must have shape {axes}: {error}") from error
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} must hold numbers, got {array.dtype}.")
    if array.ndim != len(re.findall(r"\w+", axes)) or array.size == 0:
        raise ValueError(
            f"{name} must have shape {axes}, no axis empty, got {array.shape}."
        )
    if not np.isfinite(array).all():
        wrong = int((~np.isfinite(array)).sum())
        raise ValueError(
            f"{name} must be finite, got {wrong} of {array.size} values that are not."
        )
    return array


def as_numbers(name: str, value: np.ndarray | Tensor, axes: str) -> np.ndarray:
    """The same in float64, where a difference neither wraps round nor overflows.

    Raises:
        TypeError, ValueError: as `as_array`, and where a number is out of all bounds.
    """
    array = as_array(name, value, axes).astype(float)
    if (most := np.abs(array).max()) > LARGEST:
        raise ValueError(f"{name} must lie from {-LARGEST} to {LARGEST}, got {most}.")
    return array


def as_number(name: str, value: float | np.ndarray | Tensor) -> float:
    """A finite number, of Python's, NumPy's or a tensor's; raises as `as_numbers`."""
    return float(as_numbers(name, value, "()"))


def require_labels(name: str, labels: Mapping, most: int) -> None:
    """Refuse a mapping of no label or too many, or labels that do not fit a line."""
    if not isinstance(labels, Mapping):
        kind = type(labels).__name__
        raise TypeError(f"{name} must map labels to values, got {kind}.")
    if not 1 <= len(labels) <= most:
        raise ValueError(f"{name} must hold 1 to {most} labels, got {len(labels)}.")
    for label in labels:
        if not isinstance(label, str) or not 1 <= len(label) <= LONGEST_LABEL:
            raise ValueError(
                f"{name}: a label must be a string of 1 to {LONGEST_LABEL} characters, "
                f"got {label!r}."
            )
        if room(label) > WIDEST_LABEL:
            raise ValueError(
                f"{name}: a label must be at most {WIDEST_LABEL} pixels wide, got "
                f"{label!r}, {room(label):.0f} pixels wide."
            )


def as_bytes(images: np.ndarray | Tensor) -> np.ndarray:
    """Images as bytes with the channels last, ``(N, H, W, 3)``."""
    pixels = as_array("images", images, "(N, 3, H, W)")
    if pixels.shape[1] != 3:
        raise ValueError(f"images must have shape (N, 3, H, W), got {pixels.shape}.")
    if pixels.dtype != np.uint8:
        if pixels.dtype.kind != "f":
            raise TypeError(f"images must be uint8 or floats, got {pixels.dtype}.")
        require_within("images", pixels, 0.0, 1.0)
        pixels = np.round(pixels * 255).astype(np.uint8)
    return pixels.transpose(0, 2, 3, 1)


def as_outlines(
    outlines: np.ndarray | Tensor | None, pixels: np.ndarray
) -> Sequence[np.ndarray | None]:
    if outlines is None:
        return [None] * len(pixels)
    shapes = as_array("outlines", outlines, "(N, H, W)")
    if shapes.dtype != bool:
        raise TypeError(f"outlines must be bool, got {shapes.dtype}.")
    if shapes.shape != pixels.shape[:3]:
        raise ValueError(
            f"outlines must have shape {pixels.shape[:3]} like the images, "
            f"got {shapes.shape}."
        )
    return shapes


def ends(
    name: str, values: np.ndarray, limits: tuple[float, float] | None
) -> tuple[float, float]:
    """The ends of the colour scale: ``limits``, or else the values' own."""
    if limits is None:
        return float(values.min()), float(values.max())
    low, high = require_sequence("limits", limits, 2)
    low, high = as_number("limits", low), as_number("limits", high)
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low < high, got {limits}.")
    require_within(name, values, low, high)
    return low, high


def require_within(name: str, values: np.ndarray, low: float, high: float) -> None:
    least, most = values.min(), values.max()
    if least < low or most > high:
        raise ValueError(
            f"{name} must lie from {low:g} to {high:g}, got {least:.4g} to {most:.4g}."
        )
