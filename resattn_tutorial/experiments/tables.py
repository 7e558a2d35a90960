"""What came of claims, as a reader sees it: intervals in points, and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from resattn_tutorial.experiments.outcome import ClaimOutcome
from resattn_tutorial.experiments.statistics import Interval
from resattn_tutorial.plotting.tables import TableOfResults, table

NOT_KNOWN = "not known"


def in_points(interval: Interval | None, digits: int = 1) -> str:
    """An interval in points of a hundred, ``"+0.8 to +4.2"``; without one, so a word.

    Args:
        interval: of a difference, in parts of 1.
        digits: behind the point.
    """
    if interval is None:
        return NOT_KNOWN
    return " to ".join(f"{100 * end:+.{digits}f}" for end in interval)


def claims_table(
    claims: Iterable[ClaimOutcome],
    title: str,
    called: Mapping[str, str] | None = None,
    words: bool = True,
) -> TableOfResults:
    """Each claim's difference in points, with two intervals, runs and its word.

    Args:
        claims: what came of them; one without its runs is a row without numbers.
        title: what the table shows.
        called: a page's own name of each arm; the claim's text stands without it.
        words: whether the last column says the word of chapter 12.

    Raises:
        KeyError: an arm has no name in ``called``.
    """
    rows = []
    for one in claims:
        arms = one.claim.better, one.claim.worse
        text = " against ".join(called[arm] for arm in arms) if called else (
            one.claim.text
        )
        apart = one.difference
        cells = [""] * 4 if apart is None else [
            f"{100 * apart.mean:+.1f}", in_points(apart.seeds),
            in_points(apart.items), "{} and {}".format(*apart.runs),
        ]
        rows.append([text, *cells, *[one.word] * words])
    head = ["claim", "points", "over seeds", "over items", "n"]
    return table([*head, *["word"] * words], rows, title=title)
