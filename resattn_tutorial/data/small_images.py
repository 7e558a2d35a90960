"""Images that are small and all of one size, read into memory (chapter 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.image_files import read_image, shown
from resattn_tutorial.data.listing import Listing
from resattn_tutorial.data.telling import bar, tell

# Up to this side, images are held as bytes: a million of them take 12 GB.
SMALL = 64
# So many are looked at to tell what size is usual.
SAMPLE = 15


class Held(NamedTuple):
    """``images`` uint8, ``(N, 3, H, W)``; and why the ``damaged`` ones, by number,
    could not be read: their place in ``images`` means nothing.
    """

    images: Tensor
    damaged: dict[int, str]


def held_if_small(found: Listing) -> Held | None:
    """Read all images, if they are small and of one size.

    Returns:
        ``None`` for photographs. Where only some images have another size than the
        usual, small one, the first of them is named.
    """
    usual = _usual_size(found)
    if usual is None or max(usual) > SMALL:
        return None
    shape = len(found.images), 3, *usual
    held = Held(torch.empty(shape, dtype=torch.uint8), {})
    odd = _read(found, held)
    if odd is None:
        return held
    (height, width), (usual_height, usual_width) = read_image(odd).shape[:2], usual
    tell(
        f"{shown(odd)} has {width}x{height} pixels, others have "
        f"{usual_width}x{usual_height}: images of several sizes are opened as "
        "photographs."
    )
    return None


def _read(found: Listing, held: Held) -> Path | None:
    """Fill in images and damages; stops at an image of another size, and names it."""
    with bar("reading images", len(found.images)) as progress:
        for number, image in enumerate(held.images):
            progress.update()
            try:
                pixels = torch.from_numpy(read_image(found.path(number)))
            except ValueError as error:
                held.damaged[number] = str(error)
                continue
            if pixels.shape[:2] != image.shape[1:]:
                return found.path(number)
            image.copy_(pixels.permute(2, 0, 1))
    return None


def _usual_size(found: Listing) -> tuple[int, int] | None:
    """Height and width of most images in a sample; ``None`` if none can be read."""
    count = len(found.images)
    sample = sorted({count * k // SAMPLE for k in range(SAMPLE)})
    sizes = Counter(_sizes(found, sample)) or Counter(
        [next(_sizes(found, range(count)), None)]
    )
    return sizes.most_common(1)[0][0]


def _sizes(found: Listing, numbers: Iterable[int]) -> Iterable[tuple[int, int]]:
    for number in numbers:
        try:
            yield read_image(found.path(number)).shape[:2]
        except ValueError:                    # it will be named with all the others
            continue
