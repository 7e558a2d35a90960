"""What the trainer adds to a bare loop of forward, backward and step.

Both learn from the same batches, made beforehand. The bare loop gets them in the
network's layout; the trainer brings them there, counts, asks the clock, looks at the
loss as often as it always does, and draws its bar. It tests and saves nothing here.
"""

from __future__ import annotations

import contextlib
import io
import math
import tempfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmarks.feeding import our_batches
from benchmarks.ways import Bench, Way, in_turn
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.runtime.precision import autocast
from resattn_tutorial.training.trainer import Trainer

Batches = list[tuple[Tensor, Tensor]]
HELD = 8
# What the test at the end finds, which takes no time.
UNTESTED = Errors(top1=0.0, top5=0.0, loss=0.0, images=1)
# Steps that are timed at once, or more. Since the trainer looks at the loss after the
# last one, too, it looks at it more often here than in a long run.
LEAST = 6


class HeldBatches:
    """Batches that are there already, one after another, again and again."""

    def __init__(self, held: Batches) -> None:
        self.held = held

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """From a step on, without end."""
        while True:
            yield self.held[step % len(self.held)]
            step += 1


class UnsavedTrainer(Trainer):
    """The trainer without its checkpoint: how long that takes is the disk's affair."""

    def save(self) -> None:
        """Write nothing."""


class Case(NamedTuple):
    """What both loops train.

    Attributes:
        bench: what all parts share.
        name: the network's.
        network: whose parameters learn, in the way's layout.
        runner: the same network, compiled if the way says so.
        held: what it learns from.
        way: how.
        folder: empty, and stays so.
    """

    bench: Bench
    name: str
    network: nn.Module
    runner: nn.Module
    held: Batches
    way: Way
    folder: str

    def config(self, steps: int) -> TrainingConfig:
        """What both loops do, for so many steps."""
        return self.bench.config(self.name, self.way, steps)


def bare_loop(case: Case, steps: int) -> Callable[[], None]:
    """As little as a network can be trained with, as a function."""
    config, device, runner = case.config(steps), case.bench.device, case.runner
    recipe, layout = config.recipe, getattr(torch, config.memory_format)
    optimizer = torch.optim.SGD(
        case.network.parameters(), recipe.learning_rate, momentum=recipe.momentum,
        nesterov=recipe.nesterov, weight_decay=recipe.weight_decay,
    )
    ready = [(x.contiguous(memory_format=layout), y) for x, y in case.held]

    def loop() -> None:
        for step in range(steps):
            inputs, labels = ready[step % len(ready)]
            optimizer.zero_grad()
            with autocast(device, config.precision):
                loss = F.cross_entropy(runner(inputs), labels)
            loss.backward()
            optimizer.step()

    return loop


def trainer_loop(case: Case, steps: int) -> Callable[[], Any]:
    """The package's trainer over as many steps, as a function."""
    trainer = UnsavedTrainer(
        case.network, HeldBatches(case.held), lambda: UNTESTED, case.config(steps),
        case.folder,
    )
    # Compiled once for both loops, before the clock starts.
    trainer.stepper.runner = case.runner
    return trainer.run


LOOPS = {"trainer": trainer_loop, "bare": bare_loop}


def make_case(bench: Bench, name: str, way: Way, folder: str) -> Case:
    """A new network and the batches for it."""
    layout = getattr(torch, way.memory_format)
    network = bench.network(name).to(memory_format=layout).train()
    runner = torch.compile(network) if way.compile else network
    batches = our_batches(bench)
    held = [next(batches) for _ in range(HELD)]
    return Case(bench, name, network, runner, held, way, folder)


def measure(bench: Bench, name: str, way: Way) -> dict[str, list[float]]:
    """Seconds of a step, round by round, by the trainer and by the bare loop."""
    found: dict[str, list[float]] = {loop: [] for loop in LOOPS}
    with tempfile.TemporaryDirectory() as folder:
        case = make_case(bench, name, way, folder)
        steps = max(LEAST, math.ceil(bench.seconds / warm_up(case)))
        for k in range(bench.rounds):
            for loop in in_turn(list(LOOPS), k):
                run = LOOPS[loop](case, steps)
                with contextlib.redirect_stdout(io.StringIO()):  # the bar
                    found[loop].append(bench.timed(run) / steps)
    return found


def warm_up(case: Case) -> float:
    """Let everything run before it counts; how long a step takes then."""
    bare_loop(case, case.bench.warm_up)()
    return case.bench.timed(bare_loop(case, 2)) / 2
