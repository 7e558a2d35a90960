"""Maps laid over their images: the image in grey, the map as its colour (chapter 0)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.plotting._svg.arrays import as_bytes, as_numbers
from resattn_tutorial.plotting._svg.sheets import image_panel, sheet
from resattn_tutorial.plotting._svg.svg import Drawing, heat

if TYPE_CHECKING:
    from torch import Tensor

# Luma, as in JPEG, and how much of the overlay is the map's colour.
GREY = np.array([0.299, 0.587, 0.114])
COLOUR = 0.65


def show_overlays(
    images: np.ndarray | Tensor,
    maps: np.ndarray | Tensor,
    *,
    alt: str,
    titles: Sequence[str] | None = None,
) -> Drawing:
    """Each image, and beside it each of its maps laid over the image in grey.

    Each map has a colour scale of its own, from its lowest value to its highest: what
    two maps have in common is where they are high, and not how high.

    Args:
        images: ``(N, 3, H, W)``, bytes or floats from 0 to 1.
        maps: ``(N, M, H, W)``, at the images' size.
        alt: what the picture shows.
        titles: one above each image and each map, ``N * (1 + M)``, row by row.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    pixels = as_bytes(images)
    values = as_numbers("maps", maps, "(N, M, H, W)")
    wanted = (len(pixels), values.shape[1], *pixels.shape[1:3])
    if values.shape != wanted:
        raise ValueError(f"maps must have shape {wanted}, got {values.shape}.")
    panels = []
    for image, row in zip(pixels, values, strict=True):
        panels.append([image_panel(image)])
        panels += [[image_panel(overlaid(image, one))] for one in row]
    return sheet(panels, pixels.shape[1:3], titles, 1 + values.shape[1], alt)


def overlaid(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The map's colours over the image in grey: bytes, ``(H, W, 3)``.

    Args:
        image: bytes, ``(H, W, 3)``.
        values: the map, ``(H, W)``.
    """
    grey = (image @ GREY)[..., None]                 # (H, W, 1)
    colours = heat(values, values.min(), values.max())
    mixed = COLOUR * colours + (1 - COLOUR) * grey
    return np.round(mixed).astype(np.uint8)
