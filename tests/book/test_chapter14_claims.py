"""What the prose of chapter 14 says of recorded runs and of formulas, read again."""

from __future__ import annotations

import statistics
from functools import cache

import pytest
import torch
from recorded import found

from resattn_tutorial.checks.chapter14.noisy_errors import clean_error
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.experiments.arms import NOISE
from resattn_tutorial.experiments.catalogue import EXPERIMENTS
from resattn_tutorial.experiments.gradient_pulls import filtering
from resattn_tutorial.experiments.noisy_runs import (
    CLEAN,
    NOISY,
    OTHER,
    curve,
    stopped_by,
    watched,
)
from resattn_tutorial.experiments.outcome import SAME_DIRECTION
from resattn_tutorial.experiments.printed import table5, table6
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import read_runs

USUAL, ANOTHERS = "against its usual values", "against another image's"
MASKS, PLAIN = "masks", "no masks, equal cost"
SMOOTHED = "no masks, smoothed labels"


def few(arm: str) -> tuple[Run, ...]:
    return found("memorise-mini").arms[arm].runs


def mean_curve(arm: str, name: str) -> torch.Tensor:
    return torch.tensor([curve(run, name) for run in few(arm)]).mean(dim=0)


def printed_gains() -> dict[float, tuple[float, float]]:
    """The gain in points, and as a share of ResNet-164's error, by noise."""
    rows = {row.row: float(row.value.removesuffix(" %")) for row in table5()}
    rows |= {
        row.row.replace("CIFAR-10", "0% noise"): float(row.value.removesuffix(" %"))
        for row in table6() if row.row.endswith("CIFAR-10")
    }
    gains = {}
    for noise in (0.0, *NOISE):
        resnet, attention = (
            rows[f"{network}, {noise:.0%} noise"]
            for network in ("ResNet-164", "Attention-92")
        )
        gains[noise] = resnet - attention, 1 - attention / resnet
    return gains


def test_the_papers_gain_grows_in_points_and_as_a_share_ends_where_it_began() -> None:
    points, shares = zip(*printed_gains().values(), strict=True)
    assert list(points) == sorted(points)
    assert shares[-1] == pytest.approx(shares[0], abs=0.002)
    assert all(share > 1.3 * shares[0] for share in shares[1:-1])


def test_every_arm_with_few_scenes_has_its_three_runs() -> None:
    assert [len(few(arm)) for arm in (MASKS, PLAIN, SMOOTHED)] == [3, 3, 3]


def test_after_200_steps_right_labels_are_answered_as_given_more_than_wrong_ones():
    for arm in found("live-noise-mini").arms.values():
        assert len(arm.runs) == 5
        for run in arm.runs:
            shares = watched(run)[-1].shares
            assert shares["learned"] > shares["memorised"]


def test_on_average_the_true_class_leads_until_half_of_the_steps() -> None:
    steps = [point.step for point in watched(few(PLAIN)[0])]
    for arm in (MASKS, PLAIN):
        leads = mean_curve(arm, "corrected") > mean_curve(arm, "memorised")
        middle = steps.index(600)
        assert leads[middle - 1] and not leads[-2:].any()
        assert leads[1 : middle + 1].all()


def test_at_the_end_wrong_labels_are_memorised_twice_as_often_as_corrected() -> None:
    for arm in (MASKS, PLAIN):
        for run in few(arm):
            last = watched(run)[-1].shares
            assert last["memorised"] >= 2 * last["corrected"]


