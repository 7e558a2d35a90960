"""A training's parts, as its configuration says: data, network, batches (ch. 10)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.data.holding_out import hold_out, part_of
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.data.matching import image_size, require_pair
from resattn_tutorial.ledger.run import Data
from resattn_tutorial.metrics.classification import Errors, evaluate
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import RecipeName
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.distributed import ALONE, Process
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.label_watch import label_watch

# A short recipe for each way to cut images.
SHORT = {"pad": RecipeName.QUICK, "area": RecipeName.PHOTOS}


class Setting(NamedTuple):
    """A training's parts, where it runs; ``errors()`` tests the network, ``watch()``
    looks at what it makes of labels that were changed, ``validate()`` tests it on the
    images that were held out.
    """

    network: nn.Module
    batches: Any
    errors: Callable[[], Errors]
    data: Data
    watch: Callable[[], dict[str, float]] | None = None
    validate: Callable[[], Errors] | None = None


def set_up(
    config: TrainingConfig, device: torch.device, process: Process = ALONE
) -> Setting:
    """Open a training's data and build its network; raises as
    :func:`~resattn_tutorial.training.runner.run_training`.

    Args:
        config: what to train.
        device: where.
        process: which part of every batch is ours.
    """
    images, test = (
        open_set(config.data, split, config.data_name, config.skip_damaged)
        for split in ("train", "test")
    )
    require_pair(images, test)
    require_recipe_for(images, config.recipe)
    labels = add_label_noise(
        images.labels, config.label_noise, len(images.classes), config.seed
    )
    changed = labels != images.labels
    truth, images, aside = images, images._replace(labels=labels), None
    if share := config.recipe.validation:
        learned, out = hold_out(images, share, config.seed)
        if len(learned) < config.recipe.batch_size:
            raise ValueError(
                f"validation must leave a batch of {config.recipe.batch_size} images "
                f"to learn from, and leaves {len(learned)}, got {share:g}."
            )
        images, aside = part_of(images, learned), part_of(images, out)
        changed = changed[learned]
    noisy = int(changed.sum())
    network = build_network(
        config.network, len(images.classes), config.seed, config.attention
    ).to(device)
    batches = images.loader(config.recipe, config.seed, device, process)
    precision = choose_precision(device, config.precision)

    def errors_on(those: ImageSet | PhotoSet) -> Errors:
        tested = those.test_batches(batches.transform, device, process=process)
        return evaluate(network, tested, precision)

    watch = None
    # To read photographs once more would take as long as to learn from them. Where
    # images are held out, the test images are not looked at before the end.
    small = isinstance(truth, ImageSet) and isinstance(test, ImageSet)
    if noisy and small and aside is None:
        watch = label_watch(
            network, truth, labels, test, batches.transform, config.label_noise,
            device, precision,
        )
    validate = None if aside is None else partial(errors_on, aside)
    return Setting(network, batches, partial(errors_on, test), Data(
        images.name, images.form, len(images.labels), len(test.labels), noisy,
        batches.transform.mean_colour, images.classes, image_size(images),
        fingerprints_of(train=images, test=test),
        dict(Counter(images.skipped) + Counter(test.skipped)),
        0 if aside is None else len(aside.labels),
    ), watch, validate)


def fingerprints_of(**splits: ImageSet | PhotoSet) -> dict[str, str]:
    """The fingerprints of the splits that have one."""
    found = {name: images.fingerprint for name, images in splits.items()}
    return {name: mark for name, mark in found.items() if mark is not None}


def require_recipe_for(images: ImageSet | PhotoSet, recipe: Recipe) -> None:
    """Refuse a recipe for small images on photographs, and the other way round.

    Raises:
        ValueError: tells both.
    """
    if recipe.crop != images.crop:
        raise ValueError(
            f"recipe must be one for {images.kind} (crop {images.crop!r}), got "
            f"{recipe.name} (crop {recipe.crop!r}). A short one for these is "
            f"{SHORT[images.crop]} (--recipe {SHORT[images.crop]})."
        )
