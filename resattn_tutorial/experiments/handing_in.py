"""Whether a run that somebody hands in holds together (chapter 12).

Nobody can prove from a file that a training took place. But a file says many things
twice, and what is made up, cut or of another code seldom agrees with itself.
"""

from __future__ import annotations

import math
from dataclasses import replace

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import BUILTIN, SCENES, scenes_mark
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.ending import TURNED, unpacked
from resattn_tutorial.experiments.grid import grid, key, key_of_run, run_name
from resattn_tutorial.experiments.probe import is_stale
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.ledger.run import Run


def faults_of(run: Run, ledger: Ledger) -> list[str]:
    """What speaks against a run, one sentence each; none if it holds together.

    Args:
        run: as it was read from its file.
        ledger: the recorded runs; they say which learning rates were found best.
    """
    try:
        config = run.training
    except (TypeError, ValueError) as error:
        return [f"its configuration is no training's: {error}"]
    faults = []
    known = {
        key(one.config) for experiment in EXPERIMENTS.values()
        for one in grid(experiment, ledger.errors) if one.config is not None
    }
    # A seed of its own is welcome; all else must be declared.
    same = {key(one) for one in _other_seeds(config)}
    if key_of_run(run) not in known and not same & known:
        faults.append("no experiment declares such a run, whatever the seed")
    if run.name != run_name(config):
        faults.append(f"it is named {run.name}, its settings say {run_name(config)}")
    return faults + _of_numbers(run) + _of_origin(run)


def _other_seeds(config: TrainingConfig) -> list[TrainingConfig]:
    """The same training with the seeds that declared runs may have."""
    return [
        replace(config, seed=seed)
        for seed in range(max(one.seeds for one in EXPERIMENTS.values()))
    ]


def _of_numbers(run: Run) -> list[str]:
    """Where a run's results contradict each other."""
    faults, results = [], run.results
    last = results.curve[-1]
    recipe = run.configuration["recipe"]
    if last.step != recipe["steps"]:
        faults.append(f"its curve ends at step {last.step:,} of {recipe['steps']:,}")
    batch = recipe["batch_size"]
    if any(point.images != point.step * batch for point in results.curve):
        faults.append("a point of its curve has other images than steps times batch")
    # A run that holds images out is tested once, after its last point.
    if last.validation_error is None and not math.isclose(
        last.test_error, results.test_error, abs_tol=1e-6
    ):
        faults.append(
            f"its curve ends at {last.test_error:.4%}, its test error is "
            f"{results.test_error:.4%}"
        )
    if results.right_answers is None:
        return [*faults, "it kept no answers: resattn experiment run keeps them"]
    try:
        right = unpacked(results.right_answers, run.data.test_images)
    except ValueError as error:
        return [*faults, str(error)]
    if abs(1 - float(right.mean()) - results.test_error) > TURNED:
        faults.append(
            f"its answers are wrong on {1 - right.mean():.4%}, its test error is "
            f"{results.test_error:.4%}"
        )
    return faults


def _of_origin(run: Run) -> list[str]:
    """Where code, data or circumstances are not what they should be."""
    faults, commit = [], run.environment.commit
    if commit is None or commit.endswith("+"):
        faults.append(f"its commit is {commit}: run it from a clean clone")
    if run.changes:
        faults.append(f"it was changed on the way: {'; '.join(run.changes)}")
    if "probe" not in run.results.scores:
        faults.append("it holds no probe: resattn experiment run takes one")
    elif is_stale(run.training, run.results.scores["probe"]):
        faults.append("today's code takes other steps than the code that made it")
    data = run.configuration["data"]
    if data in BUILTIN:
        marks = {split: scenes_mark(data, split) for split in ("train", "test")}
        if dict(run.data.fingerprints) != marks:
            faults.append("its data has another fingerprint than the built-in scenes")
        if run.data.test_images != SCENES[BUILTIN[data][1]["test"]]:
            faults.append(f"it was tested on {run.data.test_images} images")
    return faults
