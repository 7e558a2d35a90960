"""Tolerance bands: where one more run is expected, and what is said of one outside."""

from __future__ import annotations

import math
import random
import statistics
from dataclasses import replace

import pytest
import sample_run
from sample_run import POINT

from resattn_tutorial.ledger.expected import (
    STUDENT,
    find_band,
    judge,
    prediction_interval,
)
from resattn_tutorial.ledger.run import Run


def a_run(error: float, seed: int = 0, **changed) -> Run:
    """A run of two points whose last test error is ``error``."""
    curve = [
        {**POINT, "step": 10, "test_error": 0.8}, {**POINT, "step": 20,
         "test_error": error},
    ]
    configuration = {"recipe": {"steps": 20}, "precision": "float32", "seed": seed}
    told = {
        "configuration": configuration, "results__curve": curve,
        "results__test_error": error,
    }
    return sample_run.a_run(seed=seed, **told | changed)


RUNS = [a_run(error, seed) for seed, error in enumerate((0.40, 0.42, 0.41, 0.43, 0.44))]


def test_runs_that_are_tested_at_their_end_only_have_no_band():
    runs = [
        replace(run, results=replace(run.results, curve=tuple(
            point._replace(test_error=None, validation_error=0.5)
            for point in run.results.curve
        )))
        for run in RUNS
    ]
    with pytest.raises(ValueError, match="hold images out, and are tested at their"):
        find_band(runs[0].name, runs=runs)


def test_the_interval_of_five_numbers_is_the_one_done_by_hand():
    # Mean 3, deviation sqrt(2.5), t = 2.776: 3 +- 2.776 * 1.5811 * sqrt(1.2).
    low, high = prediction_interval([1, 2, 3, 4, 5])
    assert low == pytest.approx(3 - 4.80814, abs=1e-4)
    assert high == pytest.approx(3 + 4.80814, abs=1e-4)


def test_the_table_of_students_t_agrees_with_the_area_under_its_density():
    def below(t: float, freedom: int, parts: int = 20_000) -> float:
        log = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
        scale = math.exp(log) / math.sqrt(freedom * math.pi)
        width = t / parts
        heights = (
            (1 + ((k + 0.5) * width) ** 2 / freedom) ** (-(freedom + 1) / 2)
            for k in range(parts)
        )
        return 0.5 + scale * width * sum(heights)

    for freedom, t in enumerate(STUDENT, 2):
        assert below(t, freedom) == pytest.approx(0.975, abs=2e-5), freedom


def test_nineteen_in_twenty_further_runs_lie_in_the_band():
    chance = random.Random(0)
    inside = 0
    for _ in range(4000):
        *known, new = (chance.gauss(0.4, 0.02) for _ in range(6))
        low, high = prediction_interval(known)
        inside += low <= new <= high
    # Five standard deviations of a share of 0.95 in 4000.
    assert inside / 4000 == pytest.approx(0.95, abs=5 * math.sqrt(0.95 * 0.05 / 4000))


@pytest.mark.parametrize("count", [0, 1, 2, 12])
def test_too_few_or_too_many_runs_make_no_band(count):
    with pytest.raises(ValueError, match=rf"got {count}"):
        prediction_interval([0.4] * count)


def test_a_band_belongs_to_a_point_of_the_curves():
    band = find_band("trial", runs=RUNS)
    errors = [run.results.test_error for run in RUNS]
    assert (band.step, band.runs) == (20, 5)
    assert band.lowest < min(errors) and max(errors) < band.highest
    assert (band.lowest + band.highest) / 2 == pytest.approx(statistics.mean(errors))
    early = find_band("trial", step=10, runs=RUNS)
    assert early.lowest == early.highest == pytest.approx(0.8)


def test_a_step_between_the_points_is_refused_with_the_steps_there_are():
    with pytest.raises(ValueError, match=r"\[10, 20\], got 15"):
        find_band("trial", step=15, runs=RUNS)
    short = replace(RUNS[4].results, curve=RUNS[4].results.curve[:1])
    lacking = [*RUNS[:4], replace(RUNS[4], results=short)]
    with pytest.raises(ValueError, match="a point of every curve"):
        find_band("trial", step=20, runs=lacking)


def test_a_band_stays_between_no_error_and_nothing_but_errors():
    runs = [a_run(error, seed) for seed, error in enumerate((0.0, 0.5, 1.0))]
    band = find_band("trial", runs=runs)
    assert (band.lowest, band.highest) == (0.0, 1.0)


