"""The solutions of chapter 17's exercises are what the package computes."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.checks.chapter17.gains import real_gain
from resattn_tutorial.checks.chapter17.nearest_images import nearest
from resattn_tutorial.data.near_duplicates import nearest_distances
from resattn_tutorial.experiments.statistics import over_pairs, scipy_stats


def drawn(count: int, seed: int) -> torch.Tensor:
    """Images of 16 pixels: too small to be shrunk any further."""
    draw = torch.Generator().manual_seed(seed)
    return torch.randint(256, (count, 3, 16, 16), dtype=torch.uint8, generator=draw)


def test_small_images_are_as_near_as_the_package_says() -> None:
    training, validation = drawn(40, 0), drawn(9, 1)
    for number in range(5):                          # near-duplicates, more and less so
        mixed = training[number] + number * 0.4 * validation[number]
        validation[number] = (40 + 0.3 * mixed).byte()
    found = nearest(training.float(), validation.float())
    assert found.min() < 0.05 and found.max() > 1.2
    assert found.allclose(nearest_distances(training, validation), atol=1e-4)


@pytest.mark.parametrize("count", [2, 3, 10])
@pytest.mark.parametrize("gain", [-0.08, 0.0, 0.08])
def test_the_interval_and_its_word_are_those_of_the_package(
    count: int, gain: float
) -> None:
    draw = torch.Generator().manual_seed(count)
    ours = 0.2 + 0.05 * torch.rand(count, generator=draw, dtype=torch.float64)
    theirs = ours + gain + 0.01 * torch.randn(
        count, generator=draw, dtype=torch.float64)
    t = scipy_stats().t.ppf(0.975, count - 1)
    word, *ends = real_gain(ours, theirs, t)
    interval = over_pairs(ours.tolist(), theirs.tolist())
    assert ends == pytest.approx(list(interval), abs=1e-12)
    words = {1: "real", -1: "a loss", 0: "not shown"}
    assert word == words[interval.sign]
