"""What the prose of chapter 15 says of recorded runs, read again."""

from __future__ import annotations

import pytest

from resattn_tutorial.ledger.store import read_runs

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
