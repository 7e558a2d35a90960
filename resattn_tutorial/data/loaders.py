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
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.data.transforms import (
    PAD,
    SmallImageInputs,
    as_inputs,
    colour_mean,
    crop_and_flip,
)
from resattn_tutorial.runtime.distributed import ALONE, Process
from resattn_tutorial.tensor_validation import require_device, require_labels
from resattn_tutorial.validation import require_count, require_fields, require_seed

if TYPE_CHECKING:
    from resattn_tutorial.data.datasets import ImageSet, PhotoSet


class Draws(NamedTuple):
    """The random choices of one epoch of N images.

    ``order`` ``(N,)`` says which image comes when, ``corners`` ``(N, 2)`` where in the
    padded image its window lies, ``mirrored`` ``(N,)`` whether it is flipped.
    """

    order: Tensor
    corners: Tensor
    mirrored: Tensor


def draw_epoch(count: int, seed: int, epoch: int, pad: int = PAD) -> Draws:
    """The random choices of an epoch: the same on every machine and device.

    Raises:
        TypeError, ValueError: a number is no whole one, or invalid.
    """
    require_count("count", count, at_least=0, at_most=10**9)
    require_count("epoch", epoch, at_least=0, at_most=2**40)
    require_count("pad", pad, at_least=0, at_most=1000)
    require_seed(seed)
    generator = torch.Generator().manual_seed(seed * 1_000_003 + epoch)
    return Draws(
        torch.randperm(count, generator=generator),
        torch.randint(2 * pad + 1, (count, 2), generator=generator),
        torch.rand(count, generator=generator) < 0.5,
    )


def our_slices(
    count: int, batch_size: int, process: Process, step: int
) -> Iterator[tuple[int, list[slice]]]:
    """Epoch after epoch of ``count`` images, from a step on: which of the epoch's draws
    are ours, batch by batch.

    Raises:
        TypeError, ValueError: a count does not fit, or there is less than one batch.
    """
    require_process(process)
    require_count("batch_size", batch_size, multiple_of=process.world_size)
    require_count("count", count, at_least=batch_size, at_most=10**9)
    steps, ours = count // batch_size, batch_size // process.world_size
    epoch, done = divmod(require_count("step", step, at_least=0), steps)
    while True:
        ours_at = process.rank * ours
        firsts = [k * batch_size + ours_at for k in range(steps)]
        yield epoch, [slice(first, first + ours) for first in firsts[done:]]
        epoch, done = epoch + 1, 0


def split_among(count: int, batch_size: int, process: Process) -> list[Tensor]:
    """The numbers of our images out of ``count``, a batch at a time.

    Raises:
        TypeError, ValueError: a count does not fit, or some process has no image.
    """
    require_process(process)
    require_count("batch_size", batch_size, at_most=10**9)
    least = process.world_size
    require_count("the number of images", count, at_least=least, at_most=10**9)
    ours = torch.arange(process.rank, count, process.world_size)
    return list(ours.split(batch_size))


def require_process(process: Process) -> None:
    """Refuse by TypeError or ValueError what is none of several processes."""
    require_fields("process", process, Process)
    require_count("process.rank", process.rank, at_least=0)
    require_count("process.world_size", process.world_size, at_least=process.rank + 1)


def require_fitting(
    images: ImageSet | PhotoSet, batch_size: int, seed: int, process: Process
) -> None:
    """Refuse what no batches can be drawn from, by TypeError or ValueError."""
    if not hasattr(images, "labels"):
        kind = type(images).__name__
        raise TypeError(f"images must be an ImageSet or a PhotoSet, got {kind}.")
    classes, labels = images.classes, images.labels
    items = images.images if hasattr(images, "images") else images.files
    require_process(process)
    require_count("batch_size", batch_size, multiple_of=process.world_size)
    require_seed(seed)
    require_count("the number of images", len(items), at_least=batch_size)
    require_labels(labels, len(classes))
    if len(labels) != len(items):
        raise ValueError(f"{len(items)} images have {len(labels)} labels.")


class ByteBatches:
    """Augmented batches of a set of small images, from any step on, without end.

    Each epoch comes in a new order; what does not fill a batch at its end is left out.

    Args:
        images: what to draw from; copied to ``device`` whole.
        batch_size: images in a batch, over all processes.
        seed: of order, windows and mirrors, from 0 to ``2**32 - 1``.
        device: where batches are made.
        process: which part of every batch to give out.

    Attributes:
        mean: the mean colour that is subtracted, ``(3,)``, on the device.

    Raises:
        TypeError, ValueError: a count does not fit, there is less than one batch, a
            label is none of the classes, or these are photographs.
    """

    def __init__(
        self,
        images: ImageSet,
        batch_size: int,
        seed: int,
        device: torch.device,
        process: Process = ALONE,
    ) -> None:
        if not hasattr(images, "images"):
            kind = type(images).__name__
            raise TypeError(f"images must be an ImageSet, got {kind}.")
        require_fitting(images, batch_size, seed, process)
        require_device(device)
        self.batch_size, self.seed, self.process = batch_size, seed, process
        self.device = device
        self.mean = colour_mean(images.images).to(device)
        # Copies: whoever changes the set later changes no batch.
        self.images = images.images.to(device, copy=True)
        self.labels = images.labels.to(device, copy=True)

    @property
    def transform(self) -> SmallImageInputs:
        """What turns a test image into such inputs as these."""
        return SmallImageInputs(mean=tuple(self.mean.tolist()))

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches from a step on: inputs ``(n, 3, H, W)``, labels ``(n,)``."""
        count, size = len(self.labels), self.batch_size
        for epoch, slices in our_slices(count, size, self.process, step):
            drawn = draw_epoch(count, self.seed, epoch)
            draws = [part.to(self.device) for part in drawn]
            for ours in slices:
                yield self._batch(Draws(*(part[ours] for part in draws)))

    def _batch(self, draws: Draws) -> tuple[Tensor, Tensor]:
        inputs = as_inputs(self.images[draws.order], self.mean)
        inputs = crop_and_flip(inputs, draws.corners, draws.mirrored)
        return inputs, self.labels[draws.order]
