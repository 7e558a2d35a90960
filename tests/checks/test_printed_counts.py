"""*Read a printed count*: both ends of both readings are tried, to the last unit."""

from __future__ import annotations

import pytest

from resattn_tutorial.checks import chapter08
from resattn_tutorial.checks.chapter08.printed_cases import CASES

READINGS = {"rounded": (-1, 1), "truncated": (0, 2)}    # where, in half digits


def fits(count: int, printed: str, unit: int, ends: dict[str, tuple]) -> str | None:
    """The word for a count whose distance from what is printed lies between ends."""
    step = unit // 10 ** len(printed.partition(".")[2])
    over = 2 * (count - int(printed.replace(".", "")) * step)
    found = [word for word, (low, high) in ends.items()
             if low[0] * step + 2 * low[1] <= over < high[0] * step + 2 * high[1]]
    return "both" if len(found) == 2 else found[0] if found else None


def moved(at: str = "", reading: str = "", end: int = 0, units: int = 0):
    """A right answer, but that one end of one reading lies elsewhere."""
    def answer(printed: str, counts: dict[str, int], unit: int) -> dict[str, str]:
        ends = {word: [[half, 0] for half in two] for word, two in READINGS.items()}
        if printed == at:
            ends[reading][end][1] += units
        said = {name: fits(n, printed, unit, ends) for name, n in counts.items()}
        return {name: word for name, word in said.items() if word}

    return answer


def test_an_answer_by_intervals_passes():
    assert chapter08.read_count.report(moved()).passed


@pytest.mark.parametrize("printed", [case[0] for case in CASES])
@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("end", [0, 1], ids=["begins", "ends"])
@pytest.mark.parametrize("way", [-1, 1], ids=["earlier", "later"])
def test_a_reading_that_begins_or_ends_elsewhere_is_refused(
    printed, reading, end, way
):
    # Halves of a digit belong to no reading: the nearest count that does is one off.
    units = way * (1 if reading == "truncated" else 2)
    report = chapter08.read_count.report(moved(printed, reading, end, units))
    assert not report.passed
