"""The recorded comparison of chapter 3: the same trunk with and without masks.

``python -m resattn_tutorial.experiments.mask_ablation --network masks --seed 0``
repeats one run and writes its run file. It takes some minutes on two cores.
"""

from __future__ import annotations

import argparse
import datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.data.transforms import to_inputs
from resattn_tutorial.ledger import store
from resattn_tutorial.ledger.run import Point
from resattn_tutorial.metrics.localisation import best_channel, object_auc, read_channel
from resattn_tutorial.models.small_networks import (
    FirstAttentionNetwork,
    FirstResidualNetwork,
)
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.runtime import environment
from resattn_tutorial.training.simple_loop import train
from resattn_tutorial.validation import require_count

NETWORKS = {"masks": FirstAttentionNetwork, "no-masks": FirstResidualNetwork}
# Tried by hand on training scenes, one seed each: 0.1, 0.2 and 0.4. The largest did
# well for both networks; the search is not recorded.
LEARNING_RATE = 0.4


def masks_at_scene_size(
    network: FirstAttentionNetwork, scenes: Scenes
) -> dict[str, Tensor]:
    """Every stage's mask for every scene, stretched to the scenes' size, on the CPU.

    Returns:
        stage name to ``(N, C, 32, 32)``; the network is left in evaluation mode.
    """
    network.eval()
    device = next(network.parameters()).device
    with torch.inference_mode():
        images = to_inputs(scenes.images.to(device))
        _, masks = network.with_masks(images)
    size = scenes.objects.shape[-2:]
    return {stage: stretch(m, size).cpu() for stage, m in masks.items()}


def calibrated_untrained(
    seed: int, scenes: Scenes
) -> FirstAttentionNetwork:
    """A network that has learned nothing, with batch norm statistics of real scenes.

    Without them an untrained network's masks would be judged on batch norm's starting
    values, which fit no data.
    """
    torch.manual_seed(seed)
    network = FirstAttentionNetwork()
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm2d):
            norm.momentum = None  # average all batches alike
    with torch.inference_mode():
        for images in scenes.images.split(250):
            network(to_inputs(images))
    return network.eval()


def pointing(
    network: FirstAttentionNetwork, chosen_on: Scenes, scored_on: Scenes
) -> dict[str, dict[str, float]]:
    """How well each stage's mask points at the object: mean AUC over scenes.

    Each mask is read twice: by its mean over channels, and by the one channel and sign
    that did best on ``chosen_on``, which must hold other scenes. Each reading is scored
    against the scene's own object and against the object of another scene: what it
    knows of objects in general serves it in both, what it has seen only in the first.

    Returns:
        ``"stage 1, mean"`` and so on to ``{"own": AUC, "another": AUC}``.
    """
    targets = {
        "own": scored_on.objects,
        "another": scored_on.objects.roll(1, dims=0),
    }
    found = {}
    picked_from = masks_at_scene_size(network, chosen_on)
    for stage, masks in masks_at_scene_size(network, scored_on).items():
        channel = best_channel(picked_from[stage], chosen_on.objects)
        readings = {
            f"{stage}, mean": masks.mean(dim=1),
            f"{stage}, one channel": read_channel(masks, channel),
        }
        for reading, maps in readings.items():
            found[reading] = {
                whose: object_auc(maps, objects).mean().item()
                for whose, objects in targets.items()
            }
    return found


def run(kind: str, seed: int, steps: int, count: int, points: int) -> dict[str, Any]:
    """Train one network of the comparison and return its run, ready to be written.

    Args:
        kind: ``"masks"`` or ``"no-masks"``.
        seed: of the weights, the scenes and their order.
        steps: batches of 64 scenes.
        count: training scenes.
        points: points of the curve.
    """
    began = datetime.datetime.now(datetime.UTC)
    scenes = load_scenes("train", count, seed)
    test = load_scenes("test", 2000, seed=0)
    torch.manual_seed(seed)
    network = NETWORKS[kind]().to(memory_format=torch.channels_last)
    curve = train(
        network, scenes, test, seed=seed,
        steps=steps, points=points, learning_rate=LEARNING_RATE,
    )
    results = _results(network, test, seed) | {"test accuracy": curve[-1].accuracy}
    elapsed = datetime.datetime.now(datetime.UTC) - began
    return {
        "name": f"chapter03-{kind}",
        "command": f"python -m {__name__} --network {kind} "
        f"--seed {seed} --steps {steps} --scenes {count} --points {points}",
        "commit": environment.commit(),
        "configuration": {
            "network": type(network).__name__, "steps": steps, "batch size": 64,
            "learning rate": LEARNING_RATE, "memory format": "channels_last",
        },
        "curve": [_rounded(point) for point in curve],
        "data": {
            "name": "built-in scenes", "form": "generated",
            "training images": count, "test images": len(test.labels),
        },
        "date": began.date().isoformat(),
        "hardware": environment.hardware(),
        "images per second": float(f"{curve[-1].images / curve[-1].seconds:.3g}"),
        "minutes": round(elapsed.total_seconds() / 60, 2),
        "results": results,
        "seed": seed,
        "versions": environment.versions(),
    }


def _results(network: nn.Module, test: Scenes, seed: int) -> dict[str, Any]:
    """Where the masks point, trained and untrained; nothing for a network without."""
    if not isinstance(network, FirstAttentionNetwork):
        return {}
    chosen_on = load_scenes("train", 500, seed=seed + 1000)
    scored_on = Scenes(*(part[:500] for part in test))
    blank = calibrated_untrained(seed, chosen_on)
    return {
        "pointing": {
            "trained": pointing(network, chosen_on, scored_on),
            "untrained": pointing(blank, chosen_on, scored_on),
        }
    }


def _rounded(point: Point) -> dict[str, float]:
    """A point of the curve with no more digits than were measured."""
    short = {"seconds": round(point.seconds, 2), "loss": round(point.loss, 4)}
    return point._asdict() | short


def main() -> None:
    """Read the command line, run, write the run file."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {__spec__.name}", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--network", choices=NETWORKS, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=2400, help="batches of 64 scenes")
    parser.add_argument("--scenes", type=int, default=40_000, help="training scenes")
    parser.add_argument("--points", type=int, default=12, help="points of the curve")
    parser.add_argument("--out", type=Path, default=store.RUNS, help="folder")
    given = parser.parse_args()
    require_count("seed", given.seed, at_least=0)
    outcome = run(given.network, given.seed, given.steps, given.scenes, given.points)
    print("written:", store.write_run(outcome, given.out))


if __name__ == "__main__":
    main()
