"""Differences under shift and with long tails, from runs that are made up."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_run import a_run

from resattn_tutorial.experiments import long_tails, shifted_tests
from resattn_tutorial.experiments.ending import packed
from resattn_tutorial.experiments.outcome import NOT_RESOLVED, NOT_SEEN, REPRODUCED
from resattn_tutorial.experiments.robustness import (
    difference,
    gain_under,
    rare_recalls,
    rise_saved,
    tail_claim,
    under,
)
from resattn_tutorial.experiments.shifted_tests import (
    CLEAN,
    MASKS,
    PLAIN,
    shifted_ways,
    spoilt_ways,
)
from resattn_tutorial.ledger.run import Run

ITEMS = 400
NAMES = [CLEAN, *spoilt_ways(), *shifted_ways()]


def answers(share: float, seed: int) -> np.ndarray:
    """So many right answers, at random places."""
    right = np.arange(ITEMS) < share * ITEMS
    return np.random.RandomState(seed).permutation(right)


def shifted(seed: int, shares: dict[str, dict[str, float]]) -> Run:
    """A run whose arms have these shares of right answers; 0.5 where none is told."""
    rows = np.stack([
        [answers(shares[arm].get(name, 0.5), seed) for name in NAMES]
        for arm in (MASKS, PLAIN)
    ])
    run = a_run(shifted_tests.ShiftedTests.name, seed)
    return replace(
        run, configuration={"seed": seed, "tested_on": ITEMS},
        results=replace(run.results, right_answers=packed(rows)),
    )


def test_a_difference_is_of_mean_errors_with_both_intervals() -> None:
    better = np.array([[1, 1, 1, 0], [1, 1, 0, 0]], bool)
    worse = np.array([[1, 0, 0, 0], [0, 0, 0, 0]], bool)
    found = difference(better, worse)
    assert found.mean == pytest.approx(0.625 - 0.125)
    assert found.seeds.low < 0.5 < found.seeds.high
    assert found.items.low < 0.5 < found.items.high
    assert found.runs == (2, 2)


def test_a_gain_under_several_ways_is_the_mean_of_theirs() -> None:
    runs = [
        shifted(seed, {MASKS: {"noise 1": 0.8, "blur 3": 0.6}, PLAIN: {"noise 1": 0.7}})
        for seed in range(3)
    ]
    assert gain_under(runs, ["noise 1"]).mean == pytest.approx(0.1)
    assert gain_under(runs, ["blur 3"]).mean == pytest.approx(0.1)
    assert gain_under(runs, ["noise 1", "dark"]).mean == pytest.approx(0.05)
    assert under(runs, MASKS, ["noise 1", "blur 3"]).mean() == pytest.approx(0.7)


def test_what_is_gained_on_clean_scenes_already_is_no_smaller_rise() -> None:
    plain = {CLEAN: 0.7, "dark": 0.6}
    alike = [
        shifted(seed, {MASKS: {CLEAN: 0.8, "dark": 0.7}, PLAIN: plain})
        for seed in range(3)
    ]
    assert gain_under(alike, ["dark"]).mean == pytest.approx(0.1)
    assert rise_saved(alike, ["dark"]).mean == pytest.approx(0)
    worse = [
        shifted(seed, {MASKS: {CLEAN: 0.8, "dark": 0.6}, PLAIN: plain})
        for seed in range(3)
    ]
    assert rise_saved(worse, ["dark"]).mean == pytest.approx(-0.1)


def test_no_way_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="number of ways must be at least 1, got 0"):
        gain_under([], [])


def tail(seed: int, shares: dict[str, float]) -> Run:
    rows = np.stack([
        [answers(shares[arm], seed) for arm in long_tails.ARMS]
        for _ in long_tails.RATIOS
    ])
    run = a_run(long_tails.LongTails.name, seed)
    classes = {str(place): {"recall": place / 10} for place in range(1, 11)}
    scores = {
        f"ratio {ratio}": {arm: {"classes": classes} for arm in long_tails.ARMS}
        for ratio in long_tails.RATIOS
    }
    return replace(
        run, data=replace(run.data, test_images=ITEMS),
        results=replace(run.results, right_answers=packed(rows), scores=scores),
    )


@pytest.mark.parametrize(
    ("masks", "word"), [(0.8, REPRODUCED), (0.5, NOT_RESOLVED), (0.2, NOT_SEEN)]
)
def test_a_claim_about_a_long_tail_gets_chapter_12s_word(masks, word) -> None:
    shares = {long_tails.MASKS: masks, long_tails.PLAIN: 0.5, long_tails.WEIGHTED: 0.5}
    runs = [tail(seed, shares) for seed in range(3)]
    found = tail_claim(runs, 50, long_tails.MASKS, long_tails.PLAIN)
    assert found.word == word
    assert found.difference.mean == pytest.approx(masks - 0.5)
    assert "ratio 50" in found.claim.text


def test_the_rare_classes_are_the_last_three() -> None:
    run = tail(0, dict.fromkeys(long_tails.ARMS, 0.5))
    assert rare_recalls([run], 100, long_tails.MASKS) == pytest.approx([0.9])
