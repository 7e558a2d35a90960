"""From a small folder to a network, four ways, on photographs of a wardrobe
(chapter 17).

Is it worth to begin with trained weights? The packaged ones, fine-tuned, are compared
with the same network and with torchvision's ResNet-18 from nothing, by the same recipe.
And how honest is the error on validation images? The packaged weights are fine-tuned
once more, with photographs held out one by one instead of piece by piece.

``python -m resattn_tutorial.experiments.own_images`` trains all of them and writes its
run file.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.data.splitting import SHARE, validation_split
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.data.wardrobe import KINDS, SIDE, series_of, wardrobe_shots
from resattn_tutorial.experiments.command import DIGITS, Experiment, record
from resattn_tutorial.experiments.ending import packed, unpacked
from resattn_tutorial.ledger.run import Data, Environment, Point, Results, Run
from resattn_tutorial.metrics.classification import guessed
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training.finetuning import (
    Epoch,
    Tuned,
    clean_batches,
    fine_tune,
)
from resattn_tutorial.training.trained_network import load_packaged
from resattn_tutorial.training.tuning import Tuning

PIECES, SHOTS, TEST_PIECES = 25, 4, 100
CLASSES = tuple(KINDS)
PACKAGED, BY_IMAGE = "packaged weights", "packaged weights, split by photograph"
SCRATCH, RESNET = "Attention-56 from nothing", "ResNet-18 from nothing"


class Arm(NamedTuple):
    """One way to get a network.

    Attributes:
        rate: the first learning rate, the best of those that were searched.
        head_factor: by how much more the head's is.
        by_series: whether a piece's photographs are held out together.
    """

    rate: float
    head_factor: float = 1.0
    by_series: bool = True


ARMS = {
    PACKAGED: Arm(0.03, head_factor=10.0),
    BY_IMAGE: Arm(0.03, head_factor=10.0, by_series=False),
    SCRATCH: Arm(0.1),
    RESNET: Arm(0.01),
}


@dataclass(frozen=True)
class OwnImages(Experiment):
    """Every arm on one wardrobe.

    Attributes:
        seed: of the wardrobe, the split, the weights and the batches.
        threads: of the processor; 0 leaves the choice to torch.
        epochs: through the training images.
    """

    epochs: int = 24

    module = "resattn_tutorial.experiments.own_images"
    name = "chapter17-own-images"


def wardrobe(split: str, seed: int) -> HeldImages:
    """A wardrobe's photographs of a split, ``(N, 3, 64, 64)``."""
    counts = (PIECES, SHOTS) if split == "train" else (TEST_PIECES, 1)
    shots = list(wardrobe_shots(split, *counts, seed))
    return HeldImages(
        torch.from_numpy(np.stack([shot.pixels for shot in shots])).permute(0, 3, 1, 2),
        torch.tensor([CLASSES.index(shot.kind) for shot in shots]),
        tuple(Path(shot.kind) / shot.file for shot in shots),
    )


def parted(
    images: HeldImages, seed: int, by_series: bool
) -> tuple[HeldImages, HeldImages]:
    """What to learn from, and what to validate on."""
    names: dict[str, list[str]] = {kind: [] for kind in CLASSES}
    for file in images.files:
        names[file.parent.name].append(file.name)
    split = validation_split(names, SHARE, seed, series_of if by_series else None)
    held = {name for files in split.validation.values() for name in files}
    marks = [file.name in held for file in images.files]
    return (
        images.only([n for n, mark in enumerate(marks) if not mark]),
        images.only([n for n, mark in enumerate(marks) if mark]),
    )


def learned_from(arm: Arm) -> int:
    """How many photographs an arm learns from in an epoch, of all that there are."""
    pieces, each = (PIECES, SHOTS) if arm.by_series else (PIECES * SHOTS, 1)
    names = {kind: [f"{n}" for n in range(pieces)] for kind in CLASSES}
    return each * sum(map(len, validation_split(names, SHARE).training.values()))


