"""Networks tested on other images than they learned from, and how sure they are of
their answers (chapter 15).

Two networks of equal cost, one with masks, learn from the same clean scenes. Then both
answer the same test scenes as they are, spoilt in six ways at three strengths, and
drawn otherwise in five ways. A temperature for their confidences is chosen on half of
the clean test scenes and measured on the other half.

``python -m resattn_tutorial.experiments.shifted_tests`` trains both and writes its run
file.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.corruptions import CORRUPTIONS, STRENGTHS, corrupt
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.shifted_scenes import SHIFTS, load_shifted_scenes
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.command import DIGITS, Experiment, record
from resattn_tutorial.experiments.ending import packed, unpacked
from resattn_tutorial.ledger.run import Environment, Results, Run, rounded_curve
from resattn_tutorial.metrics.calibration import (
    best_temperature,
    expected_calibration_error,
    reliability,
)
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.runner import run_training
from resattn_tutorial.training.trained_network import load_run

MASKS, PLAIN = "masks", "no masks, equal cost"
# Chapter 12's arms of three modules, at the rates that were best for them there.
ARMS = {MASKS: "3 modules, residual", PLAIN: "3 modules, trunk"}
RATE = 0.45
CLEAN = "none"
BATCH = 250


@dataclass(frozen=True)
class ShiftedTests(Experiment):
    """Both networks, tested under every condition.

    Attributes:
        seed: of the weights and the batches.
        threads: of the processor; 0 leaves the choice to torch.
        steps: batches to learn from.
        tested_on: scenes under each condition, the first of the large test set.
    """

    steps: int = 1200
    tested_on: int = 2000

    module = "resattn_tutorial.experiments.shifted_tests"
    name = "chapter15-shifted-tests"


def spoilt_ways() -> list[str]:
    """Every corruption at every strength: ``"noise 1"`` and the like."""
    return [f"{name} {strength}" for name in CORRUPTIONS for strength in STRENGTHS]


def shifted_ways() -> list[str]:
    """Every way to draw scenes otherwise."""
    return [name for name in SHIFTS if name != CLEAN]


def conditions(count: int) -> Iterator[tuple[str, Tensor, Tensor]]:
    """The same test scenes under each condition: its name, images and labels.

    First as they are, under the name ``"none"``; then :func:`spoilt_ways`; then
    :func:`shifted_ways`.

    Args:
        count: scenes, the first of the large test set.
    """
    scenes = load_shifted_scenes("large test", count, CLEAN)
    yield CLEAN, scenes.images, scenes.labels
    for way in spoilt_ways():
        name, strength = way.split()
        yield way, corrupt(scenes.images, name, int(strength)), scenes.labels
    for way in shifted_ways():
        shifted = load_shifted_scenes("large test", count, way)
        yield way, shifted.images, shifted.labels


@torch.inference_mode()
def logits_of(
    network: nn.Module, images: Tensor, transform: SmallImageInputs
) -> Tensor:
    """A network's answers to images, in evaluation mode, ``(N, classes)``, on the CPU.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``.
        images: bytes, uint8, ``(N, 3, H, W)``.
        transform: what the network learned to see.
    """
    device = device_of(network)
    with in_evaluation_mode(network):
        return torch.cat([
            network(transform(part.to(device))).cpu() for part in images.split(BATCH)
        ])


def confidence_scores(logits: Tensor, labels: Tensor) -> dict[str, Any]:
    """A temperature from the first half of the images, and what it does to the others.

    Built-in scenes come class by class in turn, so that each half has all classes
    alike; every second scene would be of every second class.

    Args:
        logits: answers to test images, ``(N, classes)``.
        labels: the true classes, ``(N,)``.

    Returns:
        the temperature; expected calibration errors of the others before and after;
        and their reliability diagram before, without empty bins.
    """
    half = len(labels) // 2
    temperature = best_temperature(logits[:half], labels[:half])
    logits, labels = logits[half:], labels[half:]
    bins = zip(*map(torch.Tensor.tolist, reliability(logits, labels)), strict=True)
    return {
        "temperature": round(temperature, DIGITS),
        "before": round(expected_calibration_error(logits, labels), DIGITS),
        "after": round(
            expected_calibration_error(logits / temperature, labels), DIGITS
        ),
        "bins": {
            f"bin {number}": {
                "images": count, "confidence": round(confidence, DIGITS),
                "right": round(right, DIGITS),
            }
            for number, (count, confidence, right) in enumerate(bins, start=1) if count
        },
    }


def condition_scores(
    network: nn.Module, transform: SmallImageInputs, count: int, temperature: float
) -> tuple[dict[str, Any], Tensor]:
    """Error and calibration error under each condition, and which answers are right.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``.
        transform: what it learned to see.
        count: scenes under each condition.
        temperature: by which confidences are lowered, chosen on clean scenes.

    Returns:
        the two errors by condition; and right answers, bool, ``(conditions, count)``.
    """
    told, answers = {}, []
    for name, images, labels in conditions(count):
        logits = logits_of(network, images, transform)
        right = logits.argmax(dim=1) == labels
        apart = expected_calibration_error(logits / temperature, labels)
        told[name] = {
            "error": round(1 - right.double().mean().item(), 6),
            "calibration error": round(apart, DIGITS),
        }
        answers.append(right)
    return told, torch.stack(answers)


def config_of(arm: str, seed: int, steps: int) -> TrainingConfig:
    """What one arm trains: a run of ``masks-mini``, or a shorter one."""
    usual = EXPERIMENTS["masks-mini"].configs[ARMS[arm]]
    recipe = replace(usual.recipe, steps=steps, learning_rate=RATE)
    return replace(usual, seed=seed, recipe=recipe, points=1)


def trained(config: TrainingConfig) -> tuple[Run, nn.Module, SmallImageInputs]:
    """Train; the run, its network, and what the network learned to see."""
    with tempfile.TemporaryDirectory() as folder:
        run = run_training(config, folder)
        network, _, transform, *_ = load_run(folder)
    return run, network.to(choose_device()), transform


def run_tests(config: ShiftedTests) -> Run:
    """Train both networks and test them; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    runs, scores, answers = {}, {}, []
    for arm in ARMS:
        training = config_of(arm, config.seed, config.steps)
        runs[arm], network, transform = trained(training)
        test = open_set(training.data, "test")
        logits = logits_of(network, test.images, transform)
        confidence = confidence_scores(logits, test.labels)
        told, right = condition_scores(
            network, transform, config.tested_on, confidence["temperature"]
        )
        scores[arm] = {"confidence": confidence, "conditions": told}
        answers.append(right)
    first = runs[MASKS]
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=first.data, environment=Environment(**observed(device)),
        results=Results(
            test_error=first.results.test_error,
            minutes=round((time.monotonic() - began) / 60, 2),
            images_per_second=first.results.images_per_second,
            curve=rounded_curve(first.results.curve), scores=scores,
            right_answers=packed(torch.stack(answers).numpy()),
        ),
    )


def right_answers(run: Run) -> dict[str, dict[str, np.ndarray]]:
    """Right answers of a run by arm and condition: bool, ``(tested_on,)``.

    Raises:
        ValueError: it is no run of this experiment.
    """
    if run.name != ShiftedTests.name or run.results.right_answers is None:
        raise ValueError(f"run must be one of {ShiftedTests.name}, got {run.stem}.")
    count = run.configuration["tested_on"]
    names = [CLEAN, *spoilt_ways(), *shifted_ways()]
    every = unpacked(run.results.right_answers, len(ARMS) * len(names) * count)
    return {
        arm: dict(zip(names, rows, strict=True))
        for arm, rows in zip(ARMS, every.reshape(len(ARMS), -1, count), strict=True)
    }


if __name__ == "__main__":
    record(ShiftedTests, run_tests, __doc__)
