"""Where the masks of Attention-56 look: scored against true outlines (chapter 13).

``python -m resattn_tutorial.experiments.mask_scores`` scores the packaged network's
masks on built-in scenes, beside Grad-CAM, the same network untrained, and the middle of
the image, and writes its run file. It takes some minutes on one core.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.data.scenes import Scenes, load_scenes
from resattn_tutorial.experiments.command import (
    DIGITS,
    Experiment,
    in_figures,
    looked_results,
    record,
)
from resattn_tutorial.experiments.mask_maps import (
    answers,
    learn_readings,
    maps_of,
    packaged,
    settle,
)
from resattn_tutorial.ledger.run import Data, Environment, Run
from resattn_tutorial.metrics.bootstrap import Interval, mean_interval
from resattn_tutorial.metrics.localisation import object_auc
from resattn_tutorial.metrics.overlap import (
    best_share,
    highest_share,
    overlap,
    peak_hits,
)
from resattn_tutorial.models.zoo import cifar_attention56
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed

MIDDLE = "the middle"


@dataclass(frozen=True)
class MaskScores(Experiment):
    """One scoring of the packaged network.

    Attributes:
        seed: of the training scenes, the untrained network and the resampling.
        threads: of the processor; 0 leaves the choice to torch.
        chosen_on: training scenes, for channels, signs, usual values and shares.
        scored_on: test scenes, the first of the split.
    """

    chosen_on: int = 500
    scored_on: int = 2000

    module = "resattn_tutorial.experiments.mask_scores"
    name = "chapter13-mask-scores"


def middle(scenes: Scenes) -> Tensor:
    """The guess that needs no network: the closer to the middle, the likelier."""
    count, height, width = scenes.objects.shape
    rows, columns = torch.arange(height), torch.arange(width)
    down = (rows - (height - 1) / 2).square()[:, None]
    return -(down + (columns - (width - 1) / 2).square()).expand(count, -1, -1)


def scores_of(
    maps: Tensor, objects: Tensor, share: float, seed: int = 0
) -> dict[str, dict[str, Interval]]:
    """AUC, peak and overlap of maps, on their own scene's object and on another's.

    What a map knows of objects in general serves it on both; ``"seen"`` is the
    difference, scene by scene.

    Args:
        maps: ``(N, H, W)``; objects: bool, ``(N, H, W)``.
        share: the share of highest pixels for the overlap, chosen on other scenes.
        seed: of the resampling.

    Raises:
        TypeError, ValueError: as the scores, and where there is one scene alone.
    """
    marked = highest_share(maps, share)
    another = objects.roll(1, dims=0)
    values = {
        "AUC": (object_auc(maps, objects), object_auc(maps, another)),
        "peak": (peak_hits(maps, objects), peak_hits(maps, another)),
        "overlap": (overlap(marked, objects), overlap(marked, another)),
    }
    return {
        score: {
            "own": mean_interval(own, seed=seed),
            "another": mean_interval(other, seed=seed),
            "seen": mean_interval(own - other, seed=seed),
        }
        for score, (own, other) in values.items()
    }


def told(maps: Tensor, scenes: Scenes, share: float, seed: int) -> dict[str, Any]:
    """The scores of maps and their share, for a run file."""
    found: dict[str, Any] = {
        score: {whose: in_figures(one) for whose, one in each.items()}
        for score, each in scores_of(maps, scenes.objects, share, seed).items()
    }
    return found | {"share": share}


def scored(
    network: nn.Module,
    chosen_on: Scenes,
    scored_on: Scenes,
    transform: Callable[[Tensor], Tensor],
    seed: int = 0,
) -> dict[str, Any]:
    """The scores of every map of a network; choices are made on ``chosen_on`` alone."""
    readings = learn_readings(network, chosen_on, transform)
    seen = maps_of(network, chosen_on, transform, readings)
    shares = {name: best_share(maps, chosen_on.objects) for name, maps in seen.items()}
    found = maps_of(network, scored_on, transform, readings)
    return {
        name: told(maps, scored_on, shares[name], seed) for name, maps in found.items()
    }


def run_scores(config: MaskScores) -> Run:
    """Score the packaged network and its controls; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    chosen_on = load_scenes("train", config.chosen_on, config.seed + 1000)
    scored_on = load_scenes("test", config.scored_on)
    network, transform = packaged(device)
    torch.manual_seed(config.seed)
    blank = settle(cifar_attention56().to(device), chosen_on, transform)
    share = best_share(middle(chosen_on), chosen_on.objects)
    scores = {
        "trained": scored(network, chosen_on, scored_on, transform, config.seed),
        "untrained": scored(blank, chosen_on, scored_on, transform, config.seed),
        "no network": {MIDDLE: told(middle(scored_on), scored_on, share, config.seed)},
        "object's share": round(scored_on.objects.double().mean().item(), DIGITS),
    }
    error, loss = answers(network, scored_on, transform)
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data("built-in scenes", "generated", config.chosen_on, config.scored_on),
        environment=Environment(**observed(device)),
        results=looked_results(began, config.scored_on, loss, error, scores),
    )


if __name__ == "__main__":
    record(MaskScores, run_scores, __doc__)
