"""Does a mask hold back the gradients of wrong labels? (chapter 14)

Three masks in turn weigh the gradients of the same training images: the network's own,
each channel's usual value, which treats all images alike, and another image's.

``python -m resattn_tutorial.experiments.gradient_filter`` trains a network of each form
on few scenes with noisy labels, looks three times on the way, and writes its run file.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.command import DIGITS, Experiment, record
from resattn_tutorial.experiments.gradient_pulls import filtering, pulls
from resattn_tutorial.ledger.run import Environment, Point, Results, Run, rounded_curve
from resattn_tutorial.metrics.classification import guessed, in_evaluation_mode
from resattn_tutorial.metrics.memorisation import count_labels
from resattn_tutorial.names import AttentionName
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training.runner import set_up
from resattn_tutorial.training.step import Stepper

OWN, USUAL, ANOTHERS = "its own", "its usual values", "another image's"
FORMS = (AttentionName.RESIDUAL.value, AttentionName.NAIVE.value)
# Where to look, in parts of the whole training.
PLACES = (1 / 8, 1 / 2, 1)


@dataclass(frozen=True)
class GradientFilter(Experiment):
    """One network of each form, and what its masks let through.

    Attributes:
        seed: of the weights, the batches and the noise.
        threads: of the processor; 0 leaves the choice to torch.
        steps: batches to learn from.
        looked_at: training images, the first, with the labels that they were given.
    """

    steps: int = 1200
    looked_at: int = 240

    module = "resattn_tutorial.experiments.gradient_filter"
    name = "chapter14-gradient-filter"


def look(
    network: nn.Module, inputs: Tensor, given: Tensor, truth: Tensor
) -> dict[str, Any]:
    """What masks let through of wrong labels and of right ones, for a run file.

    Args:
        network: a ``ResidualAttentionNetwork``; a copy in float64 is looked at.
        inputs: training images, ``(N, 3, H, W)``.
        given: the labels that it learns from, ``(N,)``.
        truth: the true classes, ``(N,)``.
    """
    network, inputs = copy.deepcopy(network).double(), inputs.double()
    with in_evaluation_mode(network), torch.no_grad():
        masks = list(network.with_masks(inputs)[1].values())
    passing = {
        OWN: masks,
        USUAL: [mask.mean(dim=(0, 2, 3), keepdim=True) for mask in masks],
        ANOTHERS: [mask.roll(1, dims=0) for mask in masks],
    }
    found = {
        name: pulls(network, inputs, given, each) for name, each in passing.items()
    }
    given, truth = given.cpu(), truth.cpu()
    changed = given != truth
    answers = guessed(network, [(inputs, given)])
    told: dict[str, Any] = count_labels(answers, given, truth).shares
    told |= {
        f"pull by {name}": {
            "changed": each[changed].mean().item(), "kept": each[~changed].mean().item()
        }
        for name, each in found.items()
    }
    for other in (USUAL, ANOTHERS):
        apart = filtering(found[OWN], found[other], changed)
        told[f"against {other}"] = apart._asdict()
    return _rounded(told)


def _rounded(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value) if isinstance(value, Mapping) else round(value, DIGITS)
        for name, value in told.items()
    }


def config_of(form: str, seed: int, steps: int) -> TrainingConfig:
    """What is trained: the network with masks of ``memorise-mini``, in one form."""
    usual = EXPERIMENTS["memorise-mini"].configs["masks"]
    recipe = replace(usual.recipe, steps=steps)
    return replace(usual, seed=seed, attention=form, recipe=recipe)


def trained_with_looks(
    config: TrainingConfig, looked_at: int, device: torch.device
) -> tuple[dict[str, Any], list[Point]]:
    """Train by a configuration; look at three steps: what was seen, and the curve."""
    setting, truth = set_up(config, device), open_set(config.data, "train").labels
    batches, network = setting.batches, setting.network
    few = open_set(config.data, "train").images[:looked_at]
    inputs = batches.transform(few.to(device))
    given = batches.labels[:looked_at].to(device)
    stepper = Stepper(network, config, say=print)
    feed, told, curve, losses, began = batches.starting_at(0), {}, [], [], 0.0
    for step in range(config.recipe.steps):
        began = began or time.monotonic()
        inputs_of, labels = next(feed)
        losses.append(stepper.step(inputs_of, labels, config.recipe.rate(step)).item())
        if step + 1 not in {round(config.recipe.steps * place) for place in PLACES}:
            continue
        seconds = time.monotonic() - began
        error = setting.errors().top1
        images = (step + 1) * config.recipe.batch_size
        loss = sum(losses) / len(losses)
        curve.append(Point(step + 1, images, seconds, loss, error))
        told[f"step {step + 1}"] = look(network, inputs, given, truth[:looked_at])
        print(config.attention, curve[-1], told[f"step {step + 1}"], flush=True)
        losses, began = [], time.monotonic() - seconds
    return told, curve


def run_filter(config: GradientFilter) -> Run:
    """Train both forms and look; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    scores, curves = {}, {}
    for form in FORMS:
        training = config_of(form, config.seed, config.steps)
        scores[form], curves[form] = trained_with_looks(
            training, config.looked_at, device
        )
    curve = curves[FORMS[0]]
    last = curve[-1]
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=set_up(config_of(FORMS[0], config.seed, config.steps), device).data,
        environment=Environment(**observed(device)),
        results=Results(
            test_error=round(last.test_error, 6),
            minutes=round((time.monotonic() - began) / 60, 2),
            images_per_second=float(f"{last.images / last.seconds:.3g}"),
            curve=rounded_curve(curve), scores=scores,
        ),
    )


if __name__ == "__main__":
    record(GradientFilter, run_filter, __doc__)
