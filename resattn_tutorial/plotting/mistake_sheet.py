"""A network's worst mistakes as a picture, with its masks laid over (chapter 13).

One row for each image: the image with what it is and what it was taken for, then for
each stage the mean of its last module's mask. The mean over the channels is a choice of
what to show; see :mod:`~resattn_tutorial.plotting.mask_sheet`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike

import torch
from torch import Tensor

from resattn_tutorial.files import replacing, require_place
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.plotting._svg.arrays import as_bytes
from resattn_tutorial.plotting.mask_sheet import KEY, SIDE, panel_picture
from resattn_tutorial.plotting.overlays import overlaid
from resattn_tutorial.validation import require_sequence

# A picture of more rows is taller than programs like to show.
MOST_ROWS = 100
# Letters that fit above a panel.
LONGEST = 30


def mistake_maps(masks: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The mean over channels of each stage's last mask, ``(N, SIDE, SIDE)``.

    Args:
        masks: by module, ``(N, C, h, w)``, as ``with_masks`` gives them; none are fine.
    """
    last = {}
    for module, mask in masks.items():
        last[module.partition(",")[0]] = module, mask
    return {
        module: stretch(mask.float().mean(dim=1, keepdim=True), (SIDE, SIDE))[:, 0]
        for module, mask in last.values()
    }


def save_mistakes(
    path: str | PathLike[str],
    images: Tensor,
    titles: Sequence[str],
    masks: Mapping[str, Tensor],
) -> None:
    """Write the picture as PNG, whole or not at all.

    Args:
        path: of the file, ``.png``.
        images: bytes, ``(N, 3, H, W)``, N at least 1.
        titles: what to write above each image.
        masks: as :func:`mistake_maps` takes them, of these images.

    Raises:
        TypeError, ValueError: an argument is of another kind, or there are not as many
            titles as images; OSError: the file cannot be written.
    """
    path = require_place("to", path, (".png",))
    large = torch.nn.functional.interpolate(images, (SIDE, SIDE), mode="nearest")
    pixels = as_bytes(large)                                     # (N, SIDE, SIDE, 3)
    require_sequence("titles", titles, len(pixels))
    if len(pixels) > MOST_ROWS:
        raise ValueError(f"images must be at most {MOST_ROWS}, got {len(pixels)}.")
    maps = mistake_maps(masks)
    rows, words = [], []
    for number, (image, title) in enumerate(zip(pixels, titles, strict=True)):
        means = [one[number].numpy() for one in maps.values()]
        rows.append([image, *(overlaid(image, mean) for mean in means)])
        words += [shortened(title), *(shortened(f"{name}: mean") for name in maps)]
    with replacing(path) as file:
        panel_picture(rows, words, KEY if maps else "").save(file, format="PNG")


def shortened(title: str) -> str:
    """A title that fits above a panel."""
    return title if len(title) <= LONGEST else f"{title[: LONGEST - 1]}…"
