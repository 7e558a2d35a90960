"""Two feeders: the package's batches, and an ordinary ``DataLoader``.

The second does what most code does: each image is cut, mirrored and normalised on its
own by torchvision's v2 transforms, in worker processes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from benchmarks.ways import Bench, Way, in_turn, learner, repeated
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.transforms import colour_mean
from resattn_tutorial.training.step import Stepper

WORKERS = 2
OURS, ORDINARY = "ByteBatches", f"DataLoader, {WORKERS} workers"
ALONE = "no network"
# Workers are ahead by two batches each. These do not count: they are made beforehand.
AHEAD = 2 * WORKERS


class Transformed(Dataset):
    """Images changed one by one."""

    def __init__(self, images: ImageSet) -> None:
        from torchvision.transforms import v2

        self.images = images
        self.view = v2.Compose([
            v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(colour_mean(images.images).tolist(), [1.0, 1.0, 1.0]),
        ])

    def __len__(self) -> int:
        return len(self.images.labels)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        return self.view(self.images.images[number]), self.images.labels[number]


def ordinary_batches(bench: Bench) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of a ``DataLoader``, on the device, without end."""
    loader = DataLoader(
        Transformed(bench.images), bench.batch, shuffle=True, drop_last=True,
        num_workers=WORKERS, pin_memory=bench.device.type == "cuda",
    )
    while True:
        for inputs, labels in loader:
            yield (
                inputs.to(bench.device, non_blocking=True),
                labels.to(bench.device, non_blocking=True),
            )


def our_batches(bench: Bench) -> Iterator[tuple[Tensor, Tensor]]:
    """Batches of the package, without end."""
    batches = ByteBatches(bench.images, bench.batch, 0, bench.device)
    return batches.starting_at(0)


FEEDERS = {OURS: our_batches, ORDINARY: ordinary_batches}


def rate(
    bench: Bench, feeder: str, least: int, use: Callable[[Iterator], Callable]
) -> float:
    """Images a second through a feeder that is made anew, with what uses it."""
    with closing(FEEDERS[feeder](bench)) as batches:
        for _ in range(AHEAD):
            next(batches)
        return bench.pace(use(batches), least)


def measure(bench: Bench, networks: list[str], way: Way) -> dict[str, Any]:
    """Images a second, round by round, by what is fed and by the feeder."""
    users: dict[str, Callable[[Iterator], Callable]] = {
        ALONE: lambda batches: lambda: next(batches)
    }
    for name in networks:
        stepper = Stepper(bench.network(name), bench.config(name, way, 1))
        repeated(learner(stepper, our_batches(bench)), bench.warm_up)()
        users[f"{name}, {way}"] = lambda batches, s=stepper: learner(s, batches)
    found = {user: {feeder: [] for feeder in FEEDERS} for user in users}
    for k in range(bench.rounds):
        for user, use in users.items():
            for feeder in in_turn(list(FEEDERS), k):
                least = 30 if user == ALONE else 3
                found[user][feeder].append(rate(bench, feeder, least, use))
    return found
