"""The ways to train a network that are compared, and how they are timed.

A way is a layout, a type of number, and whether the network is compiled. Each becomes
a :class:`~resattn_tutorial.config.TrainingConfig`, so what is compiled is compiled as
the package does it. Nothing is replayed from a CUDA graph here: that is what
:mod:`benchmarks.gpu` compares. Ways share a process and take turns, so
that a slow minute of the machine concerns them all.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from benchmarks.attention56 import has_bfloat16
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.step import Stepper

CACHE = "TORCHINDUCTOR_CACHE_DIR"
LEARNING_RATE = 0.1


class Way(NamedTuple):
    """A way to run a network.

    Attributes:
        layout: how its values lie in memory, ``"NCHW"`` or ``"channels_last"``.
        precision: one of :class:`~resattn_tutorial.names.Precision`, but ``auto``.
        compile: whether the network is compiled.
    """

    layout: str = "channels_last"
    precision: str = "float32"
    compile: bool = False

    def __str__(self) -> str:
        return ", ".join([*self[:2], *["compiled"] * self.compile])

    @property
    def memory_format(self) -> str:
        """What torch calls the layout."""
        return "contiguous_format" if self.layout == "NCHW" else self.layout


class Bench(NamedTuple):
    """What all parts of a run share.

    Attributes:
        device: where the networks are.
        images: what they learn from.
        batch: images in a batch.
        rounds: how often each measurement is repeated, in turn with the others.
        seconds: about how long one measurement should take.
    """

    device: torch.device
    images: ImageSet
    batch: int
    rounds: int
    seconds: float

    def network(self, name: str) -> nn.Module:
        """A new network, always with the same weights."""
        return build_network(name, len(self.images.classes)).to(self.device)

    def recipe(self, steps: int) -> Recipe:
        """The paper's learning rate, falling to nothing over some steps."""
        return Recipe("benchmark", steps, self.batch, LEARNING_RATE)

    def config(self, name: str, way: Way, steps: int) -> TrainingConfig:
        """A network's training in a way, with one test at its end."""
        return TrainingConfig(
            name, recipe=self.recipe(steps), precision=way.precision,
            memory_format=way.memory_format, compile=way.compile, graphs=False,
            points=1,
        )

    @property
    def warm_up(self) -> int:
        """Steps before the clock starts. A CUDA graph is recorded in the second."""
        return 4 if self.device.type == "cuda" else 1

    def pace(self, step: Callable[[], Any], least: int) -> float:
        """Images a second of a step, repeated while ``seconds`` last.

        At least ``least`` steps are made, and the last one is waited for.
        """
        self.wait()
        count, began = 0, time.perf_counter()
        while count < least or time.perf_counter() - began < self.seconds:
            step()
            count += 1
        self.wait()
        return count * self.batch / (time.perf_counter() - began)

    def timed(self, work: Callable[[], Any]) -> float:
        """Seconds until all of ``work`` is done, on a GPU as well."""
        self.wait()
        began = time.perf_counter()
        work()
        self.wait()
        return time.perf_counter() - began

    def wait(self) -> None:
        """Until the device has done what it was asked."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def ways_on(device: torch.device, compile: bool) -> list[Way]:
    """What is compared on a device, the plain one first; 16 bits where it has them.

    Args:
        device: where the networks are.
        compile: whether to compare a compiled network, too.
    """
    half = ["bfloat16"] if device.type == "cpu" and has_bfloat16() else []
    if device.type == "cuda":
        best = choose_precision(device)
        half = ["float16"] if best == "float16" else ["bfloat16", "float16"]
    ways = [Way("NCHW"), Way(), *(Way(precision=precision) for precision in half)]
    best = half[0] if half else "float32"
    return [*ways, Way(precision=best, compile=True)] if compile else ways


def learner(stepper: Stepper, batches: Iterator) -> Callable[[], Tensor]:
    """One step on the next batch, as a function that returns the loss."""
    def step() -> Tensor:
        inputs, labels = next(batches)
        return stepper.step(inputs, labels, LEARNING_RATE)

    return step


def repeated(step: Callable[[], Any], count: int) -> Callable[[], None]:
    """``step``, so many times."""
    def steps() -> None:
        for _ in range(count):
            step()

    return steps


def in_turn(names: list[str], k: int) -> list[str]:
    """The order of round ``k``: every second one goes backwards."""
    return names[:: -1 if k % 2 else 1]


@contextlib.contextmanager
def compiled_anew() -> Iterator[None]:
    """Inside, Inductor finds nothing of an earlier run, so its time is the true one."""
    before = os.environ.get(CACHE)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        os.environ[CACHE] = folder
        try:
            yield
        finally:
            del os.environ[CACHE]
            if before is not None:
                os.environ[CACHE] = before