@pytest.mark.parametrize(("values", "error", "words"), [
    ([0.1, math.nan, 0.2], ValueError, "each value must be a finite number, got nan"),
    ([0.1, math.inf, 0.2], ValueError, "each value must be a finite number, got inf"),
    ([0.1, "0.2", 0.3], TypeError, "each value must be a number, got '0.2'"),
    ([0.1, None, 0.3], TypeError, "each value must be a number, got None"),
])
def test_what_is_no_number_makes_no_band(values, error, words):
    with pytest.raises(error, match=words):
        prediction_interval(values)


OTHERS = [a_run(0.4, seed, name="other") for seed in range(3)]


@pytest.mark.parametrize("ask", [
    lambda runs: find_band("trial", runs=runs), lambda runs: judge(a_run(0.4), runs),
])
@pytest.mark.parametrize(("runs", "error", "words"), [
    ([], ValueError, "number of runs must be at least 3, got 0"),
    (RUNS[:2], ValueError, "number of runs must be at least 3, got 2"),
    (OTHERS, ValueError, "runs must be those of trial, got one of other"),
    ([*RUNS, *OTHERS], ValueError, "runs must be those of trial, got one of other"),
    (RUNS[:1] * 3, ValueError, r"runs must have a seed each, got seeds \[0, 0, 0\]"),
    ([0.4, 0.5, 0.6], TypeError, "runs must be runs, got float"),
    ("trial", TypeError, "runs must be a list or a tuple, got str"),
])
def test_runs_that_are_not_alike_make_no_band(ask, runs, error, words):
    with pytest.raises(error, match=words):
        ask(runs)


def test_what_is_no_run_is_not_judged():
    with pytest.raises(TypeError, match="run must be a Run, got str"):
        judge("trial", RUNS)


@pytest.mark.parametrize("step", [10, 19, 21])
def test_a_run_of_other_length_is_never_inside(step):
    """Not even with an error that lies there by number: at step 10 all are at 80%."""
    curve = [{**POINT, "step": step, "test_error": 0.42}]
    configuration = {**RUNS[0].configuration, "recipe": {"steps": step}}
    verdict = judge(
        a_run(0.42, 9, results__curve=curve, configuration=configuration), RUNS
    )
    assert not verdict.inside
    said = " ".join(str(verdict).split())
    assert said.startswith(f"42.0% comes after {step} steps: after 20 steps expect")
    assert f"recipe, steps: 20 in the recorded runs, {step} in yours" in said


def test_a_run_like_the_others_is_inside_and_nothing_is_said_against_it():
    verdict = judge(a_run(0.42, seed=9), RUNS)
    assert verdict.inside and verdict.causes == ()
    assert str(verdict).startswith("42.0% is inside: after 20 steps expect")


@pytest.mark.parametrize("error, words", [
    (0.90, "hardly anything was learned"), (0.55, "learned less"), (0.1, "too good"),
])
def test_a_run_outside_is_told_what_fits_its_error(error, words):
    verdict = judge(a_run(error), RUNS)
    assert not verdict.inside
    told = [cause for cause in verdict.causes if words in cause]
    assert len(told) == 1
    for other in {"hardly anything", "learned less", "too good"} - {words[:15]}:
        assert other in words or not any(other in cause for cause in verdict.causes)
    assert "by chance" in verdict.causes[-1]


def test_what_was_set_differently_is_named_first_and_the_seed_is_not():
    changed = {"recipe": {"steps": 5}, "precision": "bfloat16", "seed": 7}
    causes = judge(a_run(0.6, configuration=changed), RUNS).causes
    assert causes[0] == "precision: 'float32' in the recorded runs, 'bfloat16' in yours"
    assert causes[1] == "recipe, steps: 20 in the recorded runs, 5 in yours"
    assert not any(cause.startswith("seed") for cause in causes)
    assert "data, name" in judge(a_run(0.6, data__name="mine"), RUNS).causes[0]


def test_what_older_runs_did_not_record_is_no_difference():
    recipe = {**RUNS[0].configuration["recipe"], "warm_up": 0}
    other = RUNS[0].configuration | {"memory_format": "channels_last", "recipe": recipe}
    causes = judge(a_run(0.6, configuration=other), RUNS).causes
    assert not any("memory_format" in cause or "recipe" in cause for cause in causes)


def test_a_verdict_fits_a_page():
    verdict = judge(a_run(0.90, data__name="a very long name " * 9), RUNS)
    lines = str(verdict).splitlines()
    assert max(map(len, lines)) <= 76
    assert sum(line.startswith("  look at:") for line in lines) == len(verdict.causes)


def test_runs_of_no_known_name_are_refused_with_the_names_there_are():
    with pytest.raises(FileNotFoundError, match="chapter03-masks"):
        judge(a_run(0.4, name="nobody"))
