"""A legend: what each look stands for, in rows above the picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from resattn_tutorial.plotting._svg.svg import WIDTH, words
from resattn_tutorial.plotting._svg.text import MARGIN, room, wrapped

ROW, LINE = 22, 17
FIRST = 11  # the middle of the first row
GAP = 8


def legend(
    samples: Sequence[Callable[[float, float], str]],
    texts: Sequence[str],
    width: float,
) -> tuple[str, float]:
    """A sample of each look before its text; and the middle of the last row.

    A text that is too long for a row goes on in the next one.

    Args:
        samples: functions that draw a sample from (left, middle) to the right.
        texts: what each stands for.
        width: how wide a sample is.
    """
    marks, left, middle = "", 0.0, float(FIRST)
    for sample, text in zip(samples, texts, strict=True):
        needed = width + GAP + room(text)
        if left and left + needed > WIDTH - MARGIN:
            left, middle = 0.0, middle + ROW
        marks += sample(left, middle)
        for number, line in enumerate(wrapped(text, WIDTH - MARGIN - width - GAP)):
            middle += LINE if number else 0
            marks += words(left + width + GAP, middle + 5, line)
        left += needed + 1.5 * GAP
    return marks, middle