def test_a_thousand_scenes_are_seen_in_eighty_epochs() -> None:
    recipe = EXPERIMENTS["memorise-mini"].base.recipe
    run = few(MASKS)[0]
    assert recipe.steps / (run.data.training_images // recipe.batch_size) == 80


def test_stopping_early_gains_less_than_a_point_and_both_sets_mostly_agree() -> None:
    same = []
    for arm in (MASKS, PLAIN, SMOOTHED):
        runs = few(arm)
        end = statistics.mean(watched(run)[-1].shares[OTHER] for run in runs)
        for rule in (CLEAN, NOISY):
            stopped = [stopped_by(run, rule) for run in runs]
            gain = end - statistics.mean(point.shares[OTHER] for point in stopped)
            assert gain < 0.01
        same += [stopped_by(run, CLEAN) == stopped_by(run, NOISY) for run in runs]
    assert sum(same) >= 0.7 * len(same)


def test_the_estimate_from_noisy_labels_is_near_the_clean_error() -> None:
    noise = EXPERIMENTS["memorise-mini"].base.label_noise
    away = [
        abs(clean_error(point.shares[NOISY], noise, 10) - point.shares[CLEAN])
        for arm in (MASKS, PLAIN, SMOOTHED)
        for run in few(arm) for point in watched(run)
    ]
    assert statistics.mean(away) < 0.02 and max(away) < 0.06


def test_the_estimate_is_right_for_guesses_that_know_nothing_of_the_noise() -> None:
    generator = torch.Generator().manual_seed(0)
    truth = torch.randint(10, (200_000,), generator=generator)
    guesses = add_label_noise(truth, 0.4, 10, seed=1)        # a clean error of 40 %
    seen = add_label_noise(truth, 0.7, 10, seed=2)
    error = (guesses != seen).double().mean().item()
    assert clean_error(error, 0.7, 10) == pytest.approx(0.4, abs=0.02)


def test_at_70_per_cent_the_line_has_the_slope_that_the_solution_says() -> None:
    slope = 1 - 0.7 - 0.7 / 9
    assert round(slope, 2) == 0.22 and 4 < 1 / slope < 5


def test_with_many_scenes_little_more_is_memorised_than_chance_gives() -> None:
    runs = [run for arm in found("table5-mini").arms.values() for run in arm.runs
            if run.configuration["label_noise"]]
    assert runs
    for run in runs:
        last = watched(run)[-1].shares
        chance = (1 - last["corrected"]) / 9
        assert last["memorised"] < chance + 0.03


def test_each_scene_of_table_5_is_seen_about_four_times() -> None:
    recipe = EXPERIMENTS["table5-mini"].base.recipe
    assert 3.5 < recipe.steps * recipe.batch_size / 20_000 < 4.5


def test_noise_does_harm_at_every_level() -> None:
    for name in (MASKS, PLAIN):
        means = [
            found("table5-mini").arms[f"{name}, {noise:.0%} noise"].mean
            for noise in (0.0, *NOISE)
        ]
        assert None not in means and means == sorted(means)


@cache
def factors(form: str, against: str) -> dict[str, list[dict[str, float]]]:
    """By step, one factor a seed, with its interval."""
    runs = read_runs("chapter14-gradient-filter")
    assert [run.seed for run in runs] == [0, 1, 2]
    return {
        step: [run.results.scores[form][step][against] for run in runs]
        for step in ("step 150", "step 600", "step 1200")
    }


def test_residual_masks_pass_all_gradients_alike_to_two_hundredths() -> None:
    for against in (USUAL, ANOTHERS):
        for seeds in factors("residual", against).values():
            assert all(abs(one["factor"] - 1) < 0.02 for one in seeds)
            assert all(one["low"] < 1 < one["high"] for one in seeds)
        last = [one["factor"] for one in factors("residual", against)["step 1200"]]
        assert all(0.985 < factor < 1 for factor in last)


def test_naive_masks_hold_a_little_back_at_the_end() -> None:
    last = factors("naive", ANOTHERS)["step 1200"]
    assert all(one["factor"] < 0.975 for one in last)
    assert 0.91 < min(one["factor"] for one in last) < 0.93
    assert sum(one["high"] < 1 for one in last) == 1
    assert all(one["factor"] < 1 for one in factors("naive", USUAL)["step 1200"])


def test_twice_for_the_right_and_once_for_the_wrong_would_be_one_half() -> None:
    changed = torch.tensor([True, True, False, False])
    own = torch.tensor([1.0, 1.0, 2.0, 2.0])
    assert filtering(own, torch.ones(4), changed).factor == 0.5


def test_wrong_labels_pull_harder_by_any_mask() -> None:
    for run in read_runs("chapter14-gradient-filter"):
        for step, seen in run.results.scores["residual"].items():
            for name, pull in seen.items():
                if name.startswith("pull by"):
                    assert pull["changed"] > pull["kept"], (run.seed, step, name)


def test_smoothing_lowers_what_is_memorised_and_masks_hardly_do() -> None:
    ends = {
        arm: [curve(run, "memorised")[-1] for run in few(arm)]
        for arm in (MASKS, PLAIN, SMOOTHED)
    }
    means = {arm: statistics.mean(values) for arm, values in ends.items()}
    assert max(ends[SMOOTHED]) < min(ends[PLAIN])
    assert round(10 * means[PLAIN]) == 6 and round(10 * means[SMOOTHED]) == 4
    assert 0 < means[PLAIN] - means[MASKS] < 0.06


def test_one_run_differs_from_the_next_by_more_than_the_arms_differ() -> None:
    outcomes = found("memorise-mini")
    means = [outcomes.arms[arm].mean for arm in (MASKS, PLAIN, SMOOTHED)]
    for arm in (MASKS, PLAIN, SMOOTHED):
        errors = outcomes.arms[arm].errors
        assert max(errors) - min(errors) > max(means) - min(means)
    for claim in outcomes.claims:
        assert claim.difference.seeds.sign == 0


def test_with_much_noise_masks_are_ahead_of_a_network_that_scatters_widely() -> None:
    table = found("table5-mini")
    assert all(len(arm.runs) == 3 for arm in table.arms.values())
    words = {one.claim.better: one.word for one in table.claims}
    for noise in (0.5, 0.7):
        masks, plain = (
            table.arms[f"{arm}, {noise:.0%} noise"] for arm in (MASKS, PLAIN)
        )
        assert words[masks.arm] == SAME_DIRECTION and masks.mean < plain.mean
        assert plain.spread > 3 * masks.spread and plain.spread > 0.03
    worst = max(table.arms[f"{PLAIN}, 50% noise"].errors)
    assert worst > 0.85
    assert sorted(table.arms[f"{PLAIN}, 50% noise"].errors)[1] < 0.7
