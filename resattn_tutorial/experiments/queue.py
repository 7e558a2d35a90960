"""What runs the missing trainings of an experiment, alone or beside others.

Each training works in a folder of its own, which one process at a time may hold; what
came of it is a run file beside these folders. So processes share the work by asking,
for each training, whether its run file is there and whether its folder is free. One
that was killed leaves a checkpoint, from which the next one goes on.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from resattn_tutorial.experiments.declaration import Experiment
from resattn_tutorial.experiments.ending import completed_run
from resattn_tutorial.experiments.grid import (
    Planned,
    grid,
    key,
    key_of_run,
    possible_keys,
    run_name,
    search_of,
    sharded,
)
from resattn_tutorial.experiments.probe import is_stale
from resattn_tutorial.files import write_whole
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import RUN_FILES, RUNS, read_run, write_run
from resattn_tutorial.training.run_folder import RunFolderError, held
from resattn_tutorial.training.runner import run_training

WORK, DIVERGED = "work", ".diverged.txt"
# Seconds between two looks at what others hold.
PATIENCE = 2.0


class Ledger(NamedTuple):
    """The recorded runs of experiments, by their keys.

    Attributes:
        fresh: those that today's code would train alike.
        stale: those that it would not; they count for nothing.
        diverged: trainings whose loss was no longer a number, with what was said.
    """

    fresh: Mapping[str, Run]
    stale: Mapping[str, Run]
    diverged: Mapping[str, str]

    @property
    def errors(self) -> dict[str, float]:
        """The test error of every training that has ended; 1 where it diverged."""
        errors = {key: run.results.test_error for key, run in self.fresh.items()}
        return dict.fromkeys(self.diverged, 1.0) | errors

    def ended(self, planned: Planned) -> bool:
        """Whether there is nothing left to do for a training."""
        return planned.config is not None and key(planned.config) in self.errors


def read_ledger(
    folders: Iterable[Path] = (RUNS,), of: Iterable[Experiment] | None = None
) -> Ledger:
    """All runs of experiments in some folders; a later folder's count first.

    Runs that bear no probe were not made by an experiment, and are left out.

    Args:
        folders: where run files lie.
        of: the experiments whose runs are asked for, all if ``None``. Each kind of
            training takes about a quarter of a second to probe, so ask for what is
            needed.

    Raises:
        ValueError: a file is no whole run.
    """
    wanted = None if of is None else set().union(*map(possible_keys, of))
    fresh, stale, diverged = {}, {}, {}
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in sorted(folder.glob(RUN_FILES)):
            run = _read(path, path.stat().st_mtime_ns)
            found = key_of_run(run)
            if found is None or "probe" not in run.results.scores:
                continue
            if wanted is not None and found not in wanted:
                continue
            old = is_stale(run.training, run.results.scores["probe"])
            (stale if old else fresh)[found] = run
        for path in sorted(folder.glob(f"*{DIVERGED}")):
            found, _, told = path.read_text(encoding="utf-8").partition("\n")
            diverged[found] = told.strip()
    return Ledger(fresh, stale, diverged)


@lru_cache(maxsize=10_000)
def _read(path: Path, written: int) -> Run:
    """A run file as it was at a time; a worker looks at hundreds, again and again."""
    return read_run(path)


def missing(
    experiment: Experiment,
    ledger: Ledger,
    shard: tuple[int, int] = (1, 1),
    only: Sequence[str] = (),
) -> list[Planned]:
    """The runs of an experiment that are not recorded, or only by older code.

    Args:
        experiment: whose runs.
        ledger: what is recorded.
        shard: which part of them: ``(number, of)``.
        only: labels of the arms to look at; all of them if empty.
    """
    runs = sharded(grid(experiment, ledger.errors), shard)
    return [
        run for run in runs
        if not ledger.ended(run) and (not only or run.arm in only)
    ]


def run_missing(
    experiments: Sequence[Experiment],
    folder: Path,
    shard: tuple[int, int] = (1, 1),
    only: Sequence[str] = (),
    data: str | None = None,
    say: Callable[[str], None] = print,
) -> bool:
    """Run what is missing of some experiments, as long as there is something to do.

    Where others hold what is left, it waits until they have ended: what they leave
    unfinished, it goes on with.

    Args:
        experiments: in this order.
        folder: where run files go; checkpoints lie in its folder ``work`` meanwhile.
        shard: which part of the runs is ours.
        only: labels of the arms to run.
        data: where the images of experiments on a folder lie here.
        say: where to tell what is going on.

    Returns:
        whether all is recorded; ``False`` if a training was stopped, or if what is
        left waits for another shard's search.
    """
    began, done, told = time.monotonic(), 0, ""
    while True:
        ledger = read_ledger((RUNS, folder))
        left = [
            run for one in experiments for run in missing(one, ledger, shard, only)
        ]
        ready = [run for run in left if run.config is not None]
        if not ready:
            if left:
                say(f"{len(left)} runs wait for other shards' search of a rate.")
            return not left
        taken = None
        for planned in ready:
            taken = run_one(planned, folder, data)
            if taken is not None:
                break
        if taken is None:                            # others hold all that is left
            now = f"Others are at work on the last {len(ready)} runs."
            if now != told:
                say(now)
            told = now
            time.sleep(PATIENCE)
            continue
        if not taken:
            return False
        done += 1
        minutes = (time.monotonic() - began) / 60
        rest = sum(not run.searching for run in left) - (not planned.searching)
        say(
            f"{planned.label}: recorded. {rest} runs are left, about "
            f"{minutes / done * rest:.0f} minutes for us alone."
        )


def run_one(planned: Planned, folder: Path, data: str | None) -> bool | None:
    """Run one training to its end and record it, unless another process does so.

    Returns:
        whether it is recorded; ``False`` if it was stopped; ``None`` if another process
        is at work on it.
    """
    config = planned.config
    if data is not None and config.data_name is not None:
        config = replace(config, data=data)
    stem = f"{run_name(config)}-seed{config.seed}"
    work = folder / WORK / stem
    try:
        with held(work, patience=0):
            if read_ledger((folder,)).ended(planned):
                return True
            print(f"{planned.label} …", flush=True)
            try:
                run = run_training(config, work)
            except FloatingPointError as error:
                # Small enough to be kept whole: the search of a rate must know it.
                write_whole(folder / f"{stem}{DIVERGED}", f"{key(config)}\n{error}\n")
                return True
            if run is None:
                return False
            write_run(completed_run(run, config, work), folder)
    except RunFolderError:
        return None
    shutil.rmtree(work, ignore_errors=True)
    return True


def searched(experiment: Experiment, ledger: Ledger) -> dict[str, dict[float, float]]:
    """The validation error of each learning rate that was tried, by arm."""
    found = {}
    for arm in experiment.arms:
        tried = {
            run.config.recipe.learning_rate: ledger.errors.get(key(run.config))
            for run in search_of(experiment, arm)
        }
        found[arm] = {rate: error for rate, error in tried.items() if error is not None}
    return found
