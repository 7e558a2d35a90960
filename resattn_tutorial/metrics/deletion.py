"""Deleting pixels: what a network saw in them shows in what it loses (chapter 13).

A pixel cannot be taken out of an image; something has to stand in its place, and a
network may react to that as well. So there are two fillings, to be tried both.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.tensor_validation import require_dtype, require_features
from resattn_tutorial.validation import require_callable

# Side of the window of a blur, in pixels; two rounds of it leave no item to be seen.
WINDOW = 9


def mean_colour(inputs: Tensor) -> Tensor:
    """Each image's own mean colour at every pixel, ``(N, C, H, W)``.

    Raises TypeError or ValueError for what is no batch of inputs.
    """
    require_features("inputs", inputs)
    return inputs.mean(dim=(2, 3), keepdim=True).expand_as(inputs)


def blurred(inputs: Tensor) -> Tensor:
    """Each image so blurred that colours stay where they were and forms do not.

    Twice the mean over a window of ``WINDOW`` pixels; what lies outside the image does
    not count. Raises TypeError or ValueError for what is no batch of inputs.
    """
    require_features("inputs", inputs)
    for _ in range(2):
        inputs = F.avg_pool2d(
            inputs, WINDOW, stride=1, padding=WINDOW // 2,
            count_include_pad=False,
        )
    return inputs


FILLINGS = {"mean colour": mean_colour, "blur": blurred}


def delete(
    inputs: Tensor,
    marked: Tensor,
    filling: Callable[[Tensor], Tensor] = mean_colour,
) -> Tensor:
    """The inputs with the marked pixels replaced, in all channels.

    Args:
        inputs: ``(N, C, H, W)``; stay as they are.
        marked: the pixels to replace, bool, ``(N, H, W)``.
        filling: what to put there, made from the whole inputs; one of ``FILLINGS``.

    Raises:
        TypeError: an argument is of another kind; ValueError: the shapes do not fit.
    """
    require_marks(marked, inputs)
    require_callable("filling", filling)
    return torch.where(marked[:, None], filling(inputs), inputs)


def require_marks(marked: Tensor, inputs: Tensor) -> None:
    """Refuse marks that are not one for each pixel of the inputs.

    Raises:
        TypeError, ValueError: as :func:`delete`.
    """
    require_features("inputs", inputs)
    require_dtype("marked", marked, torch.bool)
    if marked.shape != inputs.shape[:1] + inputs.shape[2:]:
        raise ValueError(
            f"marked must have shape (N, H, W) for inputs of {tuple(inputs.shape)}, "
            f"got {tuple(marked.shape)}."
        )
