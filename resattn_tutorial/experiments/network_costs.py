"""What networks cost in use: seconds and bytes, forward and backward (chapter 15).

Multiply-adds can be counted on paper. How long a processor takes for them, and how much
memory a training needs, is measured here, for networks side by side.

``python -m resattn_tutorial.experiments.network_costs`` measures four groups of them
and writes its run file. It takes some minutes on one core; nothing else should run.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from statistics import median
from typing import Any

import torch

from resattn_tutorial.cost.turns import Times, ratios, take_turns
from resattn_tutorial.experiments.command import (
    DIGITS,
    Experiment,
    looked_results,
    record,
)
from resattn_tutorial.experiments.network_counts import (
    COMPARED,
    counts,
    step_without_update,
)
from resattn_tutorial.experiments.network_groups import GROUPS, Group, require_group
from resattn_tutorial.ledger.run import Data, Environment, Run
from resattn_tutorial.runtime.environment import observed
from resattn_tutorial.validation import require_count, require_seed

Clock = Callable[[], float]
CPU = torch.device("cpu")


@dataclass(frozen=True)
class NetworkCosts(Experiment):
    """One measurement of all groups, on the processor.

    Attributes:
        seed: of the weights, the images and the labels.
        threads: of the processor; 0 leaves the choice to torch.
        rounds: times that each network is timed, beside one that warms up.
        imagenet_batch: images of 224 x 224 in a batch.
        cifar_batch: images of 32 x 32, for the paper's networks.
        mini_batch: images of 32 x 32, for the mini networks.
    """

    threads: int = 1
    rounds: int = 5
    imagenet_batch: int = 2
    cifar_batch: int = 8
    mini_batch: int = 64

    module = "resattn_tutorial.experiments.network_costs"
    name = "network-costs"


def timed(
    group: Group, batch: int, rounds: int, seed: int, clock: Clock
) -> dict[str, Times]:
    """Seconds of each network's passes, round by round.

    Training comes first: batch norms that have seen a batch keep a network's values in
    bounds, however deep it is.
    """
    networks = {name: entrant.built(seed, CPU) for name, entrant in group.items()}
    images, labels = next(iter(group.values())).batch(batch, seed, CPU)
    steps = {
        name: partial(step_without_update, network, images, labels)
        for name, network in networks.items()
    }
    found = {"forward_and_backward": take_turns(steps, rounds, clock)}
    passes = {
        name: partial(network.eval(), images) for name, network in networks.items()
    }
    with torch.no_grad():
        found["forward"] = take_turns(passes, rounds, clock)
    return found


def measured(
    group: Group,
    batch: int,
    rounds: int,
    seed: int = 0,
    clock: Clock = time.perf_counter,
) -> dict[str, Any]:
    """Count and time the networks of a group, for a run file.

    Args:
        group: the first network is what the others are compared with.
        batch: number of images.
        rounds: times that each is timed.
        seed: of weights, images and labels.
        clock: tells seconds.

    Raises:
        TypeError, ValueError: a number is invalid, or the group cannot be measured;
            see :func:`~resattn_tutorial.experiments.network_groups.require_group`.
    """
    size = require_group(group)
    require_count("batch", batch)
    require_count("rounds", rounds)
    require_seed(seed)
    counted = {name: counts(entrant, batch) for name, entrant in group.items()}
    found = timed(group, batch, rounds, seed, clock)
    first = next(iter(group))
    told: dict[str, Any] = {"image_size": size, "batch": batch}
    for name, one in counted.items():
        beside = {
            what: round(one[what] / counted[first][what], DIGITS) for what in COMPARED
        }
        told[name] = one | {"ratios": beside} | {
            what: seconds_told(times, name, first) for what, times in found.items()
        }
    return told


def seconds_told(times: Times, name: str, first: str) -> dict[str, float]:
    """The median of a network's seconds, and its ratios to the first's."""
    beside = ratios(times, name, first)._asdict()
    return {"seconds": float(f"{median(times[name]):.4g}")} | {
        what: round(value, DIGITS) for what, value in beside.items()
    }


def run_costs(config: NetworkCosts, clock: Clock = time.perf_counter) -> Run:
    """Measure all groups; the run, ready to be written."""
    began, scores, images, passed = time.monotonic(), {}, 0, 0
    for title, (setting, group) in GROUPS.items():
        batch = getattr(config, setting)
        scores[title] = measured(group, batch, config.rounds, config.seed, clock)
        print(title, scores[title], flush=True)
        images += batch
        passed += 2 * (config.rounds + 1) * len(group) * batch
    return Run(
        name=config.name, command=config.command, configuration=asdict(config),
        data=Data("random numbers", "drawn from the seed", images, 0),
        environment=Environment(**observed(CPU)),
        # Nothing is classified: there is no loss that would tell, and no error.
        results=looked_results(began, passed, None, None, scores),
    )


if __name__ == "__main__":
    record(NetworkCosts, run_costs, __doc__)
