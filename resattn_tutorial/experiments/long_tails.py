"""Networks that learn from a long tail: few scenes of some classes (chapter 15).

Three arms at each ratio: with masks; without masks at equal cost; and the latter with
class weights in its loss, the usual remedy. Each seed draws anew which classes are
rare. All are tested on as many scenes of each class.

``python -m resattn_tutorial.experiments.long_tails`` trains all of them and writes its
run file.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, open_set
from resattn_tutorial.data.long_tail import class_weights, long_tail
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.command import DIGITS, Experiment, record
from resattn_tutorial.experiments.ending import packed, unpacked
from resattn_tutorial.ledger.run import Data, Environment, Point, Results, Run
from resattn_tutorial.metrics.by_class import recall_by_class
from resattn_tutorial.metrics.classification import guessed
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training.frozen import to_training_mode
from resattn_tutorial.training.optimizer import make_optimizer, set_rate

RATIOS = (10, 50, 100)
MASKS, PLAIN = "masks", "no masks, equal cost"
WEIGHTED = "no masks, class weights"
# Chapter 12's arms of one module.
ARMS = {
    MASKS: "1 module, residual", PLAIN: "1 module, trunk", WEIGHTED: "1 module, trunk"
}
# One for all. At 0.45, the best one for the trunk where classes are alike, both arms
# without masks learned little from a ratio of 50.
RATE = 0.15


@dataclass(frozen=True)
class LongTails(Experiment):
    """Every arm at every ratio.

    Attributes:
        seed: of the weights, the batches, and which classes are rare.
        threads: of the processor; 0 leaves the choice to torch.
        steps: batches to learn from.
    """

    steps: int = 600

    module = "resattn_tutorial.experiments.long_tails"
    name = "chapter15-long-tails"


def config_of(arm: str, seed: int, steps: int) -> TrainingConfig:
    """What an arm trains, apart from its images and its weights."""
    usual = EXPERIMENTS["masks-mini"].configs[ARMS[arm]]
    recipe = replace(usual.recipe, steps=steps, learning_rate=RATE)
    return replace(usual, seed=seed, recipe=recipe)


def thinned(images: ImageSet, ratio: int, seed: int) -> ImageSet:
    """What is left of a training set at a ratio; it has no fingerprint."""
    kept = long_tail(images.labels, ratio, seed)
    return images._replace(
        images=images.images[kept], labels=images.labels[kept], fingerprint=None
    )


def trained(
    config: TrainingConfig, images: ImageSet, weighted: bool, device: torch.device
) -> tuple[nn.Module, Callable, float]:
    """Learn from images as the recipe says, with class weights or without.

    Returns:
        the network; what it learned to see; and the mean loss of the last fifty steps.

    Raises:
        FloatingPointError: the loss is no longer a number.
    """
    network = build_network(
        config.network, len(images.classes), config.seed, config.attention
    )
    network.to(device, memory_format=getattr(torch, config.memory_format))
    to_training_mode(network)
    batches = images.loader(config.recipe, config.seed, device)
    weights = class_weights(images.labels).to(device) if weighted else None
    losses = list(_losses(network, config.recipe, batches.starting_at(0), weights))
    return network, batches.transform, torch.stack(losses[-50:]).mean().item()


def _losses(
    network: nn.Module, recipe: Recipe, feed: Iterator, weights: Tensor | None
) -> Iterator[Tensor]:
    """Learn step by step; each step's loss."""
    optimizer = make_optimizer(network, recipe)
    for step in range(recipe.steps):
        inputs, labels = next(feed)
        set_rate(optimizer, recipe.rate(step))
        optimizer.zero_grad()
        loss = F.cross_entropy(network(inputs), labels, weight=weights)
        if not loss.isfinite():
            raise FloatingPointError(f"the loss is {loss.item()} at step {step + 1}.")
        loss.backward()
        optimizer.step()
        yield loss.detach()


def tail_scores(images: ImageSet, guesses: Tensor, test: ImageSet) -> dict[str, Any]:
    """The error, and each class's training images and recall, most frequent first."""
    counts = images.labels.bincount(minlength=len(images.classes))
    order = counts.argsort(descending=True, stable=True).tolist()
    recalls = recall_by_class(guesses, test.labels, len(test.classes))
    return {
        "error": round((guesses != test.labels).double().mean().item(), 6),
        "classes": {
            f"{place + 1}": {
                "class": label, "images": counts[label].item(),
                "recall": round(recalls[label].item(), DIGITS),
            }
            for place, label in enumerate(order)
        },
    }


def run_tails(config: LongTails) -> Run:
    """Train and test every arm at every ratio; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    full, test = (open_set("builtin-large", split) for split in ("train", "test"))
    scores: dict[str, Any] = {}
    answers, losses = [], []
    for ratio in RATIOS:
        images = thinned(full, ratio, config.seed)
        scores[f"ratio {ratio}"] = {}
        for arm in ARMS:
            training = config_of(arm, config.seed, config.steps)
            network, transform, loss = trained(
                training, images, arm == WEIGHTED, device
            )
            guesses = guessed(network, test.test_batches(transform, device))
            told = tail_scores(images, guesses, test)
            scores[f"ratio {ratio}"][arm] = told
            answers.append(guesses == test.labels)
            losses.append(loss)
            print(f"ratio {ratio}, {arm}: error {told['error']:.1%}", flush=True)
    seconds = time.monotonic() - began
    error = scores[f"ratio {RATIOS[0]}"][MASKS]["error"]
    # Of all trainings together, as the seconds are.
    seen = len(losses) * config.steps * training.recipe.batch_size
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data(full.name, full.form, len(full.labels), len(test.labels),
                  classes=full.classes),
        environment=Environment(**observed(device)),
        results=Results(
            test_error=error, minutes=round(seconds / 60, 2),
            images_per_second=float(f"{seen / seconds:.3g}"),
            curve=(Point(
                config.steps, seen, round(seconds, 1), round(losses[0], 4), error
            ),),
            scores=scores, right_answers=packed(torch.stack(answers).numpy()),
        ),
    )


def right_answers(run: Run) -> dict[int, dict[str, np.ndarray]]:
    """Right answers of a run by ratio and arm: bool, ``(test images,)``.

    Raises:
        ValueError: it is no run of this experiment.
    """
    if run.name != LongTails.name or run.results.right_answers is None:
        raise ValueError(f"run must be one of {LongTails.name}, got {run.stem}.")
    count = run.data.test_images
    every = unpacked(run.results.right_answers, len(RATIOS) * len(ARMS) * count)
    return {
        ratio: dict(zip(ARMS, rows, strict=True)) for ratio, rows in zip(
            RATIOS, every.reshape(len(RATIOS), len(ARMS), count), strict=True
        )
    }


if __name__ == "__main__":
    record(LongTails, run_tails, __doc__)
