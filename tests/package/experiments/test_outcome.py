"""What came of an experiment, and one word for each claim by a fixed rule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sample_run import a_run
from tiny_grid import BASE, tiny

from resattn_tutorial.experiments.ending import packed, unpacked
from resattn_tutorial.experiments.grid import final_config, key, search_of
from resattn_tutorial.experiments.outcome import (
    NOT_RESOLVED,
    NOT_SEEN,
    QUEUED,
    REPRODUCED,
    SAME_DIRECTION,
    outcome,
    word_for,
)
from resattn_tutorial.experiments.queue import Ledger
from resattn_tutorial.experiments.statistics import Difference, Interval

ITEMS = 400
ABOVE, BELOW, ACROSS = Interval(1, 2), Interval(-2, -1), Interval(-1, 2)


def run_of(config, error: float):
    """A recorded run of a training whose first answers are the wrong ones."""
    right = np.arange(ITEMS) >= round(error * ITEMS)
    run = a_run(config.name, seed=config.seed)
    results = replace(
        run.results, test_error=error, right_answers=packed(right), minutes=2.0
    )
    data = replace(run.data, test_images=ITEMS)
    return replace(run, configuration=config.as_dict(), data=data, results=results)


def recorded(errors: dict[str, list[float]], **kinds: dict) -> Ledger:
    """A ledger with the finals of a tiny experiment that looks for no rate."""
    experiment = tiny(rates=(), seeds=5)
    fresh = {}
    for arm, each in errors.items():
        for seed, error in enumerate(each):
            config = final_config(experiment, arm, seed, {})
            fresh[key(config)] = run_of(config, error)
    return Ledger(fresh, kinds.get("stale", {}), kinds.get("diverged", {}))


@pytest.mark.parametrize(("mean", "seeds", "items", "word"), [
    (1.5, ABOVE, ABOVE, REPRODUCED), (0.5, ACROSS, ABOVE, SAME_DIRECTION),
    (0.5, ABOVE, ACROSS, SAME_DIRECTION), (0.5, ACROSS, ACROSS, NOT_RESOLVED),
    (-0.1, ACROSS, ACROSS, NOT_RESOLVED), (-1.5, BELOW, BELOW, NOT_SEEN),
    (-0.5, ACROSS, BELOW, NOT_SEEN), (0.5, ABOVE, None, SAME_DIRECTION),
])
def test_the_word_follows_from_the_two_intervals(mean, seeds, items, word):
    assert word_for(Difference(mean, seeds, items, (5, 5))) == word


def test_a_clear_difference_is_reproduced_and_its_numbers_are_told():
    ledger = recorded({
        "residual": [0.20, 0.21, 0.205, 0.2, 0.195],
        "naive": [0.4, 0.41, 0.42, 0.4, 0.39],
    })
    found = outcome(tiny(rates=(), seeds=5), ledger)
    (claim,) = found.claims
    assert claim.word == REPRODUCED and claim.difference.runs == (5, 5)
    assert claim.difference.mean == pytest.approx(0.404 - 0.202)
    assert found.done == found.planned == 10 and found.minutes == 20
    assert found.arms["naive"].mean == pytest.approx(0.404)
    assert found.arms["naive"].spread == pytest.approx(np.std(
        [0.4, 0.41, 0.42, 0.4, 0.39], ddof=1
    ))


def test_two_runs_an_arm_say_nothing_yet():
    ledger = recorded({"residual": [0.2] * 5, "naive": [0.4, 0.41]})
    (claim,) = outcome(tiny(rates=(), seeds=5), ledger).claims
    assert claim.word == QUEUED and claim.difference is None


def test_without_answers_there_is_no_interval_over_items_and_no_full_word():
    ledger = recorded({"residual": [0.2, 0.21, 0.2], "naive": [0.4, 0.41, 0.4]})
    bare = {
        name: replace(run, results=replace(run.results, right_answers=None))
        for name, run in ledger.fresh.items()
    }
    (claim,) = outcome(tiny(rates=(), seeds=5), ledger._replace(fresh=bare)).claims
    assert claim.difference.items is None and claim.word == SAME_DIRECTION


def test_stale_and_diverged_runs_are_counted_and_never_mixed_in():
    ledger = recorded({"residual": [0.2, 0.21, 0.2], "naive": [0.4, 0.41, 0.4]})
    experiment = tiny(rates=(), seeds=5)
    old = key(final_config(experiment, "residual", 3, {}))
    lost = key(final_config(experiment, "naive", 4, {}))
    run = next(iter(ledger.fresh.values()))
    ledger = ledger._replace(stale={old: run}, diverged={lost: "no number"})
    found = outcome(experiment, ledger)
    assert found.stale == 1 and found.arms["naive"].diverged == 1
    assert len(found.arms["residual"].runs) == 3 and found.done == 7


def test_the_runs_of_a_search_count_and_their_rate_is_told():
    experiment = tiny()
    fresh = {
        key(run.config): run_of(run.config, 0.5 - run.config.recipe.learning_rate)
        for arm in experiment.arms for run in search_of(experiment, arm)
    }
    found = outcome(experiment, Ledger(fresh, {}, {}))
    assert found.done == len(found.searches) == 4 and found.planned == 10
    assert found.arms["residual"].rate == 0.2


@pytest.mark.parametrize("count", [1, 7, 8, 9, 2000])
def test_answers_are_read_as_they_were_packed(count):
    right = np.random.RandomState(count).rand(count) < 0.7
    assert np.array_equal(unpacked(packed(right), count), right)


@pytest.mark.parametrize(("text", "words"), [
    ("not base64!", "not packed answers"), ("AAAA", "those of 9 images, got 3 bytes"),
])
def test_answers_of_another_kind_are_refused(text, words):
    with pytest.raises(ValueError, match=words):
        unpacked(text, 9)


def test_a_base_that_is_no_training_is_refused():
    with pytest.raises(TypeError, match="base must be a TrainingConfig, got str"):
        replace(tiny(), base="mini1")
    assert BASE.network == "mini1"
