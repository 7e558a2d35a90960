"""Does a network see the same on a GPU as on the CPU?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu.machine import Batch, Machine
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.transforms import (
    PhotoColours,
    SmallImageInputs,
    colour_shift,
)

CPU = torch.device("cpu")
# Inputs lie between -3 and 3, where neighbouring float32 numbers are 2.4e-7 apart.
NEAR = 1e-6


def inputs(machine: Machine) -> dict[str, Any]:
    """Photographs' colours and small images' augmentation, here and on the CPU."""
    pairs = {
        "photographs": photographs(machine),
        "photographs, colours moved": photographs(machine, moved=True),
        "small images, augmented": small_images(machine),
        "small images, as tested": as_tested(machine),
    }
    found = {name: beside(*pair) for name, pair in pairs.items()}
    return {**found, "within": NEAR, "holds": all(
        one["greatest difference"] <= NEAR for one in found.values()
    )}


def beside(here: Tensor, there: Tensor) -> dict[str, Any]:
    """How far what came from the device is from what came from the CPU."""
    here = here.cpu()
    return {
        "bit-equal": torch.equal(here, there),
        "greatest difference": (here.double() - there.double()).abs().max().item(),
    }


def photographs(machine: Machine, moved: bool = False) -> tuple[Tensor, Tensor]:
    """Bytes of all values as inputs, made on the device and on the CPU."""
    side = 32 if machine.dry else 224
    draw = torch.Generator().manual_seed(0)
    bytes_ = torch.randint(
        256, (machine.batch, 3, side, side), generator=draw, dtype=torch.uint8
    )
    shifts = torch.stack([colour_shift() for _ in bytes_]) if moved else None
    here = None if shifts is None else shifts.to(machine.device)
    return (
        PhotoColours(machine.device)(bytes_.to(machine.device), here),
        PhotoColours(CPU)(bytes_, shifts),
    )


def small_images(machine: Machine) -> tuple[Tensor, Tensor]:
    """Batches of one seed, cut, mirrored and labelled on the device and on the CPU."""
    here, there = (
        joined(islice(
            ByteBatches(machine.images, machine.batch, 0, device).starting_at(0),
            machine.many(50),
        ))
        for device in (machine.device, CPU)
    )
    return here, there


def joined(batches: Iterator[Batch]) -> Tensor:
    """All batches' numbers, and the labels among them, in one row."""
    return torch.cat([
        part.float().flatten().cpu() for batch in batches for part in batch
    ])


def as_tested(machine: Machine) -> tuple[Tensor, Tensor]:
    """Images as they are tested, on the device and on the CPU."""
    images = machine.images.images[: machine.many(1000, dry=8)]
    transform = SmallImageInputs(mean=(0.47, 0.45, 0.41))
    return transform(images.to(machine.device)), transform(images)
