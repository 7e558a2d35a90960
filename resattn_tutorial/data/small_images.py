"""Images that are small and all of one size, read into memory (chapter 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
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
    count, (height, width) = len(found.images), usual
    images, damaged = torch.empty(count, 3, height, width, dtype=torch.uint8), {}
    with bar("reading images", count) as progress:
        for number in range(count):
            progress.update()
            try:
                pixels = read_image(found.path(number))
            except ValueError as error:
                damaged[number] = str(error)
                continue
            if pixels.shape[:2] != usual:
                tell(
                    f"{shown(found.path(number))} has {_size(pixels.shape)} pixels, "
                    f"others have {_size(usual)}: images of several sizes are opened "
                    "as photographs."
                )
                return None
            images[number] = torch.from_numpy(pixels).permute(2, 0, 1)
    return Held(images, damaged)


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


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[1]}x{shape[0]}"
