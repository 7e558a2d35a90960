"""Whether the code still trains as it did when a run was recorded: three steps.

A run file outlives the code that made it. Three steps from a fixed seed give a few
numbers that are kept with the run. Where the same steps give other numbers today, the
code trains otherwise, and the run is *stale*. Changed words, names and speed leave the
numbers as they are. The steps are computed in float64: in float32 the last digits,
which differ from processor to processor, grow to the third within three steps.

Where gradients explode, as in six naive modules, even float64's last digit grows to the
second within three steps. A number that such a digit moves tells of the processor, not
of the code, and is not compared.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.items import CLASSES
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.data.scenes import load_scenes
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import DataName
from resattn_tutorial.training.step import Stepper

STEPS, IMAGES, SCENES = 3, 8, 100
# So small that even a network whose gradients explode takes three sound steps.
RATE = 1e-6
# Far above what processors and versions of PyTorch differ by, in float64.
TOLERANCE = 1e-4
# The last digits of float64, and how often they are changed to see what they move.
LAST_DIGITS, DISTURBANCES = 1e-15, 3


def probe(config: TrainingConfig) -> dict[str, float]:
    """Take three steps as a training would; say how they went, in a few numbers.

    The images are built-in scenes, whatever the training's are, and the learning rate
    is always the same: what is probed is the code.

    Returns:
        the three losses, how far all weights moved, and a sum of these moves with
        signs that are drawn once: an exchange of two parts changes it.
    """
    return dict(_probe(_kind(config)))


def _kind(config: TrainingConfig) -> TrainingConfig:
    """What a training's three steps depend on, and nothing else of it."""
    recipe = replace(
        config.recipe, steps=max(config.recipe.steps, STEPS), batch_size=IMAGES,
        learning_rate=RATE, milestones=(), warm_up=0, crop="pad",
    )
    return replace(
        config, seed=0, data=DataName.BUILTIN.value, data_name=None, recipe=recipe,
        precision="float32", points=1, save_every=1, accumulation=1, compile=False,
        deterministic=False, threads=None, sync_batch_norm=False, graphs=True,
    )


@functools.cache
def _probe(
    config: TrainingConfig, disturbance: int = 0
) -> tuple[tuple[str, float], ...]:
    """As :func:`probe`; each kind of training once in a process.

    With a disturbance from 1 on the last digits of all weights are changed at random.
    """
    pixels, truth, _ = load_scenes("train", SCENES)
    noisy = add_label_noise(truth, config.label_noise, len(CLASSES), config.seed)
    images = ImageSet("scenes", "generated", CLASSES, pixels, noisy)
    feed = images.loader(config.recipe, config.seed, torch.device("cpu")).starting_at(0)
    with torch.random.fork_rng(devices=[]):
        network = build_network(config.network, len(CLASSES), 0, config.attention)
    network = network.double()
    if disturbance:
        disturb(network, disturbance)
    before = [weight.detach().clone() for weight in network.parameters()]
    stepper = Stepper(network, config, say=lambda text: None)
    told = {}
    with one_thread():
        for step in range(STEPS):
            inputs, labels = next(feed)
            loss = stepper.step(inputs.double(), labels, config.recipe.rate(step))
            told[f"loss {step + 1}"] = loss.item()
    return tuple((told | moved(network, before)).items())


@torch.no_grad()
def disturb(network: nn.Module, seed: int) -> None:
    """Change the last digits of all weights, as another processor may."""
    random = np.random.RandomState(seed)
    for weight in network.parameters():
        noise = torch.from_numpy(random.standard_normal(tuple(weight.shape)))
        weight.mul_(1 + LAST_DIGITS * noise)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Inside, one thread computes: for eight images more of them only wait."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def moved(network: nn.Module, before: list[torch.Tensor]) -> dict[str, float]:
    """How far all weights moved, and the sum of their moves with fixed signs."""
    random = np.random.RandomState(0)
    squares = signed = 0.0
    for weight, old in zip(network.parameters(), before, strict=True):
        move = (weight.detach() - old).double().flatten()
        signs = torch.from_numpy(random.choice([-1.0, 1.0], move.numel()))
        squares += float(move.square().sum())
        signed += float((move * signs).sum())
    return {"moved": math.sqrt(squares), "signed": signed}


def is_stale(config: TrainingConfig, then: Mapping[str, Any]) -> bool:
    """Whether three steps go otherwise today than they did when a run was recorded.

    Args:
        config: the run's.
        then: what :func:`probe` gave then.
    """
    now = probe(config)
    if now.keys() != then.keys():
        return True
    apart = differing(now, then)
    return bool(apart) and bool(apart - unsettled(config))


def unsettled(config: TrainingConfig) -> set[str]:
    """The numbers of a probe that the last digits of the first weights decide."""
    now, kind = probe(config), _kind(config)
    return set().union(*(
        differing(now, dict(_probe(kind, disturbance)))
        for disturbance in range(1, DISTURBANCES + 1)
    ))


def differing(now: Mapping[str, float], then: Mapping[str, float]) -> set[str]:
    """The names of those numbers of two probes that are not nearly equal."""
    # The signed sum may be near zero: what counts is its part of the whole move.
    scale = dict.fromkeys(now, 0.0) | {"signed": abs(now["moved"])}
    return {
        name for name in now if not math.isclose(
            now[name], then[name], rel_tol=TOLERANCE, abs_tol=TOLERANCE * scale[name]
        )
    }
