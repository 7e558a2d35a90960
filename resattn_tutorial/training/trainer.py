"""The training loop that can be stopped at any moment and goes on (chapter 10)."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch.distributed as dist
from torch import nn

from resattn_tutorial.ledger.run import Point
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import (
    our_share,
    require_agreement,
    sum_over_processes,
)
from resattn_tutorial.runtime.tensor_file import (
    load_checkpoint,
    require_plain,
    save_checkpoint,
)
from resattn_tutorial.training.checkpoint import require_same_network, require_same_run
from resattn_tutorial.training.interrupt import StopRequest
from resattn_tutorial.training.progress import LossMeter, bar, say
from resattn_tutorial.training.step import Stepper
from resattn_tutorial.validation import require_count

# To look at the loss makes a GPU wait, so we look once in so many steps.
CHECK_EVERY = 20


class Trainer:
    """Train a network by a recipe; stop when you like, and go on later.

    A folder belongs to one run. Its checkpoint is written every few minutes, at the
    end, and when the run is interrupted; a new ``Trainer`` of the same run finds it
    there and goes on. On a CPU, with the same threads and memory format, a run that
    was killed ends with the same weights, bit for bit, as one that was not.

    Args:
        network: trained in place, where its parameters are.
        batches: ``batches.starting_at(step)`` gives ``(inputs, labels)`` without end.
        test: called at each point of the curve; returns the test error, 0 to 1.
        recipe: how to train.
        folder: where ``checkpoint.pt`` is kept.
        configuration: what this run is, in plain values. A checkpoint of another
            configuration is refused.
        points: points of the curve, spread evenly over the steps.
        save_every: seconds between checkpoints.
        how: ``precision``, ``shares``, ``channels_last`` and ``prepare``, as in
            :class:`~resattn_tutorial.training.step.Stepper`.

    Raises:
        TypeError: a checkpoint could not hold the configuration.
        CheckpointError: the folder's checkpoint is another run's, or no whole one.
        RuntimeError: not all processes found the same checkpoint.
    """

    def __init__(
        self,
        network: nn.Module,
        batches: Any,
        test: Callable[[], float],
        recipe: Recipe,
        folder: Path | str,
        configuration: dict[str, Any],
        *,
        points: int = 10,
        save_every: float = 180.0,
        **how: Any,
    ) -> None:
        require_count("points", points)
        require_plain("configuration", configuration)
        self.batches, self.test, self.recipe = batches, test, recipe
        self.configuration, self.save_every = configuration, save_every
        self.path = Path(folder) / "checkpoint.pt"
        self.goals = {
            round(recipe.steps * k / points) for k in range(1, points + 1)
        }
        self.first = our_share().rank == 0
        self.stepper = Stepper(network, recipe, say=say, **how)
        self.meter = LossMeter(next(network.parameters()))
        self.step, self.seconds, self.testing, self.curve = 0, 0.0, 0.0, []
        if self.path.exists():
            self.resume()
        require_agreement("step, shares", [self.step, self.stepper.shares])

    @property
    def finished(self) -> bool:
        """Whether every step of the recipe has been taken."""
        return self.step == self.recipe.steps

    def run(self) -> list[Point]:
        """Take the steps that are left; return the learning curve.

        Ctrl-C, and a system's request to end, let the step finish, write a checkpoint
        and return the curve so far.

        Raises:
            FloatingPointError: the loss is no longer a number.
            OSError: a checkpoint cannot be written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        steps, done = self.recipe.steps, self.step
        batches = self.batches.starting_at(done)
        with StopRequest() as stop, bar(steps, done) as shown:
            clock = saved = time.monotonic()
            for inputs, labels in itertools.islice(batches, steps - done):
                rate = self.recipe.rate(self.step)
                self.meter.add(self.stepper.step(inputs, labels, rate))
                self.step += 1
                shown.update()
                if not self.check_is_due(stop.asked):
                    continue
                loss = self.meter.mean()
                self.require_finite("The loss", math.isfinite(loss))
                self.seconds += time.monotonic() - clock
                shown.set_postfix(loss=f"{loss:.3f}")
                if self.step in self.goals:
                    self.add_point(loss)
                stopping, late = self.agree(stop.asked, saved)
                if late or stopping or self.finished:
                    self.save()
                    saved = time.monotonic()
                if stopping:
                    break
                clock = time.monotonic()
        if not self.finished:
            say(
                f"Stopped after step {self.step:,} of {steps:,}. "
                "Nothing is lost: the same call goes on from here."
            )
        return self.curve

    def check_is_due(self, asked: bool) -> bool:
        """Whether to look at the loss and the clock after this step."""
        due = self.step % CHECK_EVERY == 0 or self.step in self.goals
        return due or asked and not dist.is_initialized()

    def agree(self, asked: bool, saved: float) -> tuple[bool, bool]:
        """Whether all stop, since one was asked to; or save, by the first's clock."""
        late = self.first and time.monotonic() - saved >= self.save_every
        told = sum_over_processes([asked, late], self.stepper.device)
        return bool(told[0]), bool(told[1])

    def add_point(self, loss: float) -> None:
        """Test, and add a point to the curve."""
        began = time.monotonic()
        self.stepper.statistics.average_over_processes()
        accuracy = 1 - float(self.test())
        self.testing += time.monotonic() - began
        images = self.step * self.recipe.batch_size
        point = Point(self.step, images, self.seconds, loss, accuracy)
        self.curve.append(point)
        self.meter.reset()
        say(str(point))

    def save(self) -> None:
        """Write the checkpoint, unless a weight is no longer a number."""
        self.stepper.statistics.average_over_processes()
        state = self.stepper.state()
        finite = [w.isfinite().all() for w in state["network"].values()]
        self.require_finite("A weight", all(finite))
        if self.first:
            save_checkpoint(self.path, {
                **state, **self.meter.state(),
                "configuration": self.configuration,
                "curve": [list(point) for point in self.curve],
                "step": self.step, "seconds": self.seconds,
                "testing": self.testing,
            })

    def resume(self) -> None:
        """Go back to where the folder's checkpoint was written."""
        state = load_checkpoint(self.path)
        path, network = self.path, self.stepper.network
        require_same_run(state["configuration"], self.configuration, path)
        require_same_network(network, state["network"], str(path))
        self.step, self.seconds = state["step"], state["seconds"]
        say(f"Going on after step {self.step:,} of {self.recipe.steps:,}.")
        self.stepper.load(state)
        self.meter.load(state)
        self.testing = state["testing"]
        self.curve = [Point(*point) for point in state["curve"]]

    def require_finite(self, what: str, finite: bool) -> None:
        """Stop a run that has diverged, and say what is left of it."""
        if finite:
            return
        left = f"The last good checkpoint is {self.path}."
        if not self.path.exists():
            left = "There is no checkpoint yet."
        raise FloatingPointError(
            f"{what} is no longer a number, at step {self.step:,} or up to "
            f"{CHECK_EVERY} before. {left} "
            f"Learning rate {self.recipe.rate(self.step - 1):g}: try less."
        )
