"""Photographs, read from disk by worker processes while the network learns (chapter 9).

Too many and too large to hold, each is read when its turn comes, cut and coloured on a
processor core. As with small images, every random choice depends on the seed, the
epoch and the image, so the number of workers and the place where a run was cut off
change nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from resattn_tutorial.data.image_files import read_image
from resattn_tutorial.data.loaders import draw_epoch, our_slices, require_fitting
from resattn_tutorial.data.transforms import PhotoInputs, augmented_photo
from resattn_tutorial.runtime.distributed import ALONE, Process
from resattn_tutorial.runtime.launch import processes_here
from resattn_tutorial.runtime.signals import leave_signals_to_parent
from resattn_tutorial.validation import require_count

if TYPE_CHECKING:
    from resattn_tutorial.data.datasets import PhotoSet


class SeededPhotos(Dataset):
    """Photographs behind a random transform; asked for by ``(epoch, number)``."""

    def __init__(self, photos: PhotoSet, transform: Any, seed: int) -> None:
        # Only what is needed: it is sent to the workers.
        self.files, self.labels = photos.files, photos.labels
        self.transform, self.seed = transform, seed

    def __getitem__(self, key: tuple[int, int]) -> tuple[Tensor, Tensor]:
        epoch, number = key
        mixed = (self.seed * 1_000_003 + epoch) * 16_777_213 + number
        with torch.random.fork_rng(devices=[]):
            # Not torch.manual_seed, which would seed a GPU's dropout as well.
            torch.default_generator.manual_seed(mixed % 2**32)
            pixels = torch.from_numpy(read_image(self.files[number]))
            seen = self.transform(pixels.permute(2, 0, 1))
        return seen, self.labels[number]


class PhotoBatches:
    """Augmented batches of photographs, from any step on, without end.

    Args:
        photos: what to draw from.
        batch_size: images in a batch, over all processes.
        seed: from 0 to ``2**32 - 1``.
        device: where batches go.
        size: height and width of the inputs, in pixels.
        process: which part of every batch to give out.
        workers: processes that read; if left out, one for each core that we have, and
            at most 16.

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
    def transform(self) -> PhotoInputs:
        """What turns a test photograph into such inputs as these."""
        return PhotoInputs(self.size)

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Batches from a step on: inputs ``(n, 3, size, size)``, labels ``(n,)``."""
        seen = SeededPhotos(self.photos, augmented_photo(self.size), self.seed)
        loader = DataLoader(
            seen, batch_sampler=self._keys(step), num_workers=self.workers,
            pin_memory=self.device.type == "cuda",
            worker_init_fn=leave_signals_to_parent,
            # Its own: else it would take a number from the network's dropout.
            generator=torch.Generator(),
        )
        for inputs, labels in loader:
            yield (
                inputs.to(self.device, non_blocking=True),
                labels.to(self.device, non_blocking=True),
            )

    def _keys(self, step: int) -> Iterator[list[tuple[int, int]]]:
        count, size = len(self.photos.labels), self.batch_size
        for epoch, slices in our_slices(count, size, self.process, step):
            order = draw_epoch(count, self.seed, epoch).order
            for ours in slices:
                yield [(epoch, number) for number in order[ours].tolist()]


def cores() -> int:
    """Cores for each of the processes that torchrun started here, at most 16."""
    return min(max(_allowed() // processes_here(), 1), 16)


def _allowed() -> int:
    """How many cores we may use: a container, or a queue, may grant a few of many."""
    if hasattr(os, "sched_getaffinity"):               # not on Windows and a Mac
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
