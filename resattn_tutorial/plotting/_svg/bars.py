"""Scores as bars, with every run shown and chance drawn in.

A label stands above its bar, not beside it, so that the bars keep the whole width of a
phone. Where a bar stands for several runs, each run is a dot on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from resattn_tutorial.plotting._svg.arrays import as_array, require_labels
from resattn_tutorial.plotting._svg.svg import (
    PALETTE,
    WIDTH,
    Drawing,
    line,
    mark,
    words,
)

MOST_BARS = 12
THICK = 16
STEP = 52
HEAD = 20
EDGE = 6  # keeps the dots at either end inside the picture


def show_bars(
    bars: Mapping[str, float | Sequence[float]],
    *,
    alt: str,
    upper: float = 1.0,
    reference: tuple[str, float] | None = None,
    digits: int = 2,
) -> Drawing:
    """Bars from zero, one below the other, with their values in print.

    Args:
        bars: label -> a number, or one number for each run: then the bar is their
            mean, the dots are the runs, and the print gives the mean and the range.
        alt: what the picture shows.
        upper: the value at the right-hand end.
        reference: a label and the value of a dashed line, such as
            ``("chance", 0.5)``.
        digits: digits after the decimal point in print.

    Raises:
        TypeError, ValueError: an argument is of another kind or shape, or a value does
            not lie from 0 to ``upper``.
    """
    require_labels("bars", bars, most=MOST_BARS)
    runs = {label: _as_runs(label, one, upper) for label, one in bars.items()}
    top = 0 if reference is None else HEAD
    marks = [
        _bar(label, values, top + STEP * order, upper, digits)
        for order, (label, values) in enumerate(runs.items())
    ]
    floor = top + STEP * len(runs)
    marks.append(line([(EDGE, floor), (WIDTH - EDGE, floor)], stroke_opacity=0.5))
    marks.append(words(EDGE, floor + 17, "0"))
    marks.append(words(WIDTH - EDGE, floor + 17, f"{upper:g}", text_anchor="end"))
    if reference is not None:
        marks.append(_reference(*reference, len(runs), upper, digits))
    return Drawing(alt, WIDTH, floor + 22, tuple(marks))


def _as_runs(label: str, value: float | Sequence[float], upper: float) -> np.ndarray:
    values = as_array(f"bars[{label!r}]", np.atleast_1d(value), "(runs,)")
    if values.min() < 0 or values.max() > upper:
        raise ValueError(
            f"bars[{label!r}] must lie from 0 to upper = {upper:g}, "
            f"got {values.min():g} to {values.max():g}."
        )
    return values


def _across(value: float, upper: float) -> float:
    return EDGE + value / upper * (WIDTH - 2 * EDGE)


def _bar(label: str, values: np.ndarray, top: float, upper: float, digits: int) -> str:
    """A label and its value in print, the bar below them, and a dot for each run."""
    mean, bar = values.mean(), top + HEAD
    said = f"{mean:.{digits}f}"
    if len(values) > 1:
        said += f" ({values.min():.{digits}f} to {values.max():.{digits}f})"
    length = _across(mean, upper) - EDGE
    shape = {"x": EDGE, "y": bar, "width": length, "height": THICK, "rx": 2}
    marks = words(EDGE, bar - 6, label)
    marks += words(WIDTH - EDGE, bar - 6, said, text_anchor="end")
    marks += mark("rect", fill=PALETTE[0], **shape)
    if len(values) > 1:
        # At different heights, so that two equal runs are two dots.
        heights = bar + THICK * (np.arange(len(values)) + 0.5) / len(values)
        for value, height in zip(values, heights, strict=True):
            marks += mark("circle", cx=_across(value, upper), cy=height, r=3.2)
    return marks


def _reference(label: str, value: float, count: int, upper: float, digits: int) -> str:
    """A dashed line across every bar, broken where the labels stand."""
    if not 0 <= value <= upper:
        raise ValueError(
            f"reference must lie from 0 to upper = {upper:g}, got {value:g}."
        )
    at = _across(value, upper)
    quarter = int(4 * value / upper)
    anchor = ("start", "middle", "middle", "end", "end")[quarter]
    marks = words(at, 12, f"{label} {value:.{digits}f}", text_anchor=anchor)
    for order in range(count):
        bar = HEAD + STEP * order + HEAD
        ends = [(at, bar - 4), (at, bar + THICK + 4)]
        marks += line(ends, stroke_width=2, stroke_dasharray="4 2")
    return marks
