"""What the prose of chapter 17 says of recorded runs, of splits and of networks."""

from __future__ import annotations

import statistics

import pytest
from torchvision.models import resnet18

from resattn_tutorial.data.near_duplicates import NEAR, nearest_distances
from resattn_tutorial.data.wardrobe import KINDS
from resattn_tutorial.experiments.own_images import (
    ARMS,
    BY_IMAGE,
    PACKAGED,
    RESNET,
    SCRATCH,
    parted,
    right_answers,
    wardrobe,
)
from resattn_tutorial.experiments.own_images_rates import RATES, best_rate
from resattn_tutorial.experiments.statistics import over_pairs, scipy_stats
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.models.registry import build_network

RUNS = read_runs("chapter17-own-images")
CHANCE = 0.8


def errors(name: str, what: str = "error") -> list[float]:
    return [run.results.scores[name][what] for run in RUNS]


def test_there_are_three_seeds_of_24_epochs_on_500_photographs() -> None:
    assert [run.configuration["seed"] for run in RUNS] == [0, 1, 2]
    for run in RUNS:
        assert run.configuration["epochs"] == 24 and set(run.results.scores) == {*ARMS}
        assert (run.data.training_images, run.data.test_images) == (500, 500)
        for name, right in right_answers(run).items():
            told = run.results.scores[name]["error"]
            assert 1 - right.mean() == pytest.approx(told, abs=1e-6)


def test_each_way_has_its_best_rate_and_both_splits_have_the_same_one() -> None:
    [rates] = read_runs("chapter17-rates")
    assert rates.configuration["seed"] not in {0, 1, 2}
    for name in RATES:
        assert best_rate(rates, name) == ARMS[name].rate
    assert ARMS[BY_IMAGE] == ARMS[PACKAGED]._replace(by_series=False)
    for name, tried in RATES.items():
        steps = [b / a for a, b in zip(tried, tried[1:], strict=False)]
        assert len(tried) == 3 and max(steps) < 3.5 and min(steps) >= 3 - 1e-9, name


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_photograph_by_photograph_most_have_been_seen_and_piece_by_piece_none(seed):
    images = wardrobe("train", seed)
    shares = []
    for by_series in (False, True):
        training, validation = parted(images, seed, by_series)
        assert validation.labels.bincount().tolist() == [20] * len(KINDS)
        near = nearest_distances(training.images, validation.images) < NEAR
        shares.append(near.double().mean().item())
    assert shares[0] > 0.5 and shares[1] < 0.03


def test_with_a_leak_the_network_seems_never_to_err_and_errs_as_often_as_the_other():
    assert max(errors(BY_IMAGE, "validation_error")) == 0
    for name in (BY_IMAGE, PACKAGED):
        assert 0.3 < statistics.mean(errors(name)) < 1 / 3
    low, high = over_pairs(errors(PACKAGED), errors(BY_IMAGE))
    assert low < 0 < high


def test_piece_by_piece_the_validation_error_scatters_and_is_rather_too_low() -> None:
    ours = errors(PACKAGED, "validation_error")
    assert statistics.stdev(ours) > 2 * statistics.stdev(errors(PACKAGED))
    assert statistics.mean(ours) < statistics.mean(errors(PACKAGED))


def test_with_three_seeds_t_is_4_30() -> None:
    assert scipy_stats().t.ppf(0.975, 2) == pytest.approx(4.30, abs=0.005)


def test_resnet_18_has_eleven_times_as_many_parameters() -> None:
    ours = build_network("cifar_attention56", len(KINDS))
    sizes = [
        sum(weight.numel() for weight in network.parameters())
        for network in (resnet18(num_classes=len(KINDS)), ours)
    ]
    assert round(sizes[0] / sizes[1]) == 11 and round(sizes[1] / 1e6) == 1


def test_the_packaged_weights_gain_and_from_nothing_little_is_learned() -> None:
    for name in (SCRATCH, RESNET):
        assert over_pairs(errors(PACKAGED), errors(name)).low > 0.2, name
    assert min(errors(SCRATCH)) > CHANCE - 0.02
    assert max(errors(RESNET)) < CHANCE
    [rates] = read_runs("chapter17-rates")
    edges = {name: best_rate(rates, name) for name in RATES}
    assert edges[PACKAGED] == max(RATES[PACKAGED])
    assert edges[RESNET] == min(RATES[RESNET])
    assert min(RATES[SCRATCH]) < edges[SCRATCH] < max(RATES[SCRATCH])
    gain = statistics.mean(errors(RESNET)) - statistics.mean(errors(PACKAGED))
    assert gain > 0.35
