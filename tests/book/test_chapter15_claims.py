"""What the prose of chapter 15 says of recorded runs, read again."""

from __future__ import annotations

import statistics

import pytest
import torch
from recorded import found

from resattn_tutorial.data.corruptions import CORRUPTIONS, STRENGTHS
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.data.long_tail import class_weights, long_tail
from resattn_tutorial.experiments import long_tails, shifted_tests
from resattn_tutorial.experiments.long_tails import MASKS, PLAIN, RATIOS, WEIGHTED
from resattn_tutorial.experiments.network_counts import counts
from resattn_tutorial.experiments.network_groups import Entrant
from resattn_tutorial.experiments.outcome import (
    NOT_RESOLVED,
    REPRODUCED,
    SAME_DIRECTION,
    word_for,
)
from resattn_tutorial.experiments.robustness import (
    RAREST,
    gain_under,
    rare_recalls,
    rise_saved,
    tail_claim,
    under,
)
from resattn_tutorial.experiments.shifted_tests import (
    CLEAN,
    shifted_ways,
    spoilt_ways,
)
from resattn_tutorial.experiments.statistics import scipy_stats
from resattn_tutorial.ledger.store import read_runs

SHIFTED = read_runs("chapter15-shifted-tests")
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
        frozenset(
            run.results.scores["ratio 100"][MASKS]["classes"][place]["class"]
            for place in RAREST
        )
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
        told = tail_claim(TAILS, ratio, MASKS, PLAIN)
        assert told.word == SAME_DIRECTION
        assert told.difference.mean > 0 and told.difference.seeds.sign == 0


def mean_error(arm: str, ways: list[str]) -> float:
    return 1 - under(SHIFTED, arm, ways).mean()


def test_three_corruptions_leave_both_near_guessing_at_their_greatest_strength() -> (
    None
):
    for name in ("blur", "contrast", "pixelate"):
        for arm in shifted_tests.ARMS:
            assert 0.855 < mean_error(arm, [f"{name} 3"]) < 0.905


def test_masks_gain_a_point_on_clean_scenes_and_as_much_on_corruptions() -> None:
    clean, spoilt = gain_under(SHIFTED, [CLEAN]), gain_under(SHIFTED, spoilt_ways())
    assert len(SHIFTED) == 3 and word_for(clean) == REPRODUCED
    assert clean.mean == pytest.approx(0.012, abs=0.003)
    assert spoilt.mean == pytest.approx(clean.mean, abs=0.003)


@pytest.mark.parametrize("ways", [spoilt_ways(), shifted_ways()])
def test_taken_together_the_errors_of_both_rise_alike(ways) -> None:
    assert word_for(rise_saved(SHIFTED, ways)) == NOT_RESOLVED


def test_only_stripes_and_cut_items_stand_out_in_both_intervals() -> None:
    rows = {name: [f"{name} {k}" for k in STRENGTHS] for name in CORRUPTIONS}
    rows |= {way: [way] for way in shifted_ways()}
    assert len(rows) == 11
    signs = {
        name: (told.seeds.sign, told.items.sign)
        for name, ways in rows.items() for told in [rise_saved(SHIFTED, ways)]
    }
    outstanding = {name: one[0] for name, one in signs.items() if abs(sum(one)) == 2}
    assert outstanding == {"stripes": 1, "cut": -1}
    assert rise_saved(SHIFTED, ["stripes"]).mean == pytest.approx(0.1, abs=0.005)
    assert rise_saved(SHIFTED, ["cut"]).mean == pytest.approx(-0.034, abs=0.005)


def seed_by_seed(ways: list[str]) -> list[float]:
    """How much less the error with masks rises, for each seed."""
    masks, plain = (
        (under(SHIFTED, arm, ways) - under(SHIFTED, arm, [CLEAN])).mean(axis=1)
        for arm in shifted_tests.ARMS
    )
    return (masks - plain).tolist()


def test_both_rows_point_one_way_with_each_seed_and_11_rows_allow_for_luck() -> None:
    assert all(rise > 0.05 for rise in seed_by_seed(["stripes"]))
    assert all(rise < -0.03 for rise in seed_by_seed(["cut"]))
    for way in ("stripes", "cut"):
        rises = [
            (under(SHIFTED, arm, [way]) - under(SHIFTED, arm, [CLEAN])).mean(axis=1)
            for arm in shifted_tests.ARMS
        ]
        test = scipy_stats().ttest_ind(*rises, equal_var=False)
        wide = test.confidence_interval(1 - 0.05 / 11)
        assert test.pvalue < 0.05 and wide.low < 0 < wide.high


def test_nearly_every_second_table_of_eleven_rows_would_show_one_by_luck() -> None:
    assert 1 - 0.95**11 == pytest.approx(0.43, abs=0.01)


def confidence(arm: str, name: str) -> list[float]:
    return [run.results.scores[arm]["confidence"][name] for run in SHIFTED]


