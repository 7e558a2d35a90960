"""The plain training loop (chapter 3): one step, one test, and the loop around them.

The chapter shows the same loop without checks and learning curve. The fast trainer
that resumes after a disconnect is :mod:`resattn_tutorial.training.trainer`.
"""

from __future__ import annotations

import itertools
import math
import sys
import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from resattn_tutorial.data.scenes import Scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.ledger.run import Point
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.runtime.bars import draws_bars
from resattn_tutorial.tensor_validation import (
    device_of,
    require_batch,
    require_labels,
    require_network,
)
from resattn_tutorial.training.frozen import learning_parameters, to_training_mode
from resattn_tutorial.validation import (
    require_count,
    require_fields,
    require_number,
    require_seed,
)


def train_step(
    network: nn.Module,
    images: Tensor,
    labels: Tensor,
    optimizer: torch.optim.Optimizer,
) -> float:
    """Learn from one batch; return its loss.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``; in training mode.
        images: inputs, ``(N, 3, H, W)``.
        labels: classes, ``(N,)``.
        optimizer: holds the network's parameters.

    Raises:
        TypeError, ValueError: images and labels are no batch, or an argument is of
            another kind.
    """
    require_network(network)
    require_batch(images, labels, "images")
    optimizer.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


@torch.inference_mode()
def error_rate(
    network: nn.Module, scenes: Scenes, batch_size: int = 250
) -> float:
    """The share of scenes whose class the network does not name, its top-1 error.

    Batch norm uses its running statistics; each part of the network has its own mode
    back afterwards, also after an error.

    Raises:
        TypeError, ValueError: there are no scenes, a label is none of the network's
            classes, or an argument is of another kind.
    """
    require_scenes("scenes", scenes, network)
    require_count("batch_size", batch_size)
    count, device = len(scenes.labels), device_of(network)
    wrong = 0
    with in_evaluation_mode(network):
        for batch in torch.arange(count).split(batch_size):
            images = to_inputs(scenes.images[batch].to(device))
            guesses = network(images).argmax(dim=1)      # (N,)
            labels = scenes.labels[batch].to(device)
            wrong += (guesses != labels).sum().item()
    return wrong / count


@torch.inference_mode()
def require_scenes(
    name: str, scenes: Scenes, network: nn.Module, at_least: int = 1
) -> None:
    """Refuse too few scenes, and labels that are none of the network's classes.

    How many classes it tells apart shows in its answer to one scene.

    Raises:
        TypeError, ValueError: says what came.
    """
    require_fields(name, scenes, Scenes)
    require_batch(scenes.images, scenes.labels, f"{name}.images")
    require_count(f"the number of {name}", len(scenes.labels), at_least)
    device = device_of(network)
    with in_evaluation_mode(network):
        logits = network(to_inputs(scenes.images[:1].to(device)))
    require_labels(scenes.labels, classes=logits.shape[1])


def shuffled_batches(
    count: int, batch_size: int, seed: int
) -> Iterator[Tensor]:
    """Indices of one batch after another, each epoch in a new order, without end.

    What does not fill a batch at an epoch's end is left out of that epoch.

    Raises:
        TypeError, ValueError: there is less than one batch, or a number is invalid.
    """
    require_count("batch_size", batch_size)
    require_count("count", count, at_least=batch_size)
    require_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    while True:
        order = torch.randperm(count, generator=generator)
        yield from order[: count - count % batch_size].split(batch_size)


def train(
    network: nn.Module,
    scenes: Scenes,
    test: Scenes,
    *,
    steps: int,
    batch_size: int = 64,
    learning_rate: float = 0.1,
    points: int = 5,
    seed: int = 0,
) -> list[Point]:
    """Train for a fixed number of steps; return the learning curve.

    Nesterov momentum 0.9 and weight decay 1e-4 are the paper's (Section 4.1). The
    learning rate falls in a straight line to nothing, since a short run has no time
    for the paper's two milestones. A bar shows the time left while it runs, and a line
    stays for each point of the curve.

    Args:
        network: trained in place, where its parameters are; it is put into training
            mode, and left in it. Frozen parts stay so, see
            :func:`~resattn_tutorial.training.frozen.to_training_mode`.
        scenes: what to learn from, at least one batch of it.
        test: what to test on at each point.
        steps: batches to learn from.
        batch_size: scenes in a batch.
        learning_rate: of the first step.
        points: points of the curve, spread evenly over the steps.
        seed: of the order in which scenes are drawn.

    Raises:
        TypeError, ValueError: a count is no whole number or too small, a label is none
            of the network's classes, or all parameters are frozen.
        FloatingPointError: the loss is no longer a number.
    """
    require_count("steps", steps, at_least=require_count("points", points))
    require_count("batch_size", batch_size)
    require_number("learning_rate", learning_rate, above=0)
    require_seed(seed)
    require_scenes("scenes", scenes, network, at_least=batch_size)
    require_scenes("test", test, network)
    device = device_of(network)
    optimizer = torch.optim.SGD(
        learning_parameters(network), learning_rate,
        momentum=0.9, nesterov=True, weight_decay=1e-4,
    )
    schedule = torch.optim.lr_scheduler.LinearLR(
        optimizer, start_factor=1.0, end_factor=0.0, total_iters=steps
    )
    batches = shuffled_batches(len(scenes.labels), batch_size, seed)
    curve, step, seconds = [], 0, 0.0
    to_training_mode(network)
    with tqdm(
        total=steps, file=sys.stdout, leave=False, ncols=76,
        disable=not draws_bars(sys.stdout),
    ) as bar:
        for k in range(1, points + 1):
            goal = round(steps * k / points)
            losses, began = [], time.perf_counter()
            for batch in itertools.islice(batches, goal - step):
                inputs = to_inputs(scenes.images[batch].to(device))
                labels = scenes.labels[batch].to(device)
                loss = train_step(network, inputs, labels, optimizer)
                if not math.isfinite(loss):
                    at = f"at step {step + len(losses) + 1}"
                    raise FloatingPointError(f"the loss is {loss} {at}.")
                losses.append(loss)
                schedule.step()
                bar.update()
            seconds += time.perf_counter() - began
            step, mean = goal, sum(losses) / len(losses)
            wrong, images = error_rate(network, test), step * batch_size
            curve.append(Point(step, images, seconds, mean, wrong))
            bar.write(str(curve[-1]), file=sys.stdout)
    return curve