def fresh(name: str, seed: int) -> tuple[nn.Module, SmallImageInputs]:
    """An arm's network before it learns, and what turns photographs into its inputs.

    ResNet-18 halves an image five times and is shown all 64 pixels; Attention-56 is
    shown 32, those of the scenes that the packaged weights learned from.
    """
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        if name == RESNET:
            # Here, since it takes seconds to import.
            from torchvision.models import resnet18

            body = resnet18(weights=None)
            body.fc = nn.Identity()
            parts = OrderedDict(body=body, head=nn.Linear(512, len(CLASSES)))
            return nn.Sequential(parts), SmallImageInputs(mean=(0.5,) * 3, size=SIDE)
        network, _, transform, *_ = load_packaged()
        if name == SCRATCH:
            network = build_network("cifar_attention56", len(CLASSES), seed)
        else:
            network.reset_classifier(len(CLASSES))
        return network, transform


def shown_as(images: HeldImages, transform: SmallImageInputs) -> HeldImages:
    """Images brought to the size that a network is shown."""
    seen = [transform.seen(image, transform.size) for image in images.images]
    return images._replace(images=torch.stack(seen))


def lower_error(new: Epoch, best: Epoch) -> bool:
    """Whether an epoch is kept: the earliest of equal ones, as the recorded runs did.

    ``finetune_folder`` now asks the loss as well; the runs stay what they are.
    """
    return new.error < best.error


def train_arm(
    name: str, arm: Arm, seed: int, epochs: int, device: torch.device
) -> tuple[nn.Module, SmallImageInputs, Tuned]:
    """Fine-tune, or train from nothing; the network with its best epoch's weights."""
    network, transform = fresh(name, seed)
    images = shown_as(wardrobe("train", seed), transform)
    training, validation = parted(images, seed, arm.by_series)
    network.to(device, memory_format=torch.channels_last)
    tuning = Tuning(
        epochs=epochs, patience=epochs, learning_rate=arm.rate,
        head_factor=arm.head_factor, seed=seed,
    )
    return network, transform, fine_tune(
        network, training, validation, transform, tuning, lambda line: None,
        lower_error,
    )


def run_own_images(config: OwnImages) -> Run:
    """Train and test every arm; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    scores: dict[str, Any] = {}
    answers, curves, seen = [], [], 0
    for name, arm in ARMS.items():
        start = time.monotonic()
        network, transform, tuned = train_arm(
            name, arm, config.seed, config.epochs, device
        )
        minutes = (time.monotonic() - start) / 60
        test = shown_as(wardrobe("test", config.seed), transform)
        right = guessed(network, clean_batches(test, transform, device)) == test.labels
        best = tuned.curve[tuned.best_epoch - 1]
        scores[name] = {
            "error": round(1 - right.double().mean().item(), DIGITS),
            "validation_error": round(best.error, DIGITS),
            "best_epoch": tuned.best_epoch, "minutes": round(minutes, 2),
            "parameters": sum(p.numel() for p in network.parameters()),
        }
        print(f"{name}: {scores[name]}", flush=True)
        answers.append(right)
        curves.append(tuned.curve)
        seen += learned_from(arm) * len(tuned.curve)
    seconds, first = time.monotonic() - began, curves[0][-1]
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data(
            "wardrobe", f"{SIDE} x {SIDE}, made of the built-in items",
            len(CLASSES) * PIECES * SHOTS, len(test.labels), classes=CLASSES,
        ),
        environment=Environment(**observed(device)),
        results=Results(
            test_error=scores[PACKAGED]["error"], minutes=round(seconds / 60, 2),
            images_per_second=float(f"{seen / seconds:.3g}"),
            curve=(Point(
                config.epochs, seen, round(seconds, 1), round(first.loss, 4),
                scores[PACKAGED]["error"],
            ),),
            scores=scores, right_answers=packed(torch.stack(answers).numpy()),
        ),
    )


def right_answers(run: Run) -> dict[str, np.ndarray]:
    """Right answers of a run by arm: bool, ``(test images,)``.

    Raises:
        ValueError: it is no run of this experiment.
    """
    if run.name != OwnImages.name or run.results.right_answers is None:
        raise ValueError(f"run must be one of {OwnImages.name}, got {run.stem}.")
    every = unpacked(run.results.right_answers, len(ARMS) * run.data.test_images)
    return dict(zip(ARMS, every.reshape(len(ARMS), -1), strict=True))


if __name__ == "__main__":
    record(OwnImages, run_own_images, __doc__)
