"""What the prose of chapter 15 says of recorded runs, read again."""

from __future__ import annotations

import statistics

import pytest

from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.long_tail import class_weights, long_tail
from resattn_tutorial.experiments.long_tails import MASKS, PLAIN, RATIOS, WEIGHTED
from resattn_tutorial.experiments.outcome import SAME_DIRECTION
from resattn_tutorial.experiments.robustness import rare_recalls, tail_claim
from resattn_tutorial.ledger.store import read_runs

TAILS = read_runs("chapter15-long-tails")
COSTS = read_runs("network-costs")[0].results.scores
LARGE, CIFAR = COSTS["ImageNet size"], COSTS["CIFAR size"]


def test_attention_56_saves_more_multiply_adds_than_seconds_and_bytes_least() -> None:
    cells = LARGE["attention56"]
    work, kept = cells["ratios"]["multiply_adds"], cells["ratios"]["kept_bytes"]
    assert round(work, 2) == 0.54
    assert cells["forward_and_backward"]["ratio"] == pytest.approx(2 / 3, abs=0.05)
    assert 0.85 < kept < 0.9


def test_attention_92_keeps_a_quarter_more_for_fewer_multiply_adds() -> None:
    ratios = LARGE["attention92"]["ratios"]
    assert ratios["multiply_adds"] < 1
    assert ratios["kept_bytes"] == pytest.approx(1.25, abs=0.03)


def test_at_cifars_size_the_seconds_of_both_hold_1_in_their_range() -> None:
    cells = CIFAR["cifar_attention92"]
    for what in ("forward", "forward_and_backward"):
        assert cells[what]["lowest"] < 1 < cells[what]["highest"]
    assert all(0.8 < value < 1.1 for name, value in cells["ratios"].items()
               if "forward" not in name)


def test_in_use_networks_with_masks_hold_more_than_resnets() -> None:
    for name in ("attention56", "attention92"):
        assert LARGE[name]["ratios"]["forward_peak_bytes"] > 1.5
    assert CIFAR["cifar_attention92"]["ratios"]["forward_peak_bytes"] > 1.5


def tail_error(ratio: int, arm: str) -> float:
    return statistics.mean(
        run.results.scores[f"ratio {ratio}"][arm]["error"] for run in TAILS
    )


def rare(ratio: int, arm: str) -> float:
    return statistics.mean(rare_recalls(TAILS, ratio, arm))


def test_long_tails_have_three_seeds_with_other_rare_classes_each() -> None:
    rarest = {
        run.results.scores["ratio 100"][MASKS]["classes"]["10"]["class"]
        for run in TAILS
    }
    assert len(TAILS) == len(rarest) == 3


def test_without_weights_rare_classes_get_an_eighth_and_then_next_to_nothing() -> None:
    for arm in (MASKS, PLAIN):
        assert rare(10, arm) == pytest.approx(1 / 8, abs=0.02)
        assert max(rare(50, arm), rare(100, arm)) < 0.01
        assert 0.5 < tail_error(10, arm) < tail_error(100, arm) < 0.7


def test_weights_bring_rare_classes_back_and_frequent_ones_pay() -> None:
    for ratio in RATIOS:
        assert rare(ratio, WEIGHTED) > rare(ratio, PLAIN) + 0.1
        frequent = [
            statistics.mean(
                run.results.scores[f"ratio {ratio}"][arm]["classes"][place]["recall"]
                for run in TAILS for place in ("1", "2", "3")
            )
            for arm in (PLAIN, WEIGHTED)
        ]
        assert frequent[1] < frequent[0] - 0.2


def test_weights_leave_the_error_where_it_was_but_for_the_longest_tail() -> None:
    for ratio in (10, 50):
        assert abs(tail_error(ratio, WEIGHTED) - tail_error(ratio, PLAIN)) < 0.02
    assert tail_error(100, WEIGHTED) - tail_error(100, PLAIN) == pytest.approx(
        0.15, abs=0.005
    )


def test_at_the_ratio_100_the_two_rarest_classes_have_53_images_of_great_weight() -> (
    None
):
    labels = open_set("builtin-large", "train").labels
    kept = labels[long_tail(labels, 100)]
    assert kept.bincount().sort().values[:2].sum() == 53
    assert class_weights(kept).sort().values[-2] > 15


def test_masks_err_less_with_long_tails_and_every_interval_over_seeds_holds_0() -> None:
    for ratio in RATIOS:
        found = tail_claim(TAILS, ratio, MASKS, PLAIN)
        assert found.word == SAME_DIRECTION
        assert found.difference.mean > 0 and found.difference.seeds.sign == 0
