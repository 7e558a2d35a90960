"""What all parts of a call share: the device, the time that is left, the images."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.training import few_images
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, open_set
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import Precision
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.training.step import Stepper

RATE = 0.1                       # the paper's first
LARGE, MIDDLE, SMALL = "cifar_attention92", "cifar_attention56", "first_attention"
Batch = tuple[Tensor, Tensor]


class Machine:
    """The device of a call, and how long the call may last.

    Args:
        seconds: of the whole call.
        dry: whether to try the script only: small networks, a few steps.
    """

    def __init__(self, seconds: float, dry: bool) -> None:
        self.began, self.seconds, self.dry = time.monotonic(), seconds, dry
        self.on_gpu = torch.cuda.is_available()
        self.device = torch.device("cuda" if self.on_gpu else "cpu")
        self.batch = 8 if dry else 64

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - (time.monotonic() - self.began)

    @property
    def precisions(self) -> list[str]:
        """What the device can compute in."""
        every = [Precision.FLOAT32, Precision.BFLOAT16, Precision.FLOAT16]
        return [one.value for one in every[: 3 if self.on_gpu else 1]]

    @cached_property
    def images(self) -> ImageSet:
        """The built-in scenes."""
        return few_images() if self.dry else open_set("builtin", "train")

    def many(self, count: int, dry: int = 2) -> int:
        """So many; only a few in a dry run."""
        return dry if self.dry else count

    def name(self, network: str) -> str:
        """A network's name; that of a small one in a dry run."""
        return SMALL if self.dry else network

    def network(self, name: str) -> nn.Module:
        """A new network, always with the same weights."""
        return build_network(self.name(name), 10).to(self.device)

    def batches(self, batch: int | None = None) -> Iterator[Batch]:
        """The same batches every time, made on the device."""
        return ByteBatches(
            self.images, batch or self.batch, 0, self.device
        ).starting_at(0)

    def stepper(
        self,
        network: str | nn.Module,
        precision: str = "float32",
        graphs: bool = True,
        say: Callable[[str], None] = print,
        batch: int | None = None,
        compile: bool = False,
    ) -> Stepper:
        """What trains a network by the paper's recipe."""
        named = isinstance(network, str)
        recipe = Recipe("benchmark", 1_000_000, batch or self.batch, RATE)
        config = TrainingConfig(
            self.name(network) if named else SMALL, recipe=recipe, precision=precision,
            graphs=graphs, compile=compile, points=1,
        )
        return Stepper(self.network(network) if named else network, config, say)

    def wait(self) -> None:
        """Until the device has done what it was asked."""
        if self.on_gpu:
            torch.cuda.synchronize()

    def free(self) -> None:
        """Give back the memory of what is no longer used, and forget its peak."""
        gc.collect()
        if self.on_gpu:
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats()

    def peak(self) -> int | None:
        """MiB that were in use at once since memory was last freed."""
        return round(torch.cuda.max_memory_allocated() / 2**20) if self.on_gpu else None


def joined(values: Any) -> Tensor:
    """Tensors as one long one, float64, on the CPU."""
    return torch.cat([value.detach().double().flatten().cpu() for value in values])


def apart(found: Tensor, wanted: Tensor) -> float:
    """How far ``found`` is from ``wanted``, as a part of its length."""
    return ((found - wanted).norm() / wanted.norm()).item()
