"""Let a training be killed, go on, be killed again, and see where it ends."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor

from resattn_tutorial.checks.chapter10.file_watch import FAULTS, watching
from resattn_tutorial.checks.chapter10.small_runs import (
    Run,
    batch,
    differing,
    parts,
    rate,
)
from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.functions import require_function
from resattn_tutorial.checks.engine.probe import call
from resattn_tutorial.checks.engine.report import Report
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.checks.engine.traces import Traces

MOST = 60            # batches that a training of a few steps may ask for
NOTHING = "nothing is written: the checkpoint is due every `every` steps"
LIKELY = {
    "step": "run.step counts every step, and the training ends where it is `steps`",
    "saves": "a checkpoint is due where run.step is a multiple of `every`, and after "
    "the last step",
    "kept": "a checkpoint is due where run.step is a multiple of `every`",
    "same": "not all of the state is put back: weights and running statistics, "
    "momentum, step and random numbers",
    "again": "the checkpoint comes late, or old batches are drawn again: write it when "
    "a step is counted, and begin with batches.starting_at(run.step)",
    "finished": "if run.step is `steps` already, nothing is left to do",
}
"""From what is wrong to the usual reason, where no slip is known that does it."""
WATCHED = ("opened", "removed", "moved away", "elsewhere")


class Killed(BaseException):
    """The process ends here, on purpose."""


class Batches:
    """Batches from any step on, up to the one before which the process is killed."""

    def __init__(self, killed: int | None = None) -> None:
        self.killed, self.given = killed, 0

    def starting_at(self, step: int) -> Iterator[tuple[Tensor, Tensor]]:
        """As the data of chapter 9 give them."""
        while True:
            if step == self.killed:
                raise Killed
            self.given += 1
            if self.given > MOST:
                raise RuntimeError("the training does not end")
            yield batch(step)
            step += 1


class Bench:
    """A folder for one checkpoint, and how it is written.

    Attributes:
        path: the checkpoint.
        saves: how often something was saved.
        faults: what a reader of ``path`` might have met.
    """

    def __init__(self) -> None:
        self.root = Path(tempfile.mkdtemp())
        weakref.finalize(self, shutil.rmtree, self.root, ignore_errors=True)
        self.path = self.root / "checkpoint.pt"
        self.saves, self.faults = 0, []

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note within the block what is saved, and whether it is in one piece."""
        save = torch.save

        def noted(content: Any, target: Any, *more: Any, **named: Any) -> None:
            self.saves += 1
            if isinstance(target, str | os.PathLike) and Path(target) == self.path:
                self.faults.append("opened")
            save(content, target, *more, **named)

        with watching(self.path, b"") as watch, patch("torch.save", noted):
            yield
        self.faults += [one for one in watch.faults if one in WATCHED]


class TrainingTrial(FunctionTrial):
    """A case is: steps, how many lie between checkpoints, and after which it is killed.
    """

    facts = {
        "end": "if nobody kills it, its weights are those of the ten lines",
        "step": "run.step says how many steps were made",
        "saves": "a checkpoint is written every `every` steps and after the last one",
        "way": "a checkpoint is written whole or not at all",
        "kept": "after a kill a checkpoint is there, if one was due",
        "same": "killed and begun again, it ends in the very same state",
        "going on": "killed and begun again, it ends in the very same state",
        "again": "only what came after the last checkpoint is done again",
        "finished": "a finished training is left as it is",
    }

    def __call__(
        self, report: Report, table: Table, answer: Callable, case: Case
    ) -> Iterator[tuple[str, Any]]:
        """See :class:`~.table.Trial`."""
        require_function(report, answer, table.usage)
        steps, every, killed = case.asked
        bench, run = Bench(), Run(1)

        def ask(run: Run, batches: Batches, what: str) -> None:
            words = f"my_training, {what},"
            call(report, words, answer, run, batches, rate, steps, bench.path, every)

        batches = Batches()
        with bench.watching():
            ask(run, batches, "begun anew")
        goal = parts(run)
        yield "end", joined(run)
        yield "step", float(run.step)
        yield "saves", self.often(bench.saves, steps, every)
        yield "way", FAULTS[bench.faults[0]][0] if bench.faults else "whole"
        last, bench.path = bench.path, bench.root / "killed.pt"
        try:
            ask(Run(1), Batches(killed), "before it is killed")
        except Killed:
            pass
        yield "kept", "one" if bench.path.exists() else "none"
        # Where no checkpoint was due, it begins where the first one began.
        new, batches = Run(7 if killed >= every else 1), Batches()
        ask(new, batches, f"begun again after a kill at step {killed}")
        other = differing(goal, parts(new))
        yield "same", f"another: {', '.join(other)}" if other else "the same"
        yield "going on", joined(new)
        left = steps - killed // every * every
        # Who looks at run.step within the loop asks for one batch too many.
        yield "again", "no more" if batches.given <= left + 1 else (
            f"{batches.given} steps")
        bench.path, new, batches = last, Run(7), Batches()
        if bench.path.exists():
            ask(new, batches, "called when all is done,")
        other = differing(goal, parts(new))
        yield "finished", f"another: {', '.join(other)}" if other else "as it was"

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if found.get("saves", "").startswith("0 times"):
            return NOTHING
        reasons = dict(FAULTS.values())
        if (reason := reasons.get(found.get("way", ""))) is not None:
            return reason
        wrong = (name for name in LIKELY if name in found)
        return next((LIKELY[n] for n in wrong if found[n] != right[n]), None)

    @staticmethod
    def often(saves: int, steps: int, every: int) -> str:
        """How often something is saved, in words."""
        due = steps // every + (steps % every > 0)
        if due <= saves <= due + 1:
            return "so often"
        return f"{saves} times in {steps} steps, {due} were due"


def joined(run: Run) -> Tensor:
    """Weights, running statistics and momentum as one vector."""
    found = parts(run)
    return torch.cat([found[name] for name in (
        "weights", "running statistics", "momentum")])


def made_call(case: Case) -> tuple:
    """The arguments of a training that nobody kills."""
    steps, every, _ = case.asked
    bench = Bench()
    run = Run(1)
    run.bench = bench                                # the folder lives as long
    return run, Batches(), rate, steps, bench.path, every
