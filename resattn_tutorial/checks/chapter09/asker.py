"""Ask an answer which images a step sees, and watch what the asking leaves behind."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.checks.engine.functions import kind
from resattn_tutorial.checks.engine.probe import call, refuse
from resattn_tutorial.checks.engine.report import Report

COUNT, SIZE = 23, 5
SOME = range(4)                                     # seeds, and epochs
STEPS = COUNT // SIZE
Order = tuple[int, ...]
SHARED = (
    "torch.manual_seed, np.random.seed and random.seed set the generator that "
    "everybody shares: make one of your own, torch.Generator().manual_seed(…), and "
    "hand it to each draw"
)
REST = (
    "an epoch has count // batch_size steps; what does not fill a batch is left out, "
    "so divide the step by that number"
)
SHORT = (
    "a batch runs from place * batch_size up to (place + 1) * batch_size, where place "
    "counts the steps of its epoch from 0"
)
ONE_BATCH = "one batch of numbers is asked for: a slice of the epoch's order"
FROM_0 = "images are counted from 0 to count - 1"
WHOLE = "floats came: an index is a whole number"


class Asker:
    """Asks the answer for batches, and watches what they leave behind."""

    def __init__(self, report: Report, answer: Callable) -> None:
        self.report, self.answer = report, answer

    def batch(
        self, step: int, seed: int = 0, count: int = COUNT, size: int = SIZE
    ) -> Order:
        """One step's numbers, in range and as many as the batch is large."""
        name = f"my_batch({step}, {count}, {size}, {seed})"
        with _own_generators(self.report, name):
            came = call(self.report, name, self.answer, step, count, size, seed)
        numbers = self._numbers(came, name)
        if len(numbers) != size:
            words = ONE_BATCH
            if len(numbers) < size:
                words = SHORT if step < count // size else REST
            refuse(self.report, f"{name} gives {len(numbers)} numbers, not {size}",
                   words)
        if not all(0 <= number < count for number in numbers):
            refuse(self.report, f"{name} gives a number outside 0 to {count - 1}",
                   FROM_0)
        return numbers

    def _numbers(self, came: Any, name: str) -> Order:
        got = came
        if isinstance(came, (Tensor, np.ndarray)):
            came = came.tolist()
        whole = (int, np.integer)
        if not isinstance(came, (list, tuple, range)) or not all(
            isinstance(one, whole) and not isinstance(one, bool) for one in came
        ):
            words = "return the numbers of the batch's images, a tensor or a list"
            if came is None:
                words = "the function ends without a return"
            elif isinstance(came, list) and any(isinstance(x, float) for x in came):
                words = WHOLE
            refuse(self.report, f"{name} must give whole numbers, got {kind(got)}",
                   words)
        return tuple(int(one) for one in came)

    def epoch(self, epoch: int, seed: int = 0) -> Order:
        """All numbers of an epoch, in their order."""
        steps = range(epoch * STEPS, (epoch + 1) * STEPS)
        return tuple(n for step in steps for n in self.batch(step, seed))

    @cached_property
    def orders(self) -> dict[tuple[int, int], Order]:
        """The orders of some epochs with some seeds, by seed and epoch."""
        return {(seed, epoch): self.epoch(epoch, seed) for seed in SOME
                for epoch in SOME}


@contextmanager
def _own_generators(report: Report, name: str) -> Iterator[None]:
    """Refuse an answer that draws from, or sets, what others draw from."""
    before = generator_states()
    yield
    after = generator_states()
    if before != after:
        refuse(report, f"{name} changes the random numbers of everybody else", SHARED)


def generator_states() -> tuple:
    """Where the generators stand that everybody draws from."""
    numpy = np.random.get_state()
    return (torch.get_rng_state().numpy().tobytes(), random.getstate(),
            numpy[1].tobytes(), numpy[2])
