"""What the transforms of images accept, checked at the door (chapter 9).

On a GPU only types and shapes are looked at: to look at numbers would make the
processor wait for it at every batch.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.data.image_files import held_image
from resattn_tutorial.tensor_validation import (
    require_dtype,
    require_features,
    require_tensor,
)
from resattn_tutorial.validation import require_count


def require_mean(mean: Tensor) -> Tensor:
    """Return ``mean`` if it is a colour, ``(3,)``, from 0 to 1.

    Raises:
        TypeError: it is no tensor of numbers with a fraction; ValueError: its shape is
            another one, or a number is invalid.
    """
    if not require_tensor("mean", mean).is_floating_point():
        raise TypeError(f"mean must hold numbers with a fraction, got {mean.dtype}.")
    if mean.shape != (3,):
        raise ValueError(f"mean must have shape (3,), got {tuple(mean.shape)}.")
    if mean.is_cpu and not all(0 <= part <= 1 for part in mean.tolist()):
        raise ValueError(f"mean must be from 0 to 1, got {mean.tolist()}.")
    return mean


def require_windows(
    inputs: Tensor, corners: Tensor, mirrored: Tensor, pad: int
) -> None:
    """Refuse windows that cannot be cut out of the padded inputs.

    Raises:
        TypeError: a tensor is none, or of another type; ValueError: a shape does not
            fit, or a corner lies outside.
    """
    require_features("inputs", inputs)
    require_dtype("corners", corners, torch.int64)
    require_dtype("mirrored", mirrored, torch.bool)
    require_count("pad", pad, at_least=0, at_most=1000)
    count = len(inputs)
    if corners.shape != (count, 2) or mirrored.shape != (count,):
        raise ValueError(
            f"corners and mirrored must have shapes ({count}, 2) and ({count},), one "
            f"for each input, got {tuple(corners.shape)} and {tuple(mirrored.shape)}."
        )
    # On a GPU to look would be to wait; here NumPy looks at the same memory.
    if not (corners.is_cpu and count):
        return
    least, most = corners.numpy().min(), corners.numpy().max()
    if not 0 <= least <= most <= 2 * pad:
        raise ValueError(
            f"corners must be from 0 to 2 * pad = {2 * pad}, got {least} to {most}."
        )


def as_bytes(image: Any) -> Tensor:
    """A PIL image or an array ``(H, W, 3)`` as a tensor ``(3, H, W)``; tensors stay.

    A PIL image becomes what its file would: upright, opaque, of eight bits.
    """
    if isinstance(image, Tensor):
        require_dtype("image", image, torch.uint8)
        return image
    if isinstance(image, np.ndarray):
        if image.dtype != np.uint8 or image.ndim != 3:
            raise TypeError(
                "image must be an array of bytes, (H, W, 3), "
                f"got {image.dtype}, {image.shape}."
            )
        # A copy: PyTorch holds no array that is read backwards or may not be written.
        return torch.from_numpy(image.copy()).permute(2, 0, 1)
    from PIL.Image import Image

    if not isinstance(image, Image):
        kind = type(image).__name__
        raise TypeError(f"image must be a tensor, an array or a PIL image, got {kind}.")
    return torch.from_numpy(held_image(image)).permute(2, 0, 1)
