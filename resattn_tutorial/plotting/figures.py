"""What the chapters draw: images, masks over images, maps, curves and scores.

Each function returns a `Drawing` and requires ``alt``, the words for readers who
cannot see it. Arrays may be NumPy's or tensors on any device. An argument that cannot
be drawn honestly is refused by name: nothing is clipped, dropped or normalised.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from resattn_tutorial.plotting._svg.arrays import (
    as_bytes,
    as_numbers,
    as_outlines,
    ends,
)
from resattn_tutorial.plotting._svg.bars import show_bars
from resattn_tutorial.plotting._svg.curves import show_curves
from resattn_tutorial.plotting._svg.sheets import (
    WIDEST_PANEL,
    image_panel,
    least_width,
    map_panel,
    most_columns,
    sheet,
)
from resattn_tutorial.plotting._svg.svg import Drawing, heat
from resattn_tutorial.validation import require_count

if TYPE_CHECKING:
    from torch import Tensor



__all__ = [
    "Drawing",
    "show_bars",
    "show_curves",
    "show_images",
    "show_maps",
    "show_masks",
]


def show_images(
    images: np.ndarray | Tensor,
    *,
    alt: str,
    titles: Sequence[str] | None = None,
    columns: int = 6,
) -> Drawing:
    """Images side by side, pixel for pixel.

    Args:
        images: ``(N, 3, H, W)``, bytes or floats from 0 to 1.
        alt: what the picture shows.
        titles: a title above each image.
        columns: how many stand in a row, at most.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    pixels = as_bytes(images)
    panels = [[image_panel(image)] for image in pixels]
    return sheet(panels, pixels.shape[1:3], titles, columns, alt)


def show_masks(
    images: np.ndarray | Tensor,
    masks: np.ndarray | Tensor,
    *,
    alt: str,
    titles: Sequence[str] | None = None,
    columns: int = 6,
    outlines: np.ndarray | Tensor | None = None,
    limits: tuple[float, float] | None = (0.0, 1.0),
) -> Drawing:
    """Each image with its mask below it, both outlined by the true object.

    A mask keeps its own cells: each is drawn as one flat block over the part of the
    image that it covers, with nothing smoothed or interpolated.

    Args:
        images: ``(N, 3, H, W)``, bytes or floats from 0 to 1.
        masks: ``(N, h, w)``, of any size.
        alt: what the picture shows.
        titles: a title above each pair.
        columns: how many pairs stand in a row, at most.
        outlines: ``(N, H, W)``, bool, true on the object.
        limits: the values at the ends of the colour scale; ``None`` takes the lowest
            and the highest of all ``masks``.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    pixels = as_bytes(images)
    values = as_numbers("masks", masks, "(N, h, w)")
    if len(values) != len(pixels):
        raise ValueError(
            f"masks must be one for each of {len(pixels)} images, got {len(values)}."
        )
    shapes = as_outlines(outlines, pixels)
    low, high = ends("masks", values, limits)
    panels = [
        [image_panel(image, shape), image_panel(heat(mask, low, high), shape)]
        for image, mask, shape in zip(pixels, values, shapes, strict=True)
    ]
    return sheet(panels, pixels.shape[1:3], titles, columns, alt, scale=(low, high))


def show_maps(
    maps: np.ndarray | Tensor,
    *,
    alt: str,
    titles: Sequence[str] | None = None,
    columns: int = 3,
    limits: tuple[float, float] | None = None,
) -> Drawing:
    """Maps of one channel on a shared colour scale.

    The numbers stand in the cells where a map is at most 8 x 8 and they fit; if fewer
    in a row give them room, fewer stand in a row.

    Args:
        maps: ``(N, h, w)``.
        alt: what the picture shows.
        titles: a title above each map.
        columns: how many stand in a row, at most.
        limits: the values at the ends of the colour scale; ``None`` takes the lowest
            and the highest of all ``maps``.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    values = as_numbers("maps", maps, "(N, h, w)")
    low, high = ends("maps", values, limits)
    panels = [[map_panel(one, low, high)] for one in values]
    least = max(map(least_width, values))
    if least <= WIDEST_PANEL:
        columns = min(require_count("columns", columns), most_columns(least))
    return sheet(panels, values.shape[1:], titles, columns, alt, scale=(low, high))
