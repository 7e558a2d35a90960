"""Scores as bars, with every run shown and chance drawn in.

A label stands above its bar, not beside it, so that the bars keep the whole width of a
phone. Where a bar stands for several runs, each run is a dot on it. Bars of one group
share a colour, which a legend explains.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from resattn_tutorial.plotting._svg.arrays import as_number, as_numbers, require_labels
from resattn_tutorial.plotting._svg.axes import Axis, named, scale
from resattn_tutorial.plotting._svg.legend import legend
from resattn_tutorial.plotting._svg.svg import (
    PALETTE,
    WIDTH,
    Drawing,
    line,
    mark,
    words,
)
from resattn_tutorial.plotting._svg.text import centred, require_room, room
from resattn_tutorial.validation import (
    require_count,
    require_kind,
    require_number,
    require_sequence,
)

MOST_BARS = 12
THICK = 16
HEAD = 20
REFERENCE = 24
LINE = 17
BELOW = 16  # between a bar and the next one's label
EDGE = 6  # keeps the dots at either end inside the picture


@dataclass(frozen=True)
class _Bar:
    """A label, its value in print, the runs, and the bar's colour and upper edge."""

    label: str
    said: str
    runs: np.ndarray
    colour: str
    top: float


def _beside(label: str, said: str) -> bool:
    """Whether a label and its value share a line; else the value stands below."""
    return room(f"{label}  {said}") <= WIDTH - 2 * EDGE


def show_bars(
    bars: Mapping[str, float | Sequence[float]],
    *,
    alt: str,
    x_label: str,
    upper: float = 1.0,
    reference: tuple[str, float] | None = None,
    digits: int = 2,
    groups: Mapping[str, str] | None = None,
) -> Drawing:
    """Bars from zero, one below the other, with their values in print.

    Args:
        bars: label -> a number, or one number for each run: then the bar is their
            mean, the dots are the runs, and the print gives the mean and the range.
        alt: what the picture shows.
        x_label: what the bars measure, with its unit.
        upper: the value at the right-hand end.
        reference: a label and the value of a dashed line, such as
            ``("chance", 0.5)``.
        digits: digits after the decimal point in print.
        groups: label -> the name of its group, for every bar; at most five groups.

    Raises:
        TypeError, ValueError: an argument is of another kind or shape, or a value does
            not lie from 0 to ``upper``.
    """
    require_labels("bars", bars, most=MOST_BARS)
    require_room("x_label", x_label)
    require_number("upper", upper, above=0)
    require_count("digits", digits, at_least=0, at_most=10)
    colours, top, marks = _grouped(bars, groups)
    x = scale(upper, EDGE)
    if reference is not None:
        reference = _as_reference(reference, upper)
        marks.append(_named_reference(*reference, digits, x, top))
        top += REFERENCE
    checked = {label: _as_runs(label, one, upper) for label, one in bars.items()}
    placed = []
    for label, runs in checked.items():
        said = _in_print(runs, digits)
        top += HEAD if _beside(label, said) else HEAD + LINE
        placed.append(_Bar(label, said, runs, colours[label], top))
        top += THICK + BELOW
    marks += [_drawn(bar, x) for bar in placed]
    if reference is not None:
        marks += _crossing(x(reference[1]), placed)
    return Drawing(alt, WIDTH, top + 47, (*marks, floor(x, top, x_label)))


def _grouped(
    bars: Mapping[str, object], groups: Mapping[str, str] | None
) -> tuple[dict[str, str], float, list[str]]:
    """Each bar's colour, where the bars may begin, and the legend."""
    if groups is None:
        return dict.fromkeys(bars, PALETTE[0]), 0, []
    if not isinstance(groups, Mapping) or set(groups) != set(bars):
        raise ValueError(
            f"groups must name a group for each of the {len(bars)} bars and for "
            f"nothing else, got {groups!r}."
        )
    names = dict.fromkeys(groups[label] for label in bars)
    require_labels("groups", names, most=len(PALETTE))
    colour = dict(zip(names, PALETTE, strict=False))
    samples = [partial(_sample, one) for one in colour.values()]
    marks, middle = legend(samples, list(names), THICK)
    return {label: colour[groups[label]] for label in bars}, middle + 14, [marks]


def _sample(colour: str, left: float, middle: float) -> str:
    place = {"x": left, "y": middle - THICK / 2, "width": THICK, "height": THICK}
    return mark("rect", fill=colour, rx=2, **place)


def _as_runs(label: str, value: float | Sequence[float], upper: float) -> np.ndarray:
    values = as_numbers(f"bars[{label!r}]", np.atleast_1d(value), "(runs,)")
    if values.min() < 0 or values.max() > upper:
        raise ValueError(
            f"bars[{label!r}] must lie from 0 to upper = {upper:g}, "
            f"got {values.min():g} to {values.max():g}."
        )
    return values


def _in_print(runs: np.ndarray, digits: int) -> str:
    """The mean, and where there are several runs the lowest and the highest."""
    said = f"{runs.mean():.{digits}f}"
    if len(runs) > 1:
        said += f" ({runs.min():.{digits}f} to {runs.max():.{digits}f})"
    return said


def _drawn(bar: _Bar, x: Axis) -> str:
    """A label and its value in print, the bar below them, and a dot for each run."""
    above = 6 if _beside(bar.label, bar.said) else 6 + LINE
    marks = words(EDGE, bar.top - above, bar.label)
    marks += words(WIDTH - EDGE, bar.top - 6, bar.said, text_anchor="end")
    length = x(bar.runs.mean()) - x.start
    place = {"x": x.start, "y": bar.top, "width": length, "height": THICK, "rx": 2}
    marks += mark("rect", fill=bar.colour, **place)
    if len(bar.runs) > 1:
        # At different heights, so that two equal runs are two dots.
        heights = bar.top + THICK * (np.arange(len(bar.runs)) + 0.5) / len(bar.runs)
        for value, height in zip(bar.runs, heights, strict=True):
            marks += mark("circle", cx=x(value), cy=height, r=3.2)
    return marks


def floor(x: Axis, y: float, x_label: str) -> str:
    """The axis below the bars, its tick labels and its name."""
    marks = line([(x.start, y), (x.end, y)], stroke_opacity=0.5)
    for tick, name in zip(x.ticks, named(x.ticks), strict=True):
        marks += line([(x(tick), y), (x(tick), y + 5)], stroke_opacity=0.5)
        marks += words(x(tick), y + 22, name, text_anchor="middle")
    return marks + centred(WIDTH / 2, y + 42, x_label)


def _named_reference(
    label: str, value: float, digits: int, x: Axis, top: float
) -> str:
    """The label above a dashed line."""
    text = require_room("reference", f"{label} {value:.{digits}f}")
    return centred(x(value), top + 15, text)


def _as_reference(
    reference: tuple[str, float], upper: float
) -> tuple[str, float]:
    label, value = require_sequence("reference", reference, 2)
    require_kind("reference: the label", label, str, "text")
    value = as_number("reference: the value", value)
    if not 0 <= value <= upper:
        raise ValueError(
            f"reference must lie from 0 to upper = {upper:g}, got {value:g}."
        )
    return label, value


def _crossing(at: float, bars: Sequence[_Bar]) -> list[str]:
    """A dashed line across every bar, broken where the labels stand."""
    ends = [[(at, bar.top - 2), (at, bar.top + THICK + 4)] for bar in bars]
    return [line(pair, stroke_width=2, stroke_dasharray="4 2") for pair in ends]
