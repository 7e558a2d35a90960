"""How masks change while a network learns: scored at eight points (chapter 13).

``python -m resattn_tutorial.experiments.mask_history --seed 0`` trains chapter 3's
network on built-in scenes, on a GPU where there is one, and writes its run file. It
takes some four minutes on one core.
"""

from __future__ import annotations

import copy
import itertools
import math
import time
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import nn

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.experiments.command import DIGITS, Experiment, record
from resattn_tutorial.experiments.mask_maps import (
    answers,
    learn_readings,
    maps_of,
    settle,
)
from resattn_tutorial.ledger.run import (
    Data,
    Environment,
    Point,
    Results,
    Run,
    rounded_curve,
)
from resattn_tutorial.metrics.localisation import object_auc
from resattn_tutorial.metrics.overlap import peak_hits
from resattn_tutorial.models.small_networks import FirstAttentionNetwork
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.training.frozen import learning_parameters, to_training_mode
from resattn_tutorial.training.simple_loop import shuffled_batches, train_step

LEARNING_RATE = 0.4                                  # chapter 3's
BATCH = 64
# Where to look, in parts of the whole training: closer together at its beginning.
PLACES = (0, 1 / 60, 1 / 24, 1 / 12, 1 / 6, 1 / 3, 2 / 3, 1)


@dataclass(frozen=True)
class MaskHistory(Experiment):
    """One training whose masks are scored on the way.

    Attributes:
        seed: of the weights, the scenes and their order.
        threads: of the processor; 0 leaves the choice to torch.
        steps: batches of 64 to learn from.
        scenes: training scenes.
        chosen_on: other training scenes, for channels, signs and usual values.
        scored_on: test scenes, the first of the split.
    """

    steps: int = 1200
    scenes: int = 40_000
    chosen_on: int = 250
    scored_on: int = 500

    module = "resattn_tutorial.experiments.mask_history"
    name = "chapter13-mask-history"


def marks(steps: int) -> list[int]:
    """The steps after which masks are scored, the first and the last among them."""
    return sorted({round(steps * place) for place in PLACES})


def mask_scores(
    network: nn.Module, chosen_on: Scenes, scored_on: Scenes
) -> dict[str, Any]:
    """AUC and peak of each stage's mask, read three ways, on own and other objects."""
    readings = learn_readings(network, chosen_on, to_inputs)
    own, another = scored_on.objects, scored_on.objects.roll(1, dims=0)
    return {
        name: {
            score: {
                "own": round(measure(maps, own).mean().item(), DIGITS),
                "another": round(measure(maps, another).mean().item(), DIGITS),
            }
            for score, measure in (("AUC", object_auc), ("peak", peak_hits))
        }
        for name, maps in maps_of(network, scored_on, to_inputs, readings).items()
    }


def run_history(config: MaskHistory) -> Run:
    """Train, score on the way, and return the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    scenes = load_scenes("train", config.scenes, config.seed)
    chosen_on = load_scenes("train", config.chosen_on, config.seed + 1000)
    test = load_scenes("test", 2000)
    scored_on = Scenes(*(part[: config.scored_on] for part in test))
    torch.manual_seed(config.seed)
    network = FirstAttentionNetwork()
    network.to(device, memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        learning_parameters(network), LEARNING_RATE,
        momentum=0.9, nesterov=True, weight_decay=1e-4,
    )
    schedule = torch.optim.lr_scheduler.LinearLR(
        optimizer, start_factor=1.0, end_factor=0.0, total_iters=config.steps
    )
    batches = shuffled_batches(config.scenes, BATCH, config.seed)
    curve, scores, seconds, step = [], {}, 0.0, 0
    for goal in marks(config.steps):
        losses, start = [], time.monotonic()
        to_training_mode(network)
        for batch in itertools.islice(batches, goal - step):
            images = to_inputs(scenes.images[batch].to(device))
            labels = scenes.labels[batch].to(device)
            losses.append(train_step(network, images, labels, optimizer))
            if not math.isfinite(losses[-1]):
                at = f"at step {step + len(losses)}"
                raise FloatingPointError(f"the loss is {losses[-1]} {at}.")
            schedule.step()
        seconds, step = seconds + time.monotonic() - start, goal
        # A copy, whose batch norms have seen the same scenes at every point: early in
        # a training their running statistics lag behind.
        now = settle(copy.deepcopy(network), chosen_on, to_inputs)
        wrong, loss = answers(now, test, to_inputs)
        loss = sum(losses) / len(losses) if losses else loss     # none at step 0
        curve.append(Point(step, step * BATCH, seconds, loss, wrong))
        scores[f"step {step}"] = mask_scores(now, chosen_on, scored_on)
        print(curve[-1], flush=True)
    last = curve[-1]
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data("built-in scenes", "generated", config.scenes, len(test.labels)),
        environment=Environment(**observed(device)),
        results=Results(
            test_error=last.test_error,
            minutes=round((time.monotonic() - began) / 60, 2),
            images_per_second=float(f"{last.images / last.seconds:.3g}"),
            curve=rounded_curve(curve), scores=scores,
        ),
    )


if __name__ == "__main__":
    record(MaskHistory, run_history, __doc__)
