"""A whole training from its configuration (chapter 10).

The command line, a notebook's cell and an experiment all call :func:`run_training`.
Given the same configuration and folder once more, a run that was cut off goes on.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from os import PathLike
from pathlib import Path

import torch

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import write_run
from resattn_tutorial.runtime.device import choose_threads, make_deterministic
from resattn_tutorial.runtime.distributed import (
    joined_processes,
    sum_over_processes,
    this_process,
)
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.copies import Copies, CopyingTrainer
from resattn_tutorial.training.recording import completed, record, require_recordable
from resattn_tutorial.training.run_folder import held, require_name
from resattn_tutorial.training.setting import Setting, set_up
from resattn_tutorial.training.step import require_synchronisable
from resattn_tutorial.training.trainer import Trainer
from resattn_tutorial.validation import require_path


def run_training(
    config: TrainingConfig,
    folder: str | PathLike[str],
    copy_to: str | PathLike[str] | None = None,
) -> Run | None:
    """Train, or go on training; write the run file into the folder and return the run.

    A run that is complete is not touched.

    Args:
        config: what to train, and how.
        folder: where checkpoint and run file go; one for each run.
        copy_to: where both are copied, on a Drive for one; again one for each run. If
            ``folder`` is empty, the run goes on from the newest whole copy.

    Returns:
        the run; ``None`` if it was stopped before its end.

    Raises:
        ValueError: the data does not fit the recipe, a folder holds another run, or
            what the run file would say could not be written.
        OSError: CIFAR cannot be fetched, or a file cannot be written.
        FloatingPointError: the loss is no longer a number.
    """
    folder = require_path("folder", folder)
    copies = None if copy_to is None else Copies(copy_to, folder)
    require_synchronisable(config)
    choose_threads(config.threads)
    if config.deterministic:
        make_deterministic()
    with joined_processes() as device:
        process = this_process()
        config = replace(
            config, precision=choose_precision(device, config.precision),
            threads=torch.get_num_threads(),
        )
        setting = set_up(config, device, process)
        trainer = make_trainer(setting, config, folder, copies, device)
        began = TrainingConfig.from_dict(trainer.began["configuration"])
        path = folder / f"{began.name}-seed{began.seed}.json"
        if trainer.finished and path.exists():
            run = completed(trainer, path)
            if copies and trainer.first:
                copies.complete(trainer.path, path)
            return run
        with held(folder) if trainer.first else nullcontext():
            if trainer.first:
                require_name(folder, path.name)
            require_recordable(trainer, setting.data, process.world_size)
            trainer.run()
            if not trainer.finished:
                return None
            run = record(trainer, setting.data, process.world_size)
            if trainer.first:
                write_run(run, folder)
                if copies:
                    copies.complete(trainer.path, path)
            return run


def make_trainer(
    setting: Setting,
    config: TrainingConfig,
    folder: Path,
    copies: Copies | None,
    device: torch.device,
) -> Trainer:
    """What trains by a setting; an empty folder takes up a copy, if there is one."""
    data, process = setting.data.as_dict(), this_process()
    given = (
        setting.network, setting.batches, setting.errors, config, folder, data,
        observed(device, process.world_size), setting.watch, setting.validate,
    )
    if copies is None:
        return Trainer(*given)
    ours = {**config.identity, "data": data}
    copies.take_up(folder, ours, writes=process.rank == 0)
    sum_over_processes([0], device)                  # the others wait until it is there
    return CopyingTrainer(copies, *given)
