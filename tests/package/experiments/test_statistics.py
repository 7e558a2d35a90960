"""Intervals against a slow plain way, and how often they hold what is true."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from resattn_tutorial.experiments import statistics
from resattn_tutorial.experiments.statistics import (
    Interval,
    over_items,
    over_pairs,
    over_seeds,
)

RANDOM = np.random.RandomState(0)


def test_the_interval_over_seeds_is_welch_s():
    better, worse = [0.20, 0.22, 0.21, 0.24], [0.30, 0.27, 0.33]
    a, b = np.array(better), np.array(worse)
    parts = a.var(ddof=1) / 4, b.var(ddof=1) / 3
    freedom = sum(parts) ** 2 / (parts[0] ** 2 / 3 + parts[1] ** 2 / 2)
    reach = statistics.scipy_stats().t.ppf(0.975, freedom) * sum(parts) ** 0.5
    middle = b.mean() - a.mean()
    low, high = over_seeds(better, worse)
    assert (low, high) == (pytest.approx(middle - reach), pytest.approx(middle + reach))


def test_runs_that_all_end_alike_differ_by_a_number():
    assert over_seeds([0.5, 0.5], [0.6, 0.6]) == pytest.approx((0.1, 0.1))


def test_the_interval_over_items_is_near_the_normal_one():
    better = RANDOM.rand(3, 4000) < 0.8
    worse = RANDOM.rand(3, 4000) < 0.75
    each = better.mean(0) - worse.mean(0)
    reach = 1.96 * each.std(ddof=1) / 4000**0.5
    low, high = over_items(better, worse)
    assert low == pytest.approx(each.mean() - reach, abs=0.1 * reach)
    assert high == pytest.approx(each.mean() + reach, abs=0.1 * reach)
    assert over_items(better, worse) == (low, high)          # drawn from a seed


def test_intervals_hold_no_difference_about_nineteen_times_in_twenty():
    held = []
    for _ in range(200):
        a, b = RANDOM.normal(size=5), RANDOM.normal(scale=2, size=5)
        held.append(over_seeds(a, b).sign == 0)
    assert 0.90 < np.mean(held) < 0.99


def test_a_sign_is_that_of_the_whole_interval():
    signs = [Interval(*ends).sign for ends in ((1, 2), (-1, 2), (-2, -1), (0, 1))]
    assert signs == [1, 0, -1, 0]


@pytest.mark.parametrize("count", [2, 3, 12])
def test_the_interval_over_pairs_is_that_of_the_paired_t_test(count):
    worse = RANDOM.rand(count)
    better = worse - 0.1 * RANDOM.rand(count)
    test = statistics.scipy_stats().ttest_rel(worse, better)
    low, high = test.confidence_interval(0.95)
    found = over_pairs(better.tolist(), worse.tolist())
    assert found == (pytest.approx(low, abs=1e-12), pytest.approx(high, abs=1e-12))
    turned = over_pairs(worse, better)
    assert turned == (pytest.approx(-high), pytest.approx(-low))


def test_what_both_runs_of_a_pair_share_drops_out_and_only_there():
    better, worse, shared = RANDOM.normal(size=(3, 6))
    alone, together = over_pairs(better, worse), over_pairs(
        better + 9 * shared, worse + 9 * shared)
    assert together == pytest.approx(alone)
    unpaired = over_seeds(better + 9 * shared, worse + 9 * shared)
    assert unpaired.high - unpaired.low > 3 * (together.high - together.low)


def test_an_interval_over_pairs_holds_the_true_gain_nineteen_times_in_twenty():
    held = []
    for _ in range(300):
        shared, noise = 5 * RANDOM.normal(size=3), RANDOM.normal(size=(2, 3))
        low, high = over_pairs(shared + noise[0], shared + noise[1] + 0.7)
        held.append(low < 0.7 < high)
    assert 0.91 < np.mean(held) < 0.99


def test_pairs_that_all_gain_alike_differ_by_a_number():
    assert over_pairs([0.1, 0.3], [0.2, 0.4]) == pytest.approx((0.1, 0.1))


@pytest.mark.parametrize(("better", "worse", "words"), [
    ([0.1], [0.2], "runs in better must be at least 2, got 1"),
    ([0.1, 0.2], [0.2], "errors of the same seeds, got 2 and 1"),
    ([0.1, 0.2], [0.2, 0.3, 0.4], "errors of the same seeds, got 2 and 3"),
])
def test_what_are_no_pairs_is_refused(better, worse, words):
    with pytest.raises(ValueError, match=words):
        over_pairs(better, worse)


def test_too_few_runs_and_other_items_are_refused():
    with pytest.raises(ValueError, match="runs in worse must be at least 2, got 1"):
        over_seeds([0.1, 0.2], [0.1])
    with pytest.raises(ValueError, match="same items"):
        over_items(np.ones((2, 5), bool), np.ones((2, 6), bool))


def test_without_scipy_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match="intervals need scipy: .* pip install scipy"):
        over_seeds([0.1, 0.2], [0.1, 0.3])
    with pytest.raises(ImportError, match="pip install scipy"):
        over_pairs([0.1, 0.2], [0.1, 0.3])
