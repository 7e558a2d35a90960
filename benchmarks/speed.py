"""Images a second in each way, beside what the device can do at most."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from benchmarks import limits
from benchmarks.feeding import our_batches
from benchmarks.ways import Bench, Way, in_turn, learner, repeated
from resattn_tutorial.training.step import Stepper


def measure(
    bench: Bench, network: str, ways: Sequence[Way], small: bool
) -> dict[str, Any]:
    """Round by round, the device's rates and each way's images a second.

    ``limits`` holds a dictionary for each round; ``ways``, for each way, the
    ``images per second`` of each round, the seconds of ``compiling``, and what one
    eager step demands.
    """
    batches = our_batches(bench)
    steps, found = {}, {}
    for way in ways:
        steps[str(way)] = step = new_step(bench, network, way, batches)
        found[str(way)] = first_steps(bench, step, way)
    measured: list[dict[str, float]] = []
    precisions = sorted({way.precision for way in ways})
    for k in range(bench.rounds):
        measured.append(limits.rates(bench, precisions, small))
        for name in in_turn(list(steps), k):
            found[name]["images per second"].append(bench.pace(steps[name], least=2))
    return {"network": network, "limits": measured, "ways": found}


def new_step(bench: Bench, network: str, way: Way, batches: Iterator) -> Callable:
    """A step of a new network, as a function."""
    stepper = Stepper(bench.network(network), bench.config(network, way, 1))
    return learner(stepper, batches)


def first_steps(bench: Bench, step: Callable[[], Any], way: Way) -> dict[str, Any]:
    """What is found out before the rounds.

    Compiling is what the first steps take beyond as many later ones.
    """
    print(f"  first steps: {way}", flush=True)
    first = bench.timed(repeated(step, bench.warm_up))
    found: dict[str, Any] = {"images per second": []}
    if way.compile:
        return found | {"compiling": first - bench.warm_up * bench.timed(step)}
    return found | limits.demands(step)
