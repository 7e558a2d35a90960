"""Intervals against a slow plain way, and how often they hold what is true."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from resattn_tutorial.experiments import statistics
from resattn_tutorial.experiments.statistics import Interval, over_items, over_seeds

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


def test_too_few_runs_and_other_items_are_refused():
    with pytest.raises(ValueError, match="runs in worse must be at least 2, got 1"):
        over_seeds([0.1, 0.2], [0.1])
    with pytest.raises(ValueError, match="same items"):
        over_items(np.ones((2, 5), bool), np.ones((2, 6), bool))


def test_without_scipy_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ImportError, match="intervals need scipy: .* pip install scipy"):
        over_seeds([0.1, 0.2], [0.1, 0.3])
