"""A training's run file: tried before its first step, written at its end (chapter 10).

What would keep it from being written at the end is found before anything is learned;
and a complete run's file is what its checkpoint came to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from resattn_tutorial.config import TrainingConfig, differences
from resattn_tutorial.ledger.run import (
    Data,
    Environment,
    Point,
    Results,
    Run,
    rounded_curve,
)
from resattn_tutorial.ledger.store import read_run, require_writable
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training.best_point import best_of
from resattn_tutorial.training.progress import say
from resattn_tutorial.training.recorded_form import faults_of_environment
from resattn_tutorial.training.trainer import Trainer

# Seconds; a clock may stand still for as long, and a speed is still a number then.
TICK = 1e-3


def completed(trainer: Trainer, path: Path) -> Run:
    """The run of a finished training, read from its file.

    Runs of one name, of other steps for one, have run files of one name: only what
    the checkpoint holds tells whether this one lies in its own folder.

    Raises:
        ValueError: the file is another run's than the checkpoint.
    """
    run, errors = read_run(path), trainer.errors
    theirs = {
        "configuration": run.configuration, "test_error": run.results.test_error,
        "curve": [list(point) for point in run.results.curve],
    }
    ours = {
        "configuration": trainer.began["configuration"],
        "test_error": round(errors.top1, 6),
        "curve": [list(point) for point in rounded_curve(trainer.curve)],
    }
    whose = "the run file", "the checkpoint"
    if faults := differences(theirs, ours, whose):
        raise ValueError(
            f"{path} is not what {trainer.path} came to: {'; '.join(faults)}. Move the "
            "run file away, and the same command writes it from the checkpoint."
        )
    say(f"This run is complete: {path}")
    return run


def require_recordable(trainer: Trainer, data: Data, world_size: int) -> None:
    """Make sure, before the first step, that the run file can be written at the end.

    Raises:
        ValueError: something that the file says could not stand in it.
    """
    sample = Results(
        0.0, 0.0, 1.0, (Point(1, 1, 1.0, 0.0, 0.0),), top5_error=0.0, test_loss=0.0
    )
    faults = faults_of_environment(trainer.began["environment"])
    try:
        if not faults:
            require_writable(as_run(trainer, data, world_size, sample))
    except (TypeError, ValueError) as error:
        faults = [str(error)]
    if faults:
        whose = f" of {trainer.path}" if trainer.path.exists() else ""
        raise ValueError(
            f"the run file{whose} could not be written at the end: {'; '.join(faults)}"
        )


def record(trainer: Trainer, data: Data, world_size: int) -> Run:
    """A finished training as a run, ready to be written."""
    last, errors = trainer.curve[-1], trainer.errors
    speed = last.images / max(last.seconds, TICK)
    scores: dict[str, Any] = {}
    if trainer.watched:
        scores["labels"] = trainer.watched
    # Of the curve as it was: rounded, two losses may be equal that were not.
    if best := best_of(trainer.curve):
        [told] = rounded_curve([best])
        scores["best point"] = {
            "step": told.step, "validation_error": told.validation_error,
            "validation_loss": told.validation_loss,
        }
    return as_run(trainer, data, world_size, Results(
        test_error=round(errors.top1, 6), top5_error=round(errors.top5, 6),
        test_loss=round(errors.loss, 4),
        minutes=round((last.seconds + trainer.testing) / 60, 2),
        images_per_second=float(f"{speed:.4g}"),
        curve=rounded_curve(trainer.curve),
        scores=scores,
    ))


def as_run(
    trainer: Trainer, data: Data, world_size: int, results: Results
) -> Run:
    """A training with results as a run.

    Its configuration and environment are those that it began with; what was changed
    on the way stands in its ``changes``.
    """
    began, today = trainer.began, observed(trainer.stepper.device)["date"]
    config = TrainingConfig.from_dict(began["configuration"])
    return Run(
        name=config.name, command=config.command(world_size),
        configuration=began["configuration"], data=data,
        environment=Environment(**{**began["environment"], "date": today}),
        results=results,
        changes=tuple(trainer.changes),
    )
