"""What the prose of chapter 12 says of recorded runs, read from the ledger again."""

from __future__ import annotations

import statistics
from functools import cache

import numpy as np
import pytest
import torch
from recorded import found, ledger

from resattn_tutorial.checks.chapter12.item_intervals import item_interval
from resattn_tutorial.checks.chapter12.rates import fair_rates
from resattn_tutorial.checks.chapter12.words import WORDS, honest_word
from resattn_tutorial.cost.flops import operations
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.grid import chosen_rate, search_of
from resattn_tutorial.experiments.outcome import (
    NOT_RESOLVED,
    NOT_SEEN,
    QUEUED,
    REPRODUCED,
    SAME_DIRECTION,
    word_for,
)
from resattn_tutorial.experiments.queue import searched
from resattn_tutorial.experiments.statistics import Difference, Interval, over_seeds
from resattn_tutorial.ledger.expected import find_band
from resattn_tutorial.ledger.store import read_runs
from resattn_tutorial.models.registry import build_network

DEPTHS = {1: "1 module", 3: "3 modules", 6: "6 modules"}


@cache
def responses(m: int, form: str, where: str) -> np.ndarray:
    """Mean responses, (runs, stages)."""
    runs = found("table3-mini").arms[f"{DEPTHS[m]}, {form}"].runs
    return np.array([
        list(run.results.scores["response"][where].values()) for run in runs
    ])


def test_chapter_3s_runs_do_not_overlap():
    with_masks, without = (
        [run.results.test_error for run in read_runs(f"chapter03-{name}")]
        for name in ("masks", "no-masks")
    )
    assert max(without) < min(with_masks)


def test_table_3_has_these_words_at_mini_size():
    outcomes = found("table3-mini").claims
    assert [one.word for one in outcomes] == [SAME_DIRECTION, REPRODUCED, REPRODUCED]
    assert all(one.difference.runs == (5, 5) for one in outcomes)


def test_with_one_module_zero_lies_in_the_interval_over_seeds_alone():
    one = found("table3-mini").claims[0].difference
    assert (one.seeds.sign, one.items.sign) == (0, 1)


def test_the_interval_over_items_is_the_narrower_one_at_every_depth():
    for one in found("table3-mini").claims:
        seeds, items = one.difference.seeds, one.difference.items
        assert items.high - items.low < seeds.high - seeds.low


def test_with_one_module_the_forms_are_close_with_six_the_naive_one_hardly_learned():
    arms = found("table3-mini").arms
    assert arms["1 module, naive"].mean - arms["1 module, residual"].mean < 0.01
    assert arms["3 modules, naive"].mean > 1.5 * arms["3 modules, residual"].mean
    assert arms["3 modules, naive"].spread > 5 * 0.01
    assert 0.8 < arms["6 modules, naive"].mean < 0.9


def test_the_naive_search_falls_to_the_edge_with_three_modules_and_fails_with_six():
    rates = searched(EXPERIMENTS["table3-mini"], ledger())
    low, middle, high = (rates["3 modules, naive"][r] for r in (0.05, 0.15, 0.45))
    assert low - middle > 0.1 and middle - high > 0.1
    assert min(rates["6 modules, naive"].values()) > 0.8


def test_the_trunk_has_the_masks_cost_and_none_is_cheaper_by_a_third_or_so():
    scene = torch.zeros(1, 3, 32, 32)
    for m in DEPTHS:
        masks, none, trunk = (
            sum(op.multiply_adds for op in operations(
                build_network(f"mini{m}", 10, attention=attention), scene
            ))
            for attention in ("residual", "none", "trunk")
        )
        assert abs(trunk / masks - 1) < 0.02
        assert 1.35 < masks / none < 1.61              # "two to three fifths more"


def test_before_the_norm_the_naive_second_stage_falls_to_a_thousandth():
    naive = responses(6, "naive", "before norm")
    assert (naive[:, 1] / naive[:, 0]).mean() < 1e-3 < 0.016 / 10


def test_after_the_norm_two_thirds_and_about_half_are_left():
    for form, share in (("residual", 2 / 3), ("naive", 1 / 2)):
        after = responses(6, form, "after norm")
        assert (after[:, 1] / after[:, 0]).mean() == pytest.approx(share, abs=0.06)


def test_with_three_the_first_stages_are_alike_and_the_second_is_nine_times_smaller():
    naive, residual = (
        responses(3, form, "before norm").mean(axis=0) for form in ("naive", "residual")
    )
    assert naive[0] == pytest.approx(residual[0], rel=0.35)
    assert 8 < residual[1] / naive[1] < 10


def test_with_three_modules_no_mask_beats_the_naive_form_too():
    none = found("masks-mini").arms["3 modules, none"].errors
    naive = found("table3-mini").arms["3 modules, naive"].errors
    assert len(none) >= 3 and max(none) < min(naive)


def test_two_claims_about_masks_are_complete_and_clear_and_two_are_not_settled():
    claims = {one.claim.text: one for one in found("masks-mini").claims}
    lost = claims["1 module, residual errs less than 1 module, trunk"]
    won = claims["3 modules, residual errs less than 3 modules, none"]
    assert lost.difference.runs == won.difference.runs == (5, 5)
    assert lost.word == NOT_SEEN and lost.difference.seeds.high < 0
    assert won.word == REPRODUCED
    for m in ("3 modules", "6 modules"):
        open_one = claims[f"{m}, residual errs less than {m}, trunk"]
        assert open_one.difference.seeds.sign == 0


