"""Images of any size, brought to one and held in memory as bytes (chapter 10).

Small images of one size are held as they are, see
:mod:`~resattn_tutorial.data.small_images`. Here each image is first brought to the size
that a network is shown, so that photographs of a small folder are decoded once.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.folders import without_damaged
from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.listing import Listing
from resattn_tutorial.data.near_duplicates import NEAR, nearest_distances
from resattn_tutorial.data.photo_loader import cores
from resattn_tutorial.data.telling import bar, filled, tell
from resattn_tutorial.data.transforms import PhotoInputs, SmallImageInputs

# Pairs that are compared in a few seconds.
MOST_PAIRS = 10**8


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
    found: Listing,
    transform: SmallImageInputs | PhotoInputs,
    size: int,
    skip_damaged: bool = False,
) -> tuple[HeldImages, Listing]:
    """Read all images of a list, as a network sees them; says once what was left out.

    Args:
        found: the list.
        transform: what the network sees; its ``seen`` brings an image to ``size``.
        size: height and width to hold, in pixels.
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
            pixels = torch.from_numpy(read_image(found.path(number)))
            return transform.seen(pixels.permute(2, 0, 1), size)     # (3, S, S)
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

    Says besides how many look nearly like one, see
    :mod:`~resattn_tutorial.data.near_duplicates`, unless there are very many images.

    Args:
        training: what is learned from.
        others: what is validated or tested on.
        part: what to call these.
    """
    ours = {_digest(image) for image in training.images}
    same = torch.tensor([_digest(image) in ours for image in others.images])
    twins, count = same.sum().item(), len(same)
    if twins:
        tell(filled(
            f"{twins:,} of {count:,} {part} images are training images, "
            "too, pixel by pixel: the error on them says little."
        ))
    if count * len(training.labels) <= MOST_PAIRS:
        distances = nearest_distances(training.images, others.images)
        if near := (~same & (distances < NEAR)).sum().item():
            tell(filled(
                f"{near:,} of {count:,} {part} images look nearly like a training "
                "image. If they show the same thing, the error promises too much: hold "
                "out together what belongs together (series), or sort it by hand."
            ))
    return twins


def _digest(image: Tensor) -> bytes:
    return sha256(image.contiguous().numpy()).digest()
