"""What to train, by names, and the network that a name means (chapter 10)."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from resattn_tutorial.data.datasets import ImageSet, PhotoSet
from resattn_tutorial.recipes import Recipe

# What a stepper tells of its surroundings, and the option that made it so.
FLAGS = {
    "compiled": "--compile", "deterministic": "--deterministic",
    "synchronised batch norm": "--sync-batch-norm",
}


class Experiment(NamedTuple):
    """What is trained, on what and how; two equal ones are the same run.

    Attributes:
        network: a name of :mod:`~resattn_tutorial.models.zoo`, or of chapter 3's
            networks, ``"first_attention"`` and ``"first_residual"``.
        data: as in :func:`~resattn_tutorial.data.datasets.open_set`.
        recipe: how to train.
        seed: of the weights, the batches and the spoiled labels.
        clean: the ratio of training labels that stay as they are.
        data_name: what to call a folder's data.
    """

    network: str
    data: str
    recipe: Recipe
    seed: int = 0
    clean: float = 1.0
    data_name: str | None = None

    @property
    def name(self) -> str:
        """What its run file is called, without the seed."""
        words = [self.network, self.data_name or Path(self.data).name]
        if self.clean != 1:
            words += [f"clean{round(100 * self.clean)}"]
        told = "-".join([*words, self.recipe.name]).lower()
        return re.sub(r"[^a-z0-9]+", "-", told).strip("-")

    @property
    def command(self) -> str:
        """What repeats it in a terminal."""
        words = ["resattn", "train", self.network, "--data", self.data]
        if self.data_name:
            words += ["--data-name", self.data_name]
        words += ["--recipe", self.recipe.name, "--steps", self.recipe.steps]
        words += ["--batch-size", self.recipe.batch_size]
        words += ["--learning-rate", self.recipe.learning_rate]
        if self.clean != 1:
            words += ["--clean", self.clean]
        return shlex.join(map(str, [*words, "--seed", self.seed]))

    def command_as_run(self, ran: dict[str, Any]) -> str:
        """What repeats it as it ran; parts of a batch come one after another then.

        Args:
            ran: what :class:`~resattn_tutorial.training.step.Stepper` tells of its
                surroundings.
        """
        words = [self.command]
        if (ran["device"], ran["precision"]) != ("cpu", "float32"):
            words.append(f"--precision {ran['precision']}")
        if ran["parts of a batch"] > 1:
            words.append(f"--shares {ran['parts of a batch']}")
        return " ".join([*words, *(FLAGS[name] for name in FLAGS if ran[name])])


def require_one_kind(
    images: ImageSet | PhotoSet, test: ImageSet | PhotoSet, recipe: Recipe
) -> None:
    """Refuse training images, test images and a recipe that do not go together.

    Raises:
        ValueError: one is for photographs, and another for small images.
    """
    if type(images) is not type(test):
        raise ValueError(
            "training and test data must be small images of one size, or both be "
            f"photographs, got {type(images).__name__} and {type(test).__name__}."
        )
    photographs = isinstance(images, PhotoSet)
    kind, crop = ("photographs", "area") if photographs else ("small images", "pad")
    if recipe.crop != crop:
        raise ValueError(
            f"recipe must be one for {kind} (crop {crop!r}), "
            f"got {recipe.name} (crop {recipe.crop!r})."
        )
