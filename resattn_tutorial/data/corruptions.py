"""Corruptions: test images spoilt in six ways, each at three strengths (chapter 15).

The idea is Hendrycks and Dietterich's (2019): train on clean images, and count the
errors on noisy, blurred, pale ones, which a camera might have given. The kinds are of
their groups (noise, blur, weather, digital), with a grey square besides; the amounts
are ours, for images of 32x32 pixels. A larger image is spoilt less by the same ones.

The same bytes come out on every machine: whole numbers throughout, and the streams of
NumPy's ``RandomState``, which are frozen for good.
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.names import require_word
from resattn_tutorial.tensor_validation import require_bytes, require_values
from resattn_tutorial.validation import require_count, require_seed

STRENGTHS = (1, 2, 3)
GREY = 128
# The sum of twelve draws from 0 to 255 has this mean, and a deviation of 256 within
# a hundredth of a percent.
DRAWS, DRAWS_MEAN = 12, 1530


def corrupt(images: Tensor, name: str, strength: int, seed: int = 0) -> Tensor:
    """Spoil images in one way; the same on every machine.

    A stronger corruption is the same one, further: noise and places do not depend on
    the strength. An image does not depend on how many come after it.

    Args:
        images: bytes, uint8, ``(N, 3, H, W)``.
        name: which corruption, one of ``CORRUPTIONS``.
        strength: 1, 2 or 3.
        seed: from 0 to ``2**32 - 1``; of the noise and of the place of the grey
            square. The other four draw nothing.

    Returns:
        uint8, ``(N, 3, H, W)``, on the images' device; ``images`` stays as it is.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    require_bytes(images)
    require_values("images", images)
    change, amounts = CORRUPTIONS[require_word("name", name, CORRUPTIONS)]
    amount = amounts[require_count("strength", strength, at_most=3) - 1]
    # The third number keeps the noise apart from the streams that scenes are drawn by.
    stream = [require_seed(seed), list(CORRUPTIONS).index(name), 16]
    random = np.random.RandomState(stream)
    spoilt = np.empty(images.shape, np.uint8)
    for number, image in enumerate(images.cpu().numpy()):
        changed = change(image.astype(np.int64), amount, random)     # (3, H, W)
        spoilt[number] = changed.clip(0, 255)
    return torch.from_numpy(spoilt).to(images.device)


def _noise(
    image: np.ndarray, deviation: int, random: np.random.RandomState
) -> np.ndarray:
    """Add Gaussian noise, as nearly as twelve uniform draws make it."""
    # RandomState.normal takes logarithms, which machines round differently.
    drawn = random.randint(0, 256, (DRAWS, *image.shape), dtype=np.int64)
    return image + ((drawn.sum(axis=0) - DRAWS_MEAN) * deviation + 128) // 256


def _blur(image: np.ndarray, radius: int, random: np.random.RandomState) -> np.ndarray:
    """Weigh neighbours by a row of Pascal's triangle, which is nearly a Gaussian's.

    Its variance is half the radius. Beyond the edge the outermost pixels go on.
    """
    padded = np.pad(image, ((0, 0), (radius, radius), (radius, radius)), mode="edge")
    weights = [comb(2 * radius, step) for step in range(2 * radius + 1)]
    height, width = image.shape[1:]
    rows = sum(w * padded[:, i:i + height] for i, w in enumerate(weights))
    total = sum(w * rows[:, :, i:i + width] for i, w in enumerate(weights))
    return (total + 2 ** (4 * radius - 1)) // 2 ** (4 * radius)


def _contrast(
    image: np.ndarray, sixteenths: int, random: np.random.RandomState
) -> np.ndarray:
    """Draw every value towards its colour's mean; so much of the distance stays."""
    pixels = image[0].size
    sums = image.sum(axis=(1, 2), keepdims=True)                     # (3, 1, 1)
    total = sixteenths * pixels * image + (16 - sixteenths) * sums
    return (total + 8 * pixels) // (16 * pixels)


def _brightness(
    image: np.ndarray, levels: int, random: np.random.RandomState
) -> np.ndarray:
    """Add so many levels to every value; what is white stays white."""
    return image + levels


def _pixelate(
    image: np.ndarray, side: int, random: np.random.RandomState
) -> np.ndarray:
    """Replace each square by its mean colour; the last of a row may be cut off."""
    _, height, width = image.shape
    top, left = np.arange(0, height, side), np.arange(0, width, side)
    rows, columns = np.diff(top, append=height), np.diff(left, append=width)
    sums = np.add.reduceat(np.add.reduceat(image, top, axis=1), left, axis=2)
    pixels = rows[:, None] * columns                 # in each square
    means = (2 * sums + pixels) // (2 * pixels)
    return means.repeat(rows, axis=1).repeat(columns, axis=2)


def _occlusion(
    image: np.ndarray, side: int, random: np.random.RandomState
) -> np.ndarray:
    """Lay a grey square on the image; its middle is any pixel, so an edge may cut it.

    This is Cutout (DeVries and Taylor 2017), on test images.
    """
    row, column = (random.randint(0, n, dtype=np.int64) for n in image.shape[1:])
    reach = side // 2
    covered = image.copy()
    covered[
        :, max(row - reach, 0):row + reach, max(column - reach, 0):column + reach
    ] = GREY
    return covered


class Corruption(NamedTuple):
    """``change`` makes another image ``(3, H, W)`` of one; ``amounts`` has its three
    strengths.
    """

    change: Callable[[np.ndarray, int, np.random.RandomState], np.ndarray]
    amounts: tuple[int, int, int]


# The order counts: a corruption's place in it is part of its noise's seed. Sides of
# squares divide one another: then the coarser mean is surely farther from the image.
CORRUPTIONS = {
    "noise": Corruption(_noise, (16, 32, 48)),
    "blur": Corruption(_blur, (1, 3, 6)),
    "contrast": Corruption(_contrast, (8, 5, 2)),
    "brightness": Corruption(_brightness, (32, 64, 96)),
    "pixelate": Corruption(_pixelate, (2, 4, 8)),
    "occlusion": Corruption(_occlusion, (8, 16, 24)),
}