def by_chance(arm: str) -> float:
    """The calibration error of a calibrated network with as many scenes in its bins."""
    generator, errors = torch.Generator().manual_seed(0), []
    for run in SHIFTED:
        bins = list(run.results.scores[arm]["confidence"]["bins"].values())
        counts, sure = (
            torch.tensor([float(one[what]) for one in bins])
            for what in ("images", "confidence")
        )
        right = torch.stack([
            torch.binomial(counts, sure, generator=generator) for _ in range(200)
        ])
        apart = (right / counts - sure).abs()
        errors.append((apart * counts).sum(dim=1).mean() / counts.sum())
    return torch.stack(errors).mean().item()


def test_both_are_slightly_too_sure_and_a_temperature_brings_them_near_chance() -> None:
    for arm in shifted_tests.ARMS:
        assert all(1 < value < 1.1 for value in confidence(arm, "temperature"))
        assert by_chance(arm) == pytest.approx(0.016, abs=0.001)
    assert statistics.mean(confidence(shifted_tests.MASKS, "after")) < 0.019
    assert 0.02 < statistics.mean(confidence(shifted_tests.PLAIN, "after")) < 0.026


def spoilt_calibration(arm: str) -> list[float]:
    return [
        statistics.mean(
            run.results.scores[arm]["conditions"][way]["calibration error"]
            for way in spoilt_ways()
        )
        for run in SHIFTED
    ]


def own_calibration(arm: str, ways: list[str]) -> float:
    """The mean calibration error over seeds, of the first 2,000 scenes."""
    return statistics.mean(
        run.results.scores[arm]["conditions"][way]["calibration error"]
        for run in SHIFTED for way in ways
    )


def test_spoilt_and_shifted_scenes_have_four_to_seven_times_the_calibration_error():
    for arm in shifted_tests.ARMS:
        clean = own_calibration(arm, [CLEAN])
        for ways in (spoilt_ways(), shifted_ways()):
            assert 4 < own_calibration(arm, ways) / clean < 7.5
    masks, plain = (own_calibration(arm, [CLEAN]) for arm in shifted_tests.ARMS)
    assert plain < masks


def test_on_corruptions_the_seeds_of_both_arms_overlap() -> None:
    found = {arm: spoilt_calibration(arm) for arm in shifted_tests.ARMS}
    ends = [[round(min(one), 2), round(max(one), 2)] for one in found.values()]
    assert ends == [[0.12, 0.24], [0.12, 0.15]]


def test_take_the_masks_out_and_most_of_the_bytes_beyond_a_resnet_stay() -> None:
    resnet = LARGE["imagenet_resnet152"]
    usual = resnet["kept_bytes"] / resnet["multiply_adds"]
    for name in ("attention56", "attention92"):
        without = counts(Entrant(name, "none"), 2)
        bare = without["kept_bytes"] / without["multiply_adds"] - usual
        whole = LARGE[name]["kept_bytes"] / LARGE[name]["multiply_adds"] - usual
        assert 0.5 < bare / whole < 1


def test_attention_92_saves_beside_resnet_200_what_the_page_says() -> None:
    ours, theirs = LARGE["attention92"], LARGE["imagenet_resnet200"]
    quotients = [
        ours[what] / theirs[what] for what in ("multiply_adds", "kept_bytes")
    ]
    seconds = [
        cells["forward_and_backward"]["ratio"] for cells in (ours, theirs)
    ]
    assert quotients == pytest.approx([0.70, 0.87], abs=0.006)
    assert seconds[0] / seconds[1] == pytest.approx(0.77, abs=0.01)


def test_with_few_images_the_weights_outweigh_the_maps() -> None:
    for name in ("attention56", "imagenet_resnet152"):
        assert 4 * LARGE[name]["parameters"] > 2 * LARGE[name]["forward_peak_bytes"]
    assert LARGE["attention56"]["ratios"]["parameters"] == pytest.approx(0.53, abs=0.01)


def test_the_tails_common_rate_is_the_best_of_chapter_12_for_masks_alone() -> None:
    arms = found("masks-mini").arms
    rates = {arm: arms[f"1 module, {arm}"].rate for arm in ("residual", "trunk")}
    assert rates == {"residual": long_tails.RATE, "trunk": 0.45}


def test_weights_move_single_seeds_up_and_down_and_fail_at_the_ratio_100() -> None:
    def rises(ratio: int) -> list[float]:
        scores = [run.results.scores[f"ratio {ratio}"] for run in TAILS]
        return [one[WEIGHTED]["error"] - one[PLAIN]["error"] for one in scores]

    for ratio in (10, 50):
        assert min(rises(ratio)) < -0.05 and max(rises(ratio)) > 0.1
        assert max(map(abs, rises(ratio))) < 0.155
    assert min(rises(100)) > 0.05
    assert rare(100, WEIGHTED) == pytest.approx(0.1, abs=0.02)


def test_with_masks_there_are_a_quarter_more_parameters_and_the_trunk_is_deeper() -> (
    None
):
    masks, plain = (
        counts(Entrant("mini3", attention), 1) for attention in ("residual", "trunk")
    )
    assert masks["parameters"] / plain["parameters"] == pytest.approx(1.27, abs=0.03)
    assert plain["trunk_depth"] > masks["trunk_depth"]
