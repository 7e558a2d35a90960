"""How far apart two arms are, and how sure we are of it (chapter 12).

Two things make a difference uncertain. Another seed gives other weights and another
order of images: an interval over seeds says how far that moves the difference. Another
test set would hold other images: an interval over items says how far that would.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from resattn_tutorial.validation import require_count

# Draws of a bootstrap; its ends then move by some per cent of its width.
DRAWS = 2_000
CONFIDENCE = 0.95


class Interval(NamedTuple):
    """Holds the difference of very many runs, or items, in 19 cases of 20."""

    low: float
    high: float

    @property
    def sign(self) -> int:
        """1 if it is above zero as a whole, -1 if below, 0 if zero lies in it."""
        return int(self.low > 0) - int(self.high < 0)


class Difference(NamedTuple):
    """How much less one arm errs than another.

    Attributes:
        mean: the difference of the mean test errors, in parts of 1; above zero where
            the first arm errs less.
        seeds: its interval over seeds; ``None`` with fewer than two runs in an arm.
        items: its interval over test items; ``None`` where answers were not kept.
        runs: how many runs each arm has.
    """

    mean: float
    seeds: Interval | None
    items: Interval | None
    runs: tuple[int, int]


def scipy_stats() -> Any:
    """scipy's statistics; they are not needed for anything else.

    Raises:
        ImportError: says how to get it.
    """
    try:
        from scipy import stats
    except ImportError as error:
        raise ImportError(
            f"intervals need scipy: {error}. First: pip install scipy"
        ) from error
    return stats


def over_seeds(
    better: Sequence[float], worse: Sequence[float]
) -> Interval:
    """Welch's interval of ``mean(worse) - mean(better)``, for two sets of runs.

    Args:
        better: the test errors of one arm, at least two.
        worse: those of the other one; their spread may be another.

    Raises:
        ValueError: there are fewer than two in an arm; ImportError: without scipy.
    """
    for name, errors in (("better", better), ("worse", worse)):
        require_count(f"the number of runs in {name}", len(errors), at_least=2)
    if np.ptp(better) == np.ptp(worse) == 0:     # Welch would divide by zero
        mean = float(np.mean(worse) - np.mean(better))
        return Interval(mean, mean)
    test = scipy_stats().ttest_ind(worse, better, equal_var=False)
    found = test.confidence_interval(CONFIDENCE)
    return Interval(float(found.low), float(found.high))


def over_pairs(
    better: Sequence[float], worse: Sequence[float]
) -> Interval:
    """The interval of ``mean(worse - better)``, for runs that go together in pairs.

    Two runs of one seed may share their data: then what that seed's data does to both
    does not count (chapter 17).

    Args:
        better: the test errors of one arm, seed by seed, at least two.
        worse: those of the other one, of the same seeds.

    Raises:
        ValueError: there are fewer than two, or not as many; ImportError: without
            scipy.
    """
    count = require_count("the number of runs in better", len(better), at_least=2)
    if len(worse) != count:
        raise ValueError(
            f"better and worse must be errors of the same seeds, got {count} and "
            f"{len(worse)}."
        )
    gains = np.subtract(worse, better)
    share = (1 + CONFIDENCE) / 2
    reach = scipy_stats().t.ppf(share, count - 1) * gains.std(ddof=1) / count**0.5
    return Interval(float(gains.mean() - reach), float(gains.mean() + reach))


def over_items(
    better: np.ndarray, worse: np.ndarray, seed: int = 0
) -> Interval:
    """The bootstrap interval of how much more often one arm is right, by test item.

    Each draw takes as many items as there are, with replacement; an item counts with
    the share of runs that classify it rightly, in either arm. So it says what another
    test set of this size would change, for these very networks.

    Args:
        better: right answers, bool, ``(runs, items)``.
        worse: those of the other arm, on the same items.
        seed: of the draws.

    Raises:
        ValueError: the items are not as many; ImportError: without scipy.
    """
    if better.shape[1:] != worse.shape[1:]:
        raise ValueError(
            "better and worse must be answers to the same items, got "
            f"{better.shape[1:]} and {worse.shape[1:]}."
        )
    each = better.mean(axis=0) - worse.mean(axis=0)  # (items,)
    found = scipy_stats().bootstrap(
        (each,), np.mean, n_resamples=DRAWS, batch=100,
        confidence_level=CONFIDENCE, method="percentile",
        random_state=np.random.RandomState(seed),
    ).confidence_interval
    return Interval(float(found.low), float(found.high))