def test_the_live_bands_overlap_and_five_runs_tell_the_forms_apart():
    live = found("live-mini")
    bands = [find_band(arm.runs[0].name) for arm in live.arms.values()]
    assert bands[0].highest > bands[1].lowest
    assert [one.word for one in live.claims] == [REPRODUCED]


def test_the_papers_table_3_is_behind_by_what_is_said():
    assert round(5.89 - 5.52, 2) == 0.37 and round(7.18 - 4.31, 2) == 2.87


def test_the_exercises_solutions_say_what_the_package_says():
    told = found("table3-mini")
    for one, claim in zip(told.claims, EXPERIMENTS["table3-mini"].claims, strict=True):
        answers = [told.arms[arm].answers() for arm in (claim.better, claim.worse)]
        mine = item_interval(*map(torch.from_numpy, answers))
        assert mine == pytest.approx(one.difference.items, abs=2e-3)
        assert honest_word(one.difference.seeds, one.difference.items) == one.word


def test_the_exercises_words_are_the_packages_but_for_queued():
    assert WORDS == (REPRODUCED, SAME_DIRECTION, NOT_SEEN, NOT_RESOLVED)


def test_the_rates_are_those_that_a_fair_choice_takes():
    for experiment in (EXPERIMENTS["table3-mini"], EXPERIMENTS["masks-mini"]):
        rates = searched(experiment, ledger())
        rows = [
            (arm, rate, "validation", error)
            for arm, tried in rates.items() if len(tried) == len(experiment.rates)
            for rate, error in tried.items()
        ]
        assert fair_rates(rows) == {
            row[0]: chosen_rate(experiment, row[0], ledger().errors) for row in rows
        }


def test_an_arm_is_searched_on_items_that_it_is_not_tested_on():
    experiment = EXPERIMENTS["table3-mini"]
    for arm in experiment.arms:
        searches = search_of(experiment, arm)
        assert {run.config.data for run in searches} == {"builtin-search"}
        assert experiment.configs[arm].data == "builtin-large"


def test_an_arm_with_fewer_than_three_runs_is_queued_and_counts_are_told():
    for name in ("table1-mini", "table4-mini", "later-mini", "table5-mini"):
        told = found(name)
        for one in told.claims:
            arms = told.arms[one.claim.better], told.arms[one.claim.worse]
            fewest = min(len(arm.runs) for arm in arms)
            assert (one.word == QUEUED) == (fewest < 3)
    assert statistics.mean(found("live-mini").arms["3 modules, residual"].errors) < 0.8


def test_with_six_the_first_stage_is_thirty_times_larger_and_the_second_smaller():
    naive, residual = (
        responses(6, form, "before norm").mean(0) for form in ("naive", "residual")
    )
    assert 25 < naive[0] / residual[0] < 40
    assert 35 < residual[1] / naive[1] < 50


def test_the_naive_networks_with_six_modules_have_hardly_learned():
    assert min(found("table3-mini").arms["6 modules, naive"].errors) > 0.8
    three = responses(3, "naive", "before norm")
    assert (three[:, 1] / three[:, 0]).mean() == pytest.approx(1 / 12, abs=0.01)


def test_in_five_arms_the_two_best_rates_are_within_ten_scenes():
    close = 0
    arms = {
        arm: tried for name in ("table3-mini", "masks-mini")
        for arm, tried in searched(EXPERIMENTS[name], ledger()).items()
    }
    for tried in arms.values():
        best, second, *_ = sorted(tried.values())
        close += (second - best) * 2000 <= 10
    assert len(arms) == 12 and close == 5
    masks, none = (
        found("masks-mini").arms[f"3 modules, {arm}"].rate
        for arm in ("residual", "none")
    )
    assert (masks, none) == (0.45, 0.15)


def test_a_trunk_of_equal_cost_has_fewer_weights():
    for m in DEPTHS:
        masks, trunk = (
            sum(w.numel() for w in build_network(f"mini{m}", 10, 0, arm).parameters())
            for arm in ("residual", "trunk")
        )
        assert trunk < 0.9 * masks


def test_equal_arms_would_come_by_a_word_as_often_as_the_pages_say():
    """Equal errors on average, the recorded spread over seeds, and items' as narrow."""
    random = np.random.RandomState(0)
    claims = [
        claim for name in ("table3-mini", "masks-mini") for claim in found(name).claims
        if claim.difference and abs(claim.difference.mean) < 0.05
    ]
    spread = np.mean([
        arm.spread for name in ("table3-mini", "masks-mini")
        for arm in found(name).arms.values() if arm.spread and arm.mean < 0.3
    ])
    reach = np.mean([
        (one.difference.items.high - one.difference.items.low) / 2 for one in claims
    ])
    words = {word: 0 for word in (REPRODUCED, SAME_DIRECTION, NOT_SEEN, NOT_RESOLVED)}
    draws = 2_000
    for _ in range(draws):
        better, worse = random.normal(0, spread, (2, 5))
        mean = worse.mean() - better.mean()
        items = Interval(mean - reach, mean + reach)
        told = Difference(mean, over_seeds(better, worse), items, (5, 5))
        words[word_for(told)] += 1 / draws
    assert 0.015 < words[REPRODUCED] < 0.045            # "about three in a hundred"
    assert 0.4 < words[SAME_DIRECTION] + words[NOT_SEEN] < 0.6      # "about half"
