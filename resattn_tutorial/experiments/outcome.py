"""What came of an experiment: its arms, its claims, and one honest word for each.

The words are fixed beforehand, so that nobody chooses one after having seen the
numbers. A claim is *reproduced* where its direction shows beyond chance, over seeds and
over test items alike.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

import numpy as np

from resattn_tutorial.experiments.declaration import Claim, Experiment
from resattn_tutorial.experiments.ending import unpacked
from resattn_tutorial.experiments.grid import final_config, key, search_of
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.experiments.statistics import (
    Difference,
    over_items,
    over_seeds,
)
from resattn_tutorial.ledger.run import Run

REPRODUCED = "reproduced"
SAME_DIRECTION = "same direction"
NOT_SEEN = "not seen"
NOT_RESOLVED = "cannot be resolved at this size"
QUEUED = "queued"
# Where each arm has fewer runs than this, nothing is said yet.
FEWEST = 3


@dataclass(frozen=True)
class ArmOutcome:
    """The runs of one arm that are recorded.

    Attributes:
        arm: its label.
        runs: by seed.
        planned: how many there are to be.
        rate: the learning rate that they took; ``None`` while it is looked for.
        diverged: how many of its seeds ended in a loss that is no number.
    """

    arm: str
    runs: tuple[Run, ...]
    planned: int
    rate: float | None
    diverged: int = 0

    @property
    def errors(self) -> list[float]:
        """The test errors, in parts of 1."""
        return [run.results.test_error for run in self.runs]

    @property
    def mean(self) -> float | None:
        """Their mean; ``None`` without a run."""
        return statistics.mean(self.errors) if self.runs else None

    @property
    def spread(self) -> float | None:
        """Their standard deviation; ``None`` with fewer than two."""
        return statistics.stdev(self.errors) if len(self.runs) > 1 else None

    @property
    def minutes(self) -> float:
        """Of all its runs together."""
        return sum(run.results.minutes for run in self.runs)

    def answers(self) -> np.ndarray | None:
        """Right answers, bool, ``(runs, items)``; ``None`` if one run kept none."""
        if any(run.results.right_answers is None for run in self.runs):
            return None
        return np.stack([
            unpacked(run.results.right_answers, run.data.test_images)
            for run in self.runs
        ])


@dataclass(frozen=True)
class ClaimOutcome:
    """A claim, the difference that was measured, and the word for it."""

    claim: Claim
    difference: Difference | None
    word: str


@dataclass(frozen=True)
class Outcome:
    """All that is recorded of an experiment."""

    experiment: Experiment
    arms: dict[str, ArmOutcome]
    claims: tuple[ClaimOutcome, ...]
    searches: tuple[Run, ...]
    stale: int

    @property
    def done(self) -> int:
        """Runs that are recorded or diverged, the search's included."""
        finals = sum(len(arm.runs) + arm.diverged for arm in self.arms.values())
        return finals + len(self.searches)

    @property
    def planned(self) -> int:
        """Runs that there are to be, the search's included."""
        each = self.experiment.seeds + len(self.experiment.rates)
        return each * len(self.arms)

    @property
    def minutes(self) -> float:
        """What all its runs took, the search's included."""
        finals = sum(arm.minutes for arm in self.arms.values())
        return finals + sum(run.results.minutes for run in self.searches)


def outcome(experiment: Experiment, ledger: Ledger) -> Outcome:
    """What is recorded of an experiment.

    Raises:
        ImportError: a claim can be judged, and scipy is not there.
    """
    errors = ledger.errors
    arms, stale = {}, 0
    for arm in experiment.arms:
        configs = [
            final_config(experiment, arm, seed, errors)
            for seed in range(experiment.seeds)
        ]
        keys = [key(config) for config in configs if config is not None]
        arms[arm] = ArmOutcome(
            arm, tuple(ledger.fresh[k] for k in keys if k in ledger.fresh),
            experiment.seeds,
            configs[0].recipe.learning_rate if configs[0] is not None else None,
            sum(k in ledger.diverged for k in keys),
        )
        stale += sum(k in ledger.stale and k not in ledger.fresh for k in keys)
    tried = [
        key(run.config) for arm in experiment.arms for run in search_of(experiment, arm)
    ]
    return Outcome(
        experiment, arms,
        tuple(judged(claim, arms) for claim in experiment.claims),
        tuple(ledger.fresh[k] for k in tried if k in ledger.fresh), stale,
    )


def judged(claim: Claim, arms: dict[str, ArmOutcome]) -> ClaimOutcome:
    """A claim beside what its two arms came to."""
    better, worse = arms[claim.better], arms[claim.worse]
    if min(len(better.runs), len(worse.runs)) < FEWEST:
        return ClaimOutcome(claim, None, QUEUED)
    answers = better.answers(), worse.answers()
    kept = all(one is not None for one in answers)
    difference = Difference(
        worse.mean - better.mean, over_seeds(better.errors, worse.errors),
        over_items(*answers) if kept else None,
        (len(better.runs), len(worse.runs)),
    )
    return ClaimOutcome(claim, difference, word_for(difference))


def word_for(difference: Difference) -> str:
    """The one word, by a rule that knows the two intervals and nothing else."""
    known = [difference.seeds, difference.items]
    signs = [one.sign if one is not None else 0 for one in known]
    if difference.mean > 0 and signs == [1, 1]:
        return REPRODUCED
    if not any(signs):
        return NOT_RESOLVED
    return SAME_DIRECTION if difference.mean > 0 else NOT_SEEN
