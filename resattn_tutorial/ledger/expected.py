"""What to expect of a run, from runs like it, and why another came out so (chapter 10).

Two runs that differ in nothing but the seed do not end alike. From a few of them we say
where one more is expected, 19 times in 20: their mean, plus and minus Student's t times
their deviation, widened because the mean itself is uncertain.
"""

from __future__ import annotations

import math
import statistics
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from resattn_tutorial.config import differences
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.validation import (
    require_count,
    require_kind,
    require_number,
    require_sequence,
)

# Student's t that 39 in 40 stay below, by degrees of freedom 2, 3, ...
STUDENT = (4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
# What runs of one name should share, beside the seed.
COMPARED = (
    "network", "attention", "recipe", "label_noise", "data", "precision",
    "accumulation", "memory_format", "threads", "compile", "graphs", "deterministic",
    "sync_batch_norm",
)


class Band(NamedTuple):
    """Where the test error of one more run is expected, 19 times in 20.

    Attributes:
        name: of the runs that it comes from.
        step: steps trained.
        lowest: its lower end, a test error from 0 to 1.
        highest: its upper end.
        runs: how many there were.
    """

    name: str
    step: int
    lowest: float
    highest: float
    runs: int

    def __str__(self) -> str:
        """The band as a sentence."""
        return (
            f"after {self.step:,} steps expect a test error of {self.lowest:.1%} to "
            f"{self.highest:.1%} (from {self.runs} runs)"
        )


class Verdict(NamedTuple):
    """Whether a run lies in its band and, if not, what to look at first.

    After other than the band's number of steps no run lies in it.
    """

    inside: bool
    error: float
    step: int
    band: Band
    causes: tuple[str, ...]

    def __str__(self) -> str:
        """A sentence, and each cause, in lines that fit a page."""
        where = "is inside" if self.inside else "is outside"
        if self.step != self.band.step:
            where = f"comes after {self.step:,} steps"
        lines = [f"{self.error:.1%} {where}: {self.band}."]
        lines += [f"  look at: {cause}" for cause in self.causes]
        return "\n".join(
            textwrap.fill(line, 76, subsequent_indent="    ") for line in lines
        )


def prediction_interval(values: Sequence[float]) -> tuple[float, float]:
    """Where one more value is expected, 19 times in 20, if they are spread normally.

    Raises:
        TypeError, ValueError: there are fewer than three values, or more than eleven,
            or one is no number.
    """
    count = require_count("the number of runs", len(values), at_least=3)
    if count - 3 >= len(STUDENT):
        most = len(STUDENT) + 2
        raise ValueError(f"at most {most} runs make a band, got {count}.")
    for value in values:
        require_number("each value", value)
    deviation = statistics.stdev(values)
    reach = STUDENT[count - 3] * deviation * math.sqrt(1 + 1 / count)
    middle = statistics.mean(values)
    return middle - reach, middle + reach


def find_band(
    name: str, step: int | None = None, runs: Sequence[Run] | None = None
) -> Band:
    """The band of the recorded runs of a name.

    Args:
        name: of the runs.
        step: a point of their curves; the last one if left out.
        runs: the runs themselves; the package's if left out.

    Raises:
        FileNotFoundError: no run has this name.
        TypeError: ``runs`` are no runs.
        ValueError: there are fewer than three, one has another name or the seed of
            another one, or none of their points is at ``step``.
    """
    runs = read_runs(name) if runs is None else _require_alike(name, runs)
    step = runs[0].results.curve[-1].step if step is None else step
    errors = [
        point.test_error
        for run in runs for point in run.results.curve if point.step == step
    ]
    if len(errors) < len(runs):
        steps = [point.step for point in runs[0].results.curve]
        raise ValueError(f"step must be a point of every curve, {steps}, got {step}.")
    if None in errors:
        raise ValueError(
            "runs must have a test error at each point of their curves; those of "
            f"{name} hold images out, and are tested at their end only."
        )
    lowest, highest = prediction_interval(errors)
    return Band(name, step, max(lowest, 0.0), min(highest, 1.0), len(runs))


def _require_alike(name: str, runs: Sequence[Run]) -> Sequence[Run]:
    """Return ``runs`` if each is another run of the name."""
    for run in require_sequence("runs", runs):
        require_kind("runs", run, Run, "runs")
    require_count("the number of runs", len(runs), at_least=3)
    for run in runs:
        if run.name != name:
            raise ValueError(f"runs must be those of {name}, got one of {run.name}.")
    seeds = [run.seed for run in runs]
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"runs must have a seed each, got seeds {sorted(seeds)}.")
    return runs


def judge(
    run: Run, runs: Sequence[Run] | None = None
) -> Verdict:
    """Tell whether a run lies in the band of recorded runs of its name.

    Args:
        run: as :func:`~resattn_tutorial.training.runner.run_training` returns it.
        runs: to compare with; the package's of the same name if left out.

    Raises:
        FileNotFoundError, TypeError, ValueError: as :func:`find_band`; TypeError also
            where ``run`` is no run.
    """
    require_kind("run", run, Run, "a Run")
    runs = read_runs(run.name) if runs is None else runs
    band = find_band(run.name, runs=runs)
    error, step = run.results.test_error, run.results.curve[-1].step
    inside = band.lowest <= error <= band.highest and step == band.step
    causes = () if inside else tuple(_likely_causes(run, runs[0], error, band))
    return Verdict(inside, error, step, band, causes)


def _likely_causes(
    run: Run, recorded: Run, error: float, band: Band
) -> list[str]:
    """What to look at, the surest first."""
    theirs, ours = _compared(recorded), _compared(run)
    causes = differences(
        _shared(theirs, ours), _shared(ours, theirs), ("the recorded runs", "yours")
    )
    if error > (1 + band.highest) / 2:
        causes.append(
            "hardly anything was learned: do labels and images belong together, is the "
            "learning rate far too high, does the optimizer hold this network?"
        )
    elif error > band.highest:
        causes.append(
            "the network learned less: is it tested in evaluation mode, are the images "
            "brought to the same mean as in training?"
        )
    if error < band.lowest:
        causes.append("it is too good: are test images among the training images?")
    causes.append("the seed: one run in twenty lies outside by chance")
    return causes


def _compared(run: Run) -> dict[str, Any]:
    """What two runs of one name should share."""
    told = {**run.configuration, "data": asdict(run.data)}
    return {name: told[name] for name in COMPARED if name in told}


def _shared(told: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """What another run tells, too, group by group: an older one may not tell all."""
    both = {name: (told[name], other[name]) for name in told if name in other}
    return {
        name: _shared(*pair) if all(isinstance(one, Mapping) for one in pair)
        else pair[0]
        for name, pair in both.items()
    }
