"""Small images, held as bytes where the network is and changed there by the batch
(chapter 9).

CIFAR's 50,000 training images are 154 MB of bytes: they fit on any GPU. There, a whole
batch is cut and mirrored in a few operations, and no processor core has to keep up.

Every random choice depends on the seed, the epoch and nothing else. So a run that goes
on from step 812 sees what it would have seen, and so do several processes that share
one batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.data import require_labels
from resattn_tutorial.guards import require_count
from resattn_tutorial.image_sets import ImageSet

PAD = 4


class Share(NamedTuple):
    """Which part of every batch is ours: number ``rank`` of ``count`` equal parts."""

    rank: int = 0
    count: int = 1


WHOLE = Share()


class Draws(NamedTuple):
    """The random choices of one epoch of N images.

    ``order`` ``(N,)`` says which image comes when, ``corners`` ``(N, 2)`` where in the
    padded image its window lies, ``mirrored`` ``(N,)`` whether it is flipped.
    """

    order: Tensor
    corners: Tensor
    mirrored: Tensor


def colour_mean(images: Tensor) -> Tensor:
    """The mean of each colour over all pixels of all images, from 0 to 1, ``(3,)``.

    The paper says that the "per-pixel RGB mean" is subtracted. We take three numbers;
    a mean image is the other reading.
    """
    sums = images.sum(dim=(0, 2, 3), dtype=torch.int64)
    return (sums.double() / (255 * images[:, 0].numel())).float()


def as_inputs(images: Tensor, mean: Tensor) -> Tensor:
    """Bytes ``(N, 3, H, W)`` as float32 inputs: from 0 to 1, less the mean colour.

    Raises:
        TypeError: ``images`` holds no bytes; ValueError: its shape is another one.
    """
    if images.dtype != torch.uint8:
        raise TypeError(f"images must hold bytes (torch.uint8), got {images.dtype}.")
    if images.dim() != 4 or images.shape[1] != 3:
        raise ValueError(
            f"images must have shape (N, 3, H, W), got {tuple(images.shape)}."
        )
    return images.float() / 255 - mean.view(3, 1, 1)


def crop_and_flip(
    inputs: Tensor, corners: Tensor, mirrored: Tensor, pad: int = PAD
) -> Tensor:
    """Shift each image by up to ``pad`` pixels and mirror some; the shape stays.

    Args:
        inputs: ``(N, C, H, W)``; zeros are put around, the mean colour.
        corners: top and left of each window in the padded image, ``(N, 2)``, from 0
            to ``2 * pad``; ``pad`` leaves the image where it is.
        mirrored: which images are flipped left to right, bool, ``(N,)``.

    Paper: Section 4.1.
    """
    count, channels, height, width = inputs.shape
    device = inputs.device
    rows = corners[:, :1] + torch.arange(height, device=device)          # (N, H)
    columns = corners[:, 1:] + torch.arange(width, device=device)        # (N, W)
    columns = torch.where(mirrored[:, None], columns.flip(1), columns)
    padded = F.pad(inputs, (pad, pad, pad, pad))       # (N, C, H + 2 pad, W + 2 pad)
    image = torch.arange(count, device=device).view(-1, 1, 1, 1)
    channel = torch.arange(channels, device=device).view(1, -1, 1, 1)
    return padded[image, channel, rows[:, None, :, None], columns[:, None, None, :]]


def draw_epoch(count: int, seed: int, epoch: int, pad: int = PAD) -> Draws:
    """The random choices of an epoch: the same on every machine and device."""
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return Draws(
        torch.randperm(count, generator=generator),
        torch.randint(2 * pad + 1, (count, 2), generator=generator),
        torch.rand(count, generator=generator) < 0.5,
    )


class ByteBatches:
    """Augmented batches of a set of small images, from any step on, without end.

    Each epoch comes in a new order; what does not fill a batch at its end is left out.

    Args:
        images: what to draw from; moved to ``device`` whole.
        batch_size: images in a batch, over all shares.
        seed: of order, windows and mirrors, at least 0.
        device: where batches are made.
        share: which part of every batch to give out.

    Attributes:
        mean: the mean colour that is subtracted, ``(3,)``, on the device.

    Raises:
        TypeError, ValueError: a count does not fit, there is less than one batch, or a
            label is none of the classes.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        device: torch.device,
        share: Share = WHOLE,
    ) -> None:
        require_count("batch_size", batch_size, multiple_of=share.count)
        require_count("seed", seed, at_least=0)
        require_count("the number of images", len(images.labels), at_least=batch_size)
        require_labels(images.labels, len(images.classes))
        self.batch_size, self.seed, self.share = batch_size, seed, share
        self.device = device
        self.mean = colour_mean(images.images).to(device)
        self.images = images.images.to(device)
        self.labels = images.labels.to(device)

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches from a step on: inputs ``(n, 3, H, W)``, labels ``(n,)``."""
        steps = len(self.labels) // self.batch_size
        ours = self.batch_size // self.share.count
        epoch, step = divmod(step, steps)
        while True:
            drawn = draw_epoch(len(self.labels), self.seed, epoch)
            draws = Draws(*(part.to(self.device) for part in drawn))
            for start in range(step * self.batch_size, steps * self.batch_size,
                               self.batch_size):
                first = start + self.share.rank * ours
                yield self._batch(Draws(*(d[first:first + ours] for d in draws)))
            epoch, step = epoch + 1, 0

    def _batch(self, draws: Draws) -> tuple[Tensor, Tensor]:
        inputs = as_inputs(self.images[draws.order], self.mean)
        inputs = crop_and_flip(inputs, draws.corners, draws.mirrored)
        return inputs, self.labels[draws.order]
