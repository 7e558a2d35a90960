"""The training loop that can be stopped at any moment and goes on (chapter 10)."""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch.distributed as dist
from torch import nn
from tqdm import tqdm

from resattn_tutorial.checkpoint import (
    CheckpointError,
    differences,
    load_checkpoint,
    require_same_network,
    save_checkpoint,
)
from resattn_tutorial.guards import require_count
from resattn_tutorial.processes import our_share, sum_over_processes
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.stepping import Stepper
from resattn_tutorial.stopping import StopRequest
from resattn_tutorial.training import Point

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
            :class:`~resattn_tutorial.stepping.Stepper`.

    Raises:
        CheckpointError: the folder's checkpoint is another run's, or no whole one.
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
        self.batches, self.test, self.recipe = batches, test, recipe
        self.configuration, self.save_every = configuration, save_every
        self.path = Path(folder) / "checkpoint.pt"
        self.goals = {round(recipe.steps * k / points) for k in range(1, points + 1)}
        self.first = our_share().rank == 0
        self.stepper = Stepper(network, recipe, say=self.say, **how)
        self.step, self.seconds, self.curve = 0, 0.0, []
        weight = next(network.parameters())
        self.losses = weight.new_zeros(())           # their sum since the last point
        self.since_point = 0
        if self.path.exists():
            self.resume()

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
        left = self.recipe.steps - self.step
        batches = itertools.islice(self.batches.starting_at(self.step), left)
        with StopRequest() as stop, self.progress() as bar:
            clock = saved = time.monotonic()
            for inputs, labels in batches:
                rate = self.recipe.rate(self.step)
                self.losses += self.stepper.step(inputs, labels, rate)
                self.step, self.since_point = self.step + 1, self.since_point + 1
                bar.update()
                if not self.check_is_due(stop.asked):
                    continue
                loss, stopping, late = self.agree(stop.asked, saved)
                self.seconds += time.monotonic() - clock
                bar.set_postfix(loss=f"{loss:.3f}")
                if self.step in self.goals:
                    self.add_point(loss)
                if late or stopping or self.finished:
                    self.save()
                    saved = time.monotonic()
                if stopping:
                    break
                clock = time.monotonic()
        if not self.finished:
            self.say(
                f"Stopped after step {self.step:,} of {self.recipe.steps:,}. Nothing "
                "is lost: the same call goes on from here."
            )
        return self.curve

    def check_is_due(self, asked: bool) -> bool:
        """Whether to look at the loss and the clock after this step."""
        at_once = asked and not dist.is_initialized()
        return at_once or self.step % CHECK_EVERY == 0 or self.step in self.goals

    def agree(self, asked: bool, saved: float) -> tuple[float, bool, bool]:
        """What all processes take for true: the mean loss since the last point, whether
        one of them was asked to stop, whether the first one's clock asks for a save.
        """
        late = self.first and time.monotonic() - saved >= self.save_every
        told = sum_over_processes(
            [self.losses.item(), asked, late], self.losses.device
        )
        total = told[0].item() / our_share().count
        if not math.isfinite(total):
            self.diverged("The loss is no longer a number")
        self.losses.fill_(total)
        return total / self.since_point, bool(told[1]), bool(told[2])

    def add_point(self, loss: float) -> None:
        """Test, and add a point to the curve."""
        self.stepper.statistics.average_over_processes()
        images, accuracy = self.step * self.recipe.batch_size, 1 - self.test()
        self.curve.append(Point(self.step, images, self.seconds, loss, accuracy))
        self.losses.zero_()
        self.since_point = 0
        self.say(str(self.curve[-1]))

    def save(self) -> None:
        """Write the checkpoint, unless a weight is no longer a number."""
        self.stepper.statistics.average_over_processes()
        state = self.stepper.state()
        if not all(weight.isfinite().all() for weight in state["network"].values()):
            self.diverged("A weight is no longer a number")
        if self.first:
            save_checkpoint(self.path, {
                **state,
                "configuration": self.configuration,
                "surroundings": self.stepper.surroundings(),
                "step": self.step, "seconds": self.seconds,
                "losses": self.losses, "since_point": self.since_point,
                "curve": [list(point) for point in self.curve],
            })

    def resume(self) -> None:
        """Go back to where the folder's checkpoint was written."""
        state = load_checkpoint(self.path)
        if faults := differences(state["configuration"], self.configuration):
            raise CheckpointError(
                f"{self.path} is another run's: {'; '.join(faults)}. "
                "Give this run a folder of its own."
            )
        require_same_network(self.stepper.network, state["network"], str(self.path))
        self.stepper.load(state)
        self.step, self.seconds = state["step"], state["seconds"]
        self.losses.copy_(state["losses"])
        self.since_point = state["since_point"]
        self.curve = [Point(*point) for point in state["curve"]]
        self.say(f"Going on after step {self.step:,} of {self.recipe.steps:,}.")
        for change in differences(state["surroundings"], self.stepper.surroundings()):
            self.say(f"Changed, so that the numbers may differ a little: {change}.")

    def diverged(self, reason: str) -> None:
        """Stop, and say what is left."""
        last = f"The last good checkpoint is {self.path}"
        raise FloatingPointError(
            f"{reason}, at step {self.step:,} or up to {CHECK_EVERY} before. "
            f"{last if self.path.exists() else 'There is no checkpoint yet'}. "
            f"The learning rate was {self.recipe.rate(self.step - 1):g}: try less."
        )

    def progress(self) -> tqdm:
        """A bar with the time left."""
        return tqdm(
            total=self.recipe.steps, initial=self.step, file=sys.stdout, leave=False,
            ncols=76, disable=not self.first,
        )

    def say(self, text: str) -> None:
        """Tell it once, above the bar."""
        if self.first:
            tqdm.write(text, file=sys.stdout)
