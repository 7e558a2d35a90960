"""What came of shifted tests and long tails: differences with both intervals
(chapter 15).

Each difference is chapter 12's: over seeds and over items, of two arms' right answers.
Where the clean error differs already, the question is another one: whether the error of
one arm *rises* less.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean

import numpy as np

from resattn_tutorial.experiments import long_tails, shifted_tests
from resattn_tutorial.experiments.arms import less
from resattn_tutorial.experiments.outcome import ClaimOutcome, word_for
from resattn_tutorial.experiments.shifted_tests import CLEAN
from resattn_tutorial.experiments.statistics import (
    Difference,
    over_items,
    over_seeds,
)
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.validation import require_count

# Of ten classes, the last in the order of their training images.
RAREST = ("8", "9", "10")


def difference(better: np.ndarray, worse: np.ndarray) -> Difference:
    """How much less one arm errs than another.

    Args:
        better: right answers of its runs, bool, ``(runs, items)``; or means of such
            answers over conditions, floats.
        worse: those of the other arm, to the same items.

    Raises:
        ValueError: the items are not as many, or an arm has fewer than two runs.
    """
    errors = [1 - rows.mean(axis=1, dtype=np.float64) for rows in (better, worse)]
    return Difference(
        float(errors[1].mean() - errors[0].mean()), over_seeds(*errors),
        over_items(better, worse), (len(better), len(worse)),
    )


def under(runs: Sequence[Run], arm: str, ways: Sequence[str]) -> np.ndarray:
    """The share of right answers to each scene under some conditions.

    Args:
        runs: of :mod:`.shifted_tests`.
        arm: one of its arms.
        ways: conditions that count alike.

    Returns:
        ``(runs, scenes)``.

    Raises:
        ValueError: there is no condition, or a run is another one.
    """
    require_count("the number of ways", len(ways))
    answers = [shifted_tests.right_answers(run)[arm] for run in runs]
    return np.stack([np.mean([one[way] for way in ways], axis=0) for one in answers])


def gain_under(runs: Sequence[Run], ways: Sequence[str]) -> Difference:
    """How much less the network with masks errs under some conditions."""
    return difference(*(under(runs, arm, ways) for arm in shifted_tests.ARMS))


def rise_saved(runs: Sequence[Run], ways: Sequence[str]) -> Difference:
    """How much less the error of the network with masks rises from clean scenes on.

    What the masks gain on clean scenes already does not count.
    """
    return difference(*(
        under(runs, arm, ways) - under(runs, arm, [CLEAN]) for arm in shifted_tests.ARMS
    ))


def tail_claim(
    runs: Sequence[Run], ratio: int, better: str, worse: str
) -> ClaimOutcome:
    """That one arm errs less than another at a ratio, on as many scenes of each class.

    Args:
        runs: of :mod:`.long_tails`.
        ratio: of its ratios.
        better: one of its arms.
        worse: another one.
    """
    answers = [long_tails.right_answers(run)[ratio] for run in runs]
    apart = difference(*(
        np.stack([one[arm] for one in answers]) for arm in (better, worse)
    ))
    claim = less(f"{better}, ratio {ratio}", f"{worse}, ratio {ratio}")
    return ClaimOutcome(claim, apart, word_for(apart))


def rare_recalls(runs: Sequence[Run], ratio: int, arm: str) -> list[float]:
    """The mean recall of the three rarest classes, run by run.

    Args:
        runs: of :mod:`.long_tails`.
        ratio: of its ratios.
        arm: one of its arms.
    """
    tables = [run.results.scores[f"ratio {ratio}"][arm]["classes"] for run in runs]
    return [mean(told[place]["recall"] for place in RAREST) for told in tables]
