"""A whole training by names: network, data, recipe, seed (chapter 10).

The command line and a notebook's cell both call :func:`train_named`. Given the same
experiment and folder once more, a run that was cut off goes on.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.data.label_noise import spoil_labels
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.photo_loader import PhotoBatches, photo_inputs
from resattn_tutorial.data.transforms import as_inputs
from resattn_tutorial.ledger import store
from resattn_tutorial.metrics.classification import Errors, evaluate
from resattn_tutorial.models.registry import build_network, find_network
from resattn_tutorial.runtime import environment
from resattn_tutorial.runtime.distributed import (
    WHOLE,
    Share,
    joined_processes,
    our_share,
)
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.plans import Experiment, require_one_kind
from resattn_tutorial.training.trainer import Trainer


class Setting(NamedTuple):
    """An experiment's parts, where it runs; ``errors()`` tests the network."""

    network: nn.Module
    batches: ByteBatches | PhotoBatches
    errors: Callable[[], Errors]
    configuration: dict[str, Any]
    data: dict[str, Any]


def errors_on(
    network: nn.Module,
    test: ImageSet | PhotoSet,
    mean: Tensor | None = None,
    size: int = 32,
    precision: str = "float32",
    share: Share = WHOLE,
) -> Errors:
    """What a network gets wrong on a test set.

    Args:
        network: where it is.
        test: small images or photographs.
        mean: the mean colour of the training images; ``ValueError`` if small ones
            come without it.
        size: what photographs are brought to, in pixels.
        precision: what to compute in.
        share: this process's part.
    """
    if isinstance(test, ImageSet) and mean is None:
        raise ValueError("mean must be given for small images, got None.")
    device = next(network.parameters()).device

    def batch(numbers: Tensor) -> Tensor:
        if isinstance(test, PhotoSet):
            return photo_inputs(test, numbers, size).to(device)
        return as_inputs(test.images[numbers].to(device), mean.to(device))

    return evaluate(network, batch, test.labels, precision=precision, share=share)


def set_up(
    experiment: Experiment, device: torch.device, precision: str, share: Share = WHOLE
) -> Setting:
    """Open an experiment's data and build its network; raises as :func:`train_named`.

    Args:
        experiment: what to train.
        device: where.
        precision: what to test in.
        share: this process's part of every batch.
    """
    _, data, recipe, seed, clean, name = experiment
    find_network(experiment.network)                 # before anything is fetched
    images, test = (open_set(data, split, name) for split in ("train", "test"))
    require_one_kind(images, test, recipe)
    labels = spoil_labels(images.labels, clean, len(images.classes), seed)
    spoiled = int((labels != images.labels).sum())
    images = images._replace(labels=labels)
    network = build_network(experiment.network, len(images.classes), seed).to(device)
    mean = None
    if isinstance(images, PhotoSet):
        batches = PhotoBatches(
            images, recipe.batch_size, seed, device, recipe.size, share
        )
    else:
        batches = ByteBatches(images, recipe.batch_size, seed, device, share)
        mean = batches.mean
    told = {
        "name": images.name, "form": images.form,
        "training images": len(images.labels), "test images": len(test.labels),
    }
    return Setting(
        network, batches,
        partial(errors_on, network, test, mean, recipe.size, precision, share),
        {
            "network": experiment.network, "seed": seed, "data": told,
            "clean": clean, "spoiled labels": spoiled,
            "recipe": {**asdict(recipe), "drops": list(recipe.drops)},
            "mean colour": [] if mean is None else mean.tolist(),
        },
        told,
    )


def train_named(
    experiment: Experiment,
    folder: Path | str,
    *,
    precision: str = "auto",
    **how: Any,
) -> dict[str, Any] | None:
    """Train, or go on training; write the run file into the folder and return the run.

    Args:
        experiment: what to train.
        folder: where checkpoint and run file go; one for each run.
        precision: one of ``PRECISIONS``, or ``"auto"``.
        how: ``points``, ``save_every``, ``shares``, ``channels_last`` and ``prepare``,
            as in :class:`~resattn_tutorial.training.trainer.Trainer`.

    Returns:
        the run, as :mod:`~resattn_tutorial.ledger.store` knows it; ``None`` if it was
        stopped before its end.

    Raises:
        ValueError: a name is unknown, or the folder holds another run.
        OSError: CIFAR cannot be fetched, or a file cannot be written.
        FloatingPointError: the loss is no longer a number.
    """
    with joined_processes() as device:
        precision = choose_precision(device, precision)
        setting = set_up(experiment, device, precision, our_share())
        trainer = Trainer(
            setting.network, setting.batches, lambda: setting.errors().top1,
            experiment.recipe, folder, setting.configuration, precision=precision, **how
        )
        trainer.run()
        if not trainer.finished:
            return None
        run = record(experiment, setting, trainer)
        if trainer.first:
            store.write_run(run, Path(folder))
        return run


def record(
    experiment: Experiment, setting: Setting, trainer: Trainer
) -> dict[str, Any]:
    """A finished training as a run, ready to be written."""
    errors, last = setting.errors(), trainer.curve[-1]
    ran = trainer.stepper.surroundings()
    told = {**setting.configuration, **ran}
    told.pop("data")                                 # has a field of its own
    return {
        "name": experiment.name,
        "command": experiment.command_as_run(ran),
        "commit": environment.commit(),
        "configuration": told,
        "curve": [_rounded(point._asdict()) for point in trainer.curve],
        "data": setting.data,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "hardware": environment.hardware(),
        "images per second": float(f"{last.images / last.seconds:.4g}"),
        "minutes": round((last.seconds + trainer.testing) / 60, 2),
        "results": {
            "test error": round(errors.top1, 6), "test loss": round(errors.loss, 4),
            "top-5 error": round(errors.top5, 6),
        },
        "seed": experiment.seed,
        "versions": environment.versions(),
    }


def _rounded(point: dict[str, float]) -> dict[str, float]:
    """Digits that mean something, so that run files stay small."""
    return {
        **point, "seconds": round(point["seconds"], 1), "loss": round(point["loss"], 4),
        "accuracy": round(point["accuracy"], 6),
    }
