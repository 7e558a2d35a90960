"""Images of any size, brought to one and held in memory as bytes (chapter 10).

Small images of one size are held as they are, see
:mod:`~resattn_tutorial.data.small_images`. Here each image is first brought to the size
that a network is shown, so that photographs of a small folder are decoded once.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.folders import without_damaged
from resattn_tutorial.data.listing import Listing
from resattn_tutorial.data.photo_loader import cores
from resattn_tutorial.data.telling import bar, tell


class HeldImages(NamedTuple):
    """Images in memory: ``images`` uint8, ``(N, 3, S, S)``, ``labels`` int64, ``(N,)``,
    and the ``files`` that they come from.
    """

    images: Tensor
    labels: Tensor
    files: tuple[Path, ...]

    def only(self, numbers: list[int]) -> HeldImages:
        """Some of them, in this order."""
        files = tuple(self.files[number] for number in numbers)
        return HeldImages(self.images[numbers], self.labels[numbers], files)


def read_held(
    found: Listing, seen: Callable[[Path], Tensor], skip_damaged: bool = False
) -> tuple[HeldImages, Listing]:
    """Read all images of a list; says once what was left out.

    Args:
        found: the list.
        seen: opens a file as bytes, ``(3, S, S)``; raises ValueError where it cannot.
        skip_damaged: leave out what cannot be read, and count it.

    Returns:
        the images, and the list of those that could be read.

    Raises:
        ValueError: an image cannot be read, or no image is left of a class; OSError:
            the system keeps one from us.
    """
    damaged: dict[int, str] = {}

    def read(number: int) -> Tensor | None:
        try:
            return seen(found.path(number))
        except ValueError as error:
            damaged[number] = str(error)
            return None

    images, count = [], len(found.images)
    # Pillow lets other threads run while it decodes.
    with bar("reading images", count) as progress, ThreadPoolExecutor(cores()) as pool:
        for image in pool.map(read, range(count)):
            images.append(image)
            progress.update()
    kept = without_damaged(found, damaged, skip_damaged)
    whole = torch.stack([image for image in images if image is not None])
    files = tuple(kept.path(number) for number in range(len(kept.images)))
    return HeldImages(whole, torch.tensor(kept.labels), files), kept


def tell_twins(training: HeldImages, others: HeldImages, part: str) -> int:
    """Say how many of other images are training images, too; return their number.

    Args:
        training: what is learned from.
        others: what is validated or tested on.
        part: what to call these.
    """
    ours = {_digest(image) for image in training.images}
    twins = sum(_digest(image) in ours for image in others.images)
    if twins:
        tell(
            f"{twins:,} of {len(others.labels):,} {part} images are training images, "
            "too, pixel by pixel: the error on them says little."
        )
    return twins


def _digest(image: Tensor) -> bytes:
    return sha256(image.contiguous().numpy()).digest()
