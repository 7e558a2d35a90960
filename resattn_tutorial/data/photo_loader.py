"""Photographs, read from disk by worker processes while the network learns (chapter 9).

Too many and too large to hold, each is read when its turn comes, and cut on a processor
core. It leaves the worker as bytes, and becomes numbers on the device. As with small
images, every random choice depends on the seed, the epoch and the image, so the number
of workers and the place where a run was cut off change nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.loaders import (
    draw_epoch,
    our_slices,
    require_fitting,
    split_among,
)
from resattn_tutorial.data.transforms import (
    PhotoColours,
    PhotoInputs,
    augmented_photo,
    colour_shift,
)
from resattn_tutorial.runtime.cores import usable_cores
from resattn_tutorial.runtime.distributed import ALONE, Process
from resattn_tutorial.runtime.launch import processes_here
from resattn_tutorial.runtime.signals import leave_signals_to_parent
from resattn_tutorial.validation import require_count

if TYPE_CHECKING:
    from resattn_tutorial.data.datasets import PhotoSet

# Test images that a worker reads at a time: few, so that all end together, and what
# waits to be fetched fits into the little memory that containers lend for it.
SHARE = 32


class Photos(Dataset):
    """Photographs behind a transform; asked for by number."""

    def __init__(self, photos: PhotoSet, transform: Any) -> None:
        self.files, self.transform = photos.files, transform

    def __getitem__(self, number: int) -> Tensor:
        pixels = torch.from_numpy(read_image(self.files[number]))
        return self.transform(pixels.permute(2, 0, 1))


class SeededPhotos(Dataset):
    """Photographs behind a random transform; asked for by ``(epoch, number)``.

    Each is bytes, how far its colours are moved, and its label.
    """

    def __init__(self, photos: PhotoSet, transform: Any, seed: int) -> None:
        # Only what is needed: it is sent to the workers.
        self.files, self.labels = photos.files, photos.labels
        self.transform, self.seed = transform, seed

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor, Tensor]:
        epoch, number = key
        mixed = (self.seed * 1_000_003 + epoch) * 16_777_213 + number
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed, which would seed a GPU's dropout as well.
            torch.default_generator.manual_seed(mixed % 2**32)
            pixels = torch.from_numpy(read_image(self.files[number]))
            seen, shift = self.transform(pixels.permute(2, 0, 1)), colour_shift()
        return seen, shift, self.labels[number]


class PhotoBatches:
    """Augmented batches of photographs, from any step on, without end.

    Args:
        photos: what to draw from.
        batch_size: images in a batch, over all processes.
        seed: from 0 to ``2**32 - 1``.
        device: where batches go.
        size: height and width of the inputs, in pixels.
        process: which part of every batch to give out.
        workers: processes that read; if left out, as many as :func:`cores` tells.

    Raises:
        TypeError, ValueError: a count does not fit, there is less than one batch, or a
            label is none of the classes.
    """

    def __init__(
        self,
        photos: PhotoSet,
        batch_size: int,
        seed: int,
        device: torch.device,
        size: int = 224,
        process: Process = ALONE,
        workers: int | None = None,
    ) -> None:
        require_fitting(photos, batch_size, seed, process)
        # A copy: whoever changes the labels later changes no batch.
        self.photos = photos._replace(labels=photos.labels.clone())
        self.batch_size, self.seed = batch_size, seed
        self.device, self.size = device, require_count("size", size)
        self.process, self.workers = process, cores() if workers is None else workers
        require_count("workers", self.workers, at_least=0)

    @property
    def labels(self) -> Tensor:
        """Those of the photographs, ``(count,)``."""
        return self.photos.labels

    @property
    def transform(self) -> PhotoInputs:
        """What turns a test photograph into such inputs as these."""
        return PhotoInputs(self.size)

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches from a step on: inputs ``(n, 3, size, size)``, labels ``(n,)``."""
        seen = SeededPhotos(self.photos, augmented_photo(self.size), self.seed)
        as_inputs = PhotoColours(self.device)
        for batch in read_by(self.workers, seen, self._keys(step), self.device):
            images, shifts, labels = (
                part.to(self.device, non_blocking=True) for part in batch
            )
            yield as_inputs(images, shifts), labels

    def _keys(self, step: int) -> Iterator[list[tuple[int, int]]]:
        count, size = len(self.photos.labels), self.batch_size
        for epoch, slices in our_slices(count, size, self.process, step):
            order = draw_epoch(count, self.seed, epoch).order
            for ours in slices:
                yield [(epoch, number) for number in order[ours].tolist()]


def read_test_batches(
    photos: PhotoSet,
    transform: PhotoInputs,
    device: torch.device,
    batch_size: int,
    process: Process,
) -> Iterator[tuple[Tensor, Tensor]]:
    """Each of our photographs once, in order; as ``PhotoSet.test_batches``.

    As many worker processes read as :func:`cores` tells; up to 32 photographs, which
    are read sooner than a process starts, are read here.
    """
    batches = split_among(len(photos.labels), batch_size, process)
    shares = [share for ours in batches for share in ours.split(SHARE)]
    workers = min(cores(), len(shares)) if len(shares) > 1 else 0
    keys = (share.tolist() for share in shares)
    read = read_by(workers, Photos(photos, transform.middle), keys, device)
    as_inputs = PhotoColours(device)
    for ours in batches:
        parts = [next(read) for _ in ours.split(SHARE)]
        images = torch.cat([part.to(device, non_blocking=True) for part in parts])
        yield as_inputs(images), photos.labels[ours].to(device)


def read_by(
    workers: int, photos: Dataset, keys: Iterator[list], device: torch.device
) -> Iterator[Any]:
    """What a set has for each list of keys, in their order, read by processes.

    Args:
        workers: how many processes; 0 to read in this one.
        photos: the set; it is sent to the workers.
        keys: which of it to join, one list after the other.
        device: where all will go.
    """
    yield from DataLoader(
        photos, batch_sampler=keys, num_workers=workers,
        pin_memory=device.type == "cuda",
        worker_init_fn=leave_signals_to_parent,
        # Its own: else it would take a number from the network's dropout.
        generator=torch.Generator(),
    )


def cores() -> int:
    """Processes that read: one for each core that we may use, and at most 16.

    Those cores are counted that the system and its container grant to this process,
    shared among the processes that torchrun started here.
    """
    return min(max(usable_cores() // processes_here(), 1), 16)
