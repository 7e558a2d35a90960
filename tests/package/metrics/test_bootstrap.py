"""The bootstrap of a mean: against theory, and how often its interval is right."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.metrics.bootstrap import Interval, mean_interval


def test_the_interval_of_many_values_is_that_of_theory() -> None:
    draw = torch.Generator().manual_seed(0)
    values = torch.randn(2000, generator=draw).double()
    found = mean_interval(values, draws=4000)
    half = 1.96 * values.std(correction=0).item() / 2000**0.5
    assert found.mean == pytest.approx(values.mean().item())
    assert found.low == pytest.approx(found.mean - half, abs=half / 10)
    assert found.high == pytest.approx(found.mean + half, abs=half / 10)
    assert found.count == 2000


def test_it_holds_the_true_mean_about_as_often_as_it_says() -> None:
    draw = torch.Generator().manual_seed(1)
    held = 0
    for trial in range(300):
        found = mean_interval(
            (torch.rand(60, generator=draw) < 0.3).float(), draws=400, seed=trial
        )
        held += found.low <= 0.3 <= found.high
    assert 0.9 < held / 300 < 0.98


def test_paired_differences_are_surer_than_two_means_apart() -> None:
    draw = torch.Generator().manual_seed(2)
    hard = torch.randn(500, generator=draw)
    one, other = hard + 0.1, hard + 0.05 * torch.randn(500, generator=draw)
    paired = mean_interval(one - other)
    apart = mean_interval(one).high - mean_interval(one).low
    assert paired.low > 0 and paired.high - paired.low < apart / 5


def test_a_higher_level_is_wider_and_the_seed_repeats_it() -> None:
    values = torch.arange(50.0)
    narrow, wide = mean_interval(values, level=0.5), mean_interval(values, level=0.99)
    assert wide.low < narrow.low < narrow.mean < narrow.high < wide.high
    assert mean_interval(values) == mean_interval(values)
    assert mean_interval(values) != mean_interval(values, seed=1)


@pytest.mark.parametrize("values", [torch.ones(7), torch.ones(1).bool(),
                                    torch.ones(3, dtype=torch.int64)])
def test_values_that_are_all_alike_leave_no_doubt(values: torch.Tensor) -> None:
    assert mean_interval(values) == Interval(1.0, 1.0, 1.0, len(values))


def test_an_interval_is_told_in_three_digits() -> None:
    assert str(Interval(0.5, 0.25, 0.75, 9)) == "0.500 [0.250, 0.750]"


REFUSED = [
    (lambda: mean_interval([1.0]), TypeError, "values must be a tensor, got list"),
    (lambda: mean_interval(torch.rand(0)), ValueError, "N at least 1"),
    (lambda: mean_interval(torch.rand(2, 2)), ValueError, "values must have shape"),
    (lambda: mean_interval(torch.rand(2) * 1j), TypeError, "real numbers"),
    (lambda: mean_interval(torch.tensor([1.0, float("nan")])), ValueError, "finite"),
    (lambda: mean_interval(torch.rand(3), level=1), ValueError, "level must be"),
    (lambda: mean_interval(torch.rand(3), draws=0), ValueError, "draws must be"),
    (lambda: mean_interval(torch.rand(3), draws=10**9), ValueError, "draws must be"),
    (lambda: mean_interval(torch.rand(3), seed=-1), ValueError, "seed must be"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_has_no_interval_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
