"""Does it hurt to delete what a mask marks? The test by deletion (chapter 13).

``python -m resattn_tutorial.experiments.deletion`` deletes as many pixels as the object
has, where a map is highest, and measures the packaged network's error on built-in test
scenes; once for each map, each filling and each control. It writes its run file, and
takes about half an hour on one core.
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
    Experiment,
    in_figures,
    looked_results,
    record,
)
from resattn_tutorial.experiments.mask_maps import (
    BATCH,
    GRAD_CAM,
    answers,
    learn_readings,
    maps_of,
    packaged,
)
from resattn_tutorial.experiments.mask_scores import MIDDLE, middle
from resattn_tutorial.ledger.run import Data, Environment, Run
from resattn_tutorial.metrics.bootstrap import mean_interval
from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.metrics.deletion import FILLINGS, delete
from resattn_tutorial.metrics.overlap import highest_pixels
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.tensor_validation import device_of, require_values

OUTLINE, RANDOM = "the outline", "random pixels"
ANOTHERS = "another scene's"


@dataclass(frozen=True)
class Deletion(Experiment):
    """One series of deletions.

    Attributes:
        seed: of the training scenes, the random pixels and the resampling.
        threads: of the processor; 0 leaves the choice to torch.
        chosen_on: training scenes, for channels, signs and usual values.
        scored_on: test scenes, the first of the split.
    """

    chosen_on: int = 500
    scored_on: int = 2000

    module = "resattn_tutorial.experiments.deletion"
    name = "chapter13-deletion"


@torch.inference_mode()
def mistakes_without(
    network: nn.Module,
    scenes: Scenes,
    transform: Callable[[Tensor], Tensor],
    maps: Tensor,
    filling: Callable[[Tensor], Tensor],
    seed: int = 0,
) -> Tensor:
    """Which scenes are classified wrongly without a map's highest pixels: ``(N,)``.

    As many pixels are deleted in each scene as its object has.

    Args:
        network: in any mode; it has its own back afterwards.
        scenes: what it classifies.
        transform: turns image bytes into its inputs.
        maps: ``(N, H, W)``, one for each scene.
        filling: what stands in the place of a deleted pixel, see
            :mod:`~resattn_tutorial.metrics.deletion`.
        seed: decides among equal values of a map.

    Raises:
        TypeError, ValueError: an argument is of another kind or shape.
    """
    require_values("maps", maps)
    counts = scenes.objects.flatten(1).sum(dim=1)
    marked, device, wrong = highest_pixels(maps, counts, seed), device_of(network), []
    with in_evaluation_mode(network):
        for batch in torch.arange(len(counts)).split(BATCH):
            inputs = transform(scenes.images[batch].to(device))
            less = delete(inputs, marked[batch].to(device), filling)
            named = network(less).argmax(dim=1).cpu()
            wrong.append(named != scenes.labels[batch])
    return torch.cat(wrong)


def arms_of(maps: dict[str, Tensor], scenes: Scenes, seed: int) -> dict[str, Tensor]:
    """Every map to delete by: the network's, each once more for the scene after it, and
    those that need no network.
    """
    generator = torch.Generator().manual_seed(seed)
    rest = {
        OUTLINE: scenes.objects.float(),
        MIDDLE: middle(scenes),
        RANDOM: torch.rand(scenes.objects.shape, generator=generator),
    }
    shifted = {
        f"{name}, {ANOTHERS}": one.roll(1, dims=0) for name, one in maps.items()
    }
    return maps | shifted | rest


def compared(wrong: dict[str, Tensor], seed: int) -> dict[str, dict[str, Any]]:
    """Errors of all arms, and each map's pairwise differences, by the bootstrap.

    Above 0 it hurts more to delete by the map than by what it is compared with.
    """
    found = {
        name: {"error": in_figures(mean_interval(one, seed=seed))}
        for name, one in wrong.items()
    }
    for name, one in wrong.items():
        rivals = (f"{name}, {ANOTHERS}", RANDOM, MIDDLE, GRAD_CAM, OUTLINE)
        for rival in rivals:
            if f"{name}, {ANOTHERS}" in wrong and rival in wrong and rival != name:
                more = one.double() - wrong[rival].double()
                label = ANOTHERS if rival.endswith(ANOTHERS) else rival
                found[name][f"more than {label}"] = in_figures(
                    mean_interval(more, seed=seed)
                )
    return found


def run_deletion(config: Deletion) -> Run:
    """Delete by every map with every filling; the run, ready to be written."""
    began, device = time.monotonic(), choose_device()
    network, transform = packaged(device)
    chosen_on = load_scenes("train", config.chosen_on, config.seed + 1000)
    scored_on = load_scenes("test", config.scored_on)
    readings = learn_readings(network, chosen_on, transform)
    maps = maps_of(network, scored_on, transform, readings)
    error, loss = answers(network, scored_on, transform)
    scores: dict[str, Any] = {}
    for filling, fill in FILLINGS.items():
        wrong = {}
        for name, one in arms_of(maps, scored_on, config.seed).items():
            wrong[name] = mistakes_without(
                network, scored_on, transform, one, fill, config.seed
            )
            print(f"{filling:12s} {name:46s} {wrong[name].double().mean():.3f}",
                  flush=True)
        scores[filling] = compared(wrong, config.seed)
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data("built-in scenes", "generated", config.chosen_on, config.scored_on),
        environment=Environment(**observed(device)),
        results=looked_results(began, config.scored_on, loss, error, scores),
    )


if __name__ == "__main__":
    record(Deletion, run_deletion, __doc__)
