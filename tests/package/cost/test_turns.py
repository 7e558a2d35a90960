"""Turns and ratios, by a clock that the tests move."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from resattn_tutorial.cost.turns import Ratios, ratios, take_turns


class Bench:
    """Pieces of work that move a clock, each by the next of its own seconds."""

    def __init__(self, **seconds: Iterable[float]) -> None:
        self.now, self.order = 100.0, []
        self.works = {name: self.work(name, iter(s)) for name, s in seconds.items()}

    def work(self, name: str, seconds: Iterable[float]) -> Callable[[], None]:
        def work() -> None:
            self.order.append(name)
            self.now += next(seconds)

        return work

    def clock(self) -> float:
        return self.now


def test_works_take_turns_and_the_first_round_does_not_count() -> None:
    bench = Bench(a=[50, 1, 2, 4], b=[60, 8, 16, 32], c=[70, 64, 128, 256])
    times = take_turns(bench.works, 3, bench.clock)
    assert "".join(bench.order) == "abc" "cba" "abc" "cba"
    assert times == {"a": [1, 2, 4], "b": [8, 16, 32], "c": [64, 128, 256]}
    assert list(times) == ["a", "b", "c"]


def test_a_ratio_is_that_of_each_round_and_their_median_is_told() -> None:
    """A round in which all is ten times as slow changes nothing."""
    times = {"first": [1, 10, 2, 4], "other": [2, 20, 6, 2]}
    assert ratios(times, "other", "first") == Ratios(2, 0.5, 3)
    assert ratios(times, "first", "first") == Ratios(1, 1, 1)
    assert ratios(times, "first", "other").ratio == 0.5
    # Of the medians it would be another one: 4 / 3.
    assert ratios({"a": [1, 2], "b": [4, 2]}, "b", "a") == Ratios(2.5, 1, 4)


def test_the_usual_clock_goes_forward() -> None:
    times = take_turns({"a": lambda: None}, 2)
    assert len(times["a"]) == 2 and min(times["a"]) >= 0


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: take_turns({}, 1), ValueError, "the number of works must be at least 1"),
    (lambda: take_turns({"a": print}, 0), ValueError, "rounds must be at least 1"),
    (lambda: take_turns({"a": print}, 1.5), TypeError, "rounds must be a whole number"),
    (lambda: take_turns({"a": 3}, 1), TypeError, "the work 'a' must be a function"),
    (lambda: take_turns({"a": print}, 1, 0.0), TypeError, "clock must be a function"),
    (lambda: ratios({"plain": [1]}, "plane", "plain"), ValueError, "mean plain?"),
    (lambda: ratios({"a": [1]}, "a", "b"), ValueError, "must be one of a, got 'b'"),
    (lambda: ratios({"a": []}, "a", "a"), ValueError, "number of times of a must be"),
    (lambda: ratios({"a": [1], "b": [0]}, "a", "b"), ValueError, "a time of b must be"),
    (lambda: ratios({"a": [1], "b": [1, 2]}, "a", "b"), ValueError, "longer"),
])
def test_what_cannot_be_timed_or_compared_is_refused(
    call: Callable[[], object], error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
