"""What a run with noisy labels recorded, read again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from resattn_tutorial.experiments.noisy_runs import (
    CLEAN,
    NOISY,
    curve,
    stopped_by,
    watched,
)
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import read_runs


@pytest.fixture(scope="module")
def clean() -> Run:
    return read_runs("first-attention-builtin-quick")[0]


def noisy(run: Run, **points: tuple[float, float]) -> Run:
    """A run with validation errors at some steps, in the order in which they come."""
    told = {
        step.replace("_", " "): {CLEAN: errors[0], NOISY: errors[1]}
        for step, errors in points.items()
    }
    return replace(run, results=replace(run.results, scores={"labels": told}))


def test_points_come_in_the_order_of_their_steps_not_of_their_names(clean) -> None:
    run = noisy(clean, step_1050=(0.2, 0.4), step_150=(0.5, 0.6), step_900=(0.3, 0.5))
    assert [point.step for point in watched(run)] == [150, 900, 1050]
    assert curve(run, CLEAN) == [0.5, 0.3, 0.2]


def test_each_validation_set_stops_where_its_own_error_is_lowest(clean) -> None:
    run = noisy(clean, step_1050=(0.3, 0.4), step_150=(0.5, 0.6), step_900=(0.2, 0.5))
    assert stopped_by(run, CLEAN).step == 900
    assert stopped_by(run, NOISY).step == 1050


def test_of_two_equal_points_the_earlier_one_is_taken(clean) -> None:
    run = noisy(clean, step_1050=(0.3, 0.4), step_900=(0.3, 0.4))
    assert stopped_by(run, CLEAN).step == 900


def test_what_is_not_recorded_is_refused(clean) -> None:
    with pytest.raises(ValueError, match="with noisy labels, and watched, got first"):
        watched(clean)
    run = noisy(clean, step_4=(0.3, 0.4))
    with pytest.raises(ValueError, match="validation must be one of"):
        stopped_by(run, "test")
    with pytest.raises(ValueError, match="name must be one of"):
        curve(run, "forgotten")
