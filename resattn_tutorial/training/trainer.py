"""The training loop that can be stopped at any moment and goes on (chapter 10)."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from os import PathLike
from typing import Any

import torch.distributed as dist
from torch import nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Point
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.runtime.distributed import (
    require_agreement,
    sum_over_processes,
    this_process,
)
from resattn_tutorial.runtime.tensor_file import require_plain
from resattn_tutorial.training.best_point import BestWeights, require_both
from resattn_tutorial.training.checkpoint import (
    CHECKPOINT,
    CheckpointError,
    file_stamp,
    load_checkpoint,
    save_checkpoint,
)
from resattn_tutorial.training.feeding import BatchesError, batches_left
from resattn_tutorial.training.frozen import parts_at_rest
from resattn_tutorial.training.interrupt import StopRequest
from resattn_tutorial.training.progress import LossMeter, bar, say
from resattn_tutorial.training.run_folder import held, require_room
from resattn_tutorial.training.step import Stepper
from resattn_tutorial.training.taking_up import (
    changes_since,
    require_ours,
    settings_of,
)
from resattn_tutorial.validation import require_path

# To look at the loss makes a GPU wait, so we look once in so many steps.
CHECK_EVERY = 20


class Trainer:
    """Train a network by a recipe; stop when you like, and go on later.

    A folder belongs to one run. Its checkpoint is written every few minutes, at the
    end, and when the run is interrupted; a new ``Trainer`` of the same run finds it
    there and goes on. On a CPU, with the same threads and memory format, a run that
    was killed ends with the same weights, bit for bit, as one that was not.

    Args:
        network: trained in place, where its parameters are. What is frozen in it, see
            :mod:`~resattn_tutorial.training.frozen`, stays so, and belongs to the run.
        batches: ``batches.starting_at(step)`` gives ``(inputs, labels)``, each of the
            recipe's size, up to its last step or without end.
        test: called at each point of the curve; returns the errors on the test set.
        config: what this run is. A checkpoint with another network, recipe, seed or
            label noise is refused; other settings may change, and the change is kept.
        folder: where ``checkpoint.pt`` is kept.
        data: what else makes this run, in plain values: what its data was found to be.
        environment: what it began on, in plain values; kept from the first step on.
        watch: called after each test; returns more numbers about the network, by name.
        validate: where the recipe holds images out, returns the errors on these. It is
            called at each point, and ``test`` once, at the end, with the weights of the
            best point; the network keeps those after the last step.

    Attributes:
        began: the configuration and the environment that the run began with.
        changes: what was changed since, one line each.
        errors: the last test's; ``None`` before one.
        watched: what ``watch`` returned, by the step: ``{"step 600": {...}}``.

    Raises:
        TypeError: a checkpoint could not hold ``data`` or ``environment``.
        CheckpointError: the folder's checkpoint is another run's, had other parts
            frozen, or is no whole one.
        ValueError: not all processes found the same checkpoint; or the recipe holds
            images out and there is no ``validate``, or the other way round.
    """

    def __init__(
        self,
        network: nn.Module,
        batches: Any,
        test: Callable[[], Errors],
        config: TrainingConfig,
        folder: str | PathLike[str],
        data: Mapping[str, Any] | None = None,
        environment: Mapping[str, Any] | None = None,
        watch: Callable[[], Mapping[str, float]] | None = None,
        validate: Callable[[], Errors] | None = None,
    ) -> None:
        self.batches, self.test, self.config = batches, test, config
        self.watch, self.validate = watch, validate
        require_both(config, validate)
        self.recipe, points = config.recipe, config.points
        self.data = dict(data or {})
        self.began = {
            "configuration": config.as_dict(),
            "environment": dict(environment or {}),
        }
        require_plain("data", self.data)
        require_plain("environment", self.began["environment"])
        self.path = require_path("folder", folder) / CHECKPOINT
        self.goals = {
            round(self.recipe.steps * k / points)
            for k in range(1, points + 1)
        }
        self.first = this_process().rank == 0
        self.changes: list[str] = []
        self.stepper = Stepper(network, config, say=self.note_change)
        self.meter = LossMeter(next(network.parameters()))
        self.step, self.seconds, self.testing = 0, 0.0, 0.0
        self.curve: list[Point] = []
        self.best = BestWeights()
        self.errors: Errors | None = None
        self.watched: dict[str, dict[str, float]] = {}
        self.seen = file_stamp(self.path)
        if self.seen:
            self.resume()
        require_agreement(
            "step, accumulation", [self.step, self.stepper.accumulation]
        )

    @property
    def finished(self) -> bool:
        """Whether every step of the recipe has been taken, and the last test made."""
        return self.step == self.recipe.steps and not self.owes_a_test

    @property
    def owes_a_test(self) -> bool:
        """Whether a point of the curve is due at this step, and not there yet."""
        last = self.curve[-1].step if self.curve else None
        return 0 < self.step != last and self.step in self.goals

    def run(self) -> list[Point]:
        """Take the steps that are left; return the learning curve.

        Ctrl-C, and a system's request to end, let the step finish, write a checkpoint
        and return the curve so far.

        Raises:
            FloatingPointError: the loss is no longer a number.
            BatchesError: the batches end too early, or one is of another size than the
                recipe's; what was learned from those before is kept.
            OSError: a checkpoint cannot be written, or another process trains here.
        """
        steps, done = self.recipe.steps, self.step
        batches = batches_left(self.batches, self.recipe, done)
        with (
            self.alone(), self.kept(), StopRequest() as stop,
            bar(steps, done) as shown,
        ):
            self.clock = saved = time.monotonic()
            if self.owes_a_test:                     # it was killed, or failed, there
                self.add_point(self.meter.mean())
                self.save()
                self.clock = saved = time.monotonic()
            for inputs, labels in batches:
                rate = self.recipe.rate(self.step)
                self.meter.add(self.stepper.step(inputs, labels, rate))
                self.step += 1
                shown.update()
                if not self.check_is_due(stop.asked):
                    continue
                loss = self.meter.mean()
                self.require_finite("The loss", math.isfinite(loss))
                self.seconds += time.monotonic() - self.clock
                shown.set_postfix(loss=f"{loss:.3f}")
                if self.step in self.goals:
                    self.save()                      # a test may fail, or not fit
                    self.add_point(loss)
                stopping, late = self.agree(stop.asked, saved)
                if late or stopping or self.finished:
                    self.save()
                    saved = time.monotonic()
                if stopping:
                    break
                self.clock = time.monotonic()
        if not self.finished:
            say(
                f"Stopped after step {self.step:,} of {steps:,}. "
                "Nothing is lost: the same call goes on from here."
            )
        return self.curve

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder against other runs; the first process does so for all."""
        if not self.first:
            yield
            return
        with held(self.path.parent):
            if file_stamp(self.path) != self.seen:
                raise CheckpointError(
                    f"Another process wrote {self.path} since this trainer "
                    "was made. Make a new one, and it goes on from there."
                )
            if not self.finished:
                more = bool(self.recipe.ema) + bool(self.recipe.validation)
                require_room(self.path.parent, self.stepper.network, more)
            yield

    @contextlib.contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what was learned before batches turned out not to be the recipe's."""
        try:
            yield
        except BatchesError as error:
            # Other processes may go on, and would wait for us.
            if self.step and not dist.is_initialized():
                self.require_finite("The loss", math.isfinite(self.meter.sum()))
                self.seconds += time.monotonic() - self.clock
                self.save()
            raise BatchesError(f"{error} {self.left()}") from None

    def check_is_due(self, asked: bool) -> bool:
        """Whether to look at the loss and the clock after this step."""
        due = self.step % CHECK_EVERY == 0 or self.step in self.goals
        return due or asked and not dist.is_initialized()

    def agree(self, asked: bool, saved: float) -> tuple[bool, bool]:
        """Whether all stop, since one was asked to; or save, by the first's clock."""
        late = time.monotonic() - saved >= self.config.save_every
        ours = [asked, self.first and late]
        told = sum_over_processes(ours, self.stepper.device)
        return bool(told[0]), bool(told[1])

    def add_point(self, loss: float) -> None:
        """Test, or validate, and add a point to the curve."""
        began = time.monotonic()
        self.stepper.share_statistics()
        images, network = self.step * self.recipe.batch_size, self.stepper.network
        point = Point(self.step, images, self.seconds, loss, None)
        with self.stepper.judged():
            if self.validate is None:
                self.errors = self.sound(self.test())
                point = point._replace(test_error=self.errors.top1)
            else:
                errors = self.sound(self.validate())
                point = point._replace(
                    validation_error=errors.top1, validation_loss=errors.loss
                )
                self.best.look(network, point, self.curve)
            if self.watch is not None:
                self.watched[f"step {self.step}"] = dict(self.watch())
        if self.validate is not None and self.step == self.recipe.steps:
            self.errors = self.sound(self.best.test(network, self.test))
        self.testing += time.monotonic() - began
        self.curve.append(point)
        self.meter.reset()
        say(str(point))

    def sound(self, errors: Errors) -> Errors:
        """Return a test's errors if they are numbers."""
        self.require_finite("The test", all(map(math.isfinite, errors)))
        return errors

    def save(self) -> None:
        """Write the checkpoint, unless a weight is no longer a number."""
        self.stepper.share_statistics()
        state = self.state()
        weights = [*state["network"].values(), *state["average"].values()]
        finite = [w.isfinite().all() for w in weights]
        self.require_finite("A weight", all(finite))
        if self.first:
            save_checkpoint(self.path, state)
            self.seen = file_stamp(self.path)

    def state(self) -> dict[str, Any]:
        """All that the run has come to, for a checkpoint."""
        return {
            **self.stepper.state(), **self.meter.state(), **self.began,
            "data": self.data, "settings": settings_of(self.config, self.stepper),
            "frozen": parts_at_rest(self.stepper.network),
            "changes": self.changes, "step": self.step,
            "curve": [list(point) for point in self.curve],
            "errors": list(self.errors or ()), "watched": self.watched,
            "best": self.best.values, "seconds": self.seconds, "testing": self.testing,
        }

    def resume(self) -> None:
        """Go back to where the folder's checkpoint was written."""
        state = load_checkpoint(self.path)
        require_ours(state, self.path, self.config, self.data, self.stepper)
        self.began = {name: state[name] for name in self.began}
        self.changes, self.step = state["changes"], state["step"]
        say(f"Going on after step {self.step:,} of {self.recipe.steps:,}.")
        self.stepper.load(state)
        self.meter.load(state)
        self.seconds, self.testing = state["seconds"], state["testing"]
        self.curve = [Point(*point) for point in state["curve"]]
        if state["errors"]:
            self.errors = Errors(*state["errors"])
        self.watched, self.best.values = state["watched"], state["best"]
        now = settings_of(self.config, self.stepper)
        for line in [] if self.finished else changes_since(state["settings"], now):
            self.note_change(line)

    def note_change(self, what: str) -> None:
        """Say a change, and keep it: the numbers may differ a little from here."""
        self.changes.append(f"after step {self.step}: {what}")
        say(f"Changed after step {self.step:,}; {what}")

    def require_finite(self, what: str, finite: bool) -> None:
        """Stop a run that has diverged, and say what is left of it."""
        if not finite:
            raise FloatingPointError(
                f"{what} is no longer a number, at step {self.step:,} or up to "
                f"{CHECK_EVERY} before. {self.left()} "
                f"Learning rate {self.recipe.rate(self.step - 1):g}: try less."
            )

    def left(self) -> str:
        """What is left of a run that failed, in words."""
        if not self.path.exists():
            return "There is no checkpoint yet."
        return f"The last good checkpoint is {self.path}."
