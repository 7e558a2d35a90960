"""Curves that read on a phone and without colour.

Every line differs from the others in colour, in dashes and in markers. A mean of
several runs is never drawn without their range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from resattn_tutorial.plotting._svg.arrays import as_array, require_labels
from resattn_tutorial.plotting._svg.svg import (
    FONT,
    PALETTE,
    WIDTH,
    Drawing,
    line,
    mark,
    room,
    words,
)

DASHES = ("none", "8 4", "2 3", "12 3 2 3", "5 2")
MARKERS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",  # disc
    "M-3.7-3.7h7.4v7.4h-7.4z",  # square
    "M0-5 4.6 3.5h-9.2z",  # triangle
    "M0-5.2 5.2 0 0 5.2-5.2 0z",  # diamond
    "M0 5 4.6-3.5h-9.2z",  # triangle on its tip
)
PLOT_HEIGHT = 230
ROW = 22


@dataclass(frozen=True)
class _Axis:
    """From values to pixels: ``low`` stands at ``start`` and ``high`` at ``end``."""

    low: float
    high: float
    start: float
    end: float
    ticks: np.ndarray
    log: bool = False

    def __call__(self, value: float | np.ndarray) -> float | np.ndarray:
        unit = np.log if self.log else np.asarray
        low, high, value = unit(self.low), unit(self.high), unit(value)
        return self.start + (value - low) / (high - low) * (self.end - self.start)


@dataclass(frozen=True)
class _Curve:
    """A label, ``x`` of shape (points,) and ``runs`` of shape (runs, points)."""

    label: str
    x: np.ndarray
    runs: np.ndarray


def show_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float] | np.ndarray]],
    *,
    alt: str,
    x_label: str,
    y_label: str,
    log_y: bool = False,
    reach: Sequence[float] | None = None,
) -> Drawing:
    """Up to five curves; several runs of one become their mean and their range.

    Args:
        curves: label -> ``(x, y)``. ``x`` has shape ``(points,)`` and rises. ``y`` has
            shape ``(points,)``, or ``(runs, points)``: then the line is the mean of
            the runs, and the band goes from the lowest run to the highest.
        alt: what the picture shows.
        x_label: what ``x`` is, with its unit.
        y_label: what ``y`` is, with its unit.
        log_y: whether ``y`` stands on a logarithmic axis; all of it must be above zero.
        reach: values that the ``y`` axis includes besides those of the curves, so that
            the frames of one figure can share an axis.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    require_labels("curves", curves, most=len(PALETTE))
    checked = [_as_curve(label, *curve, log_y) for label, curve in curves.items()]
    legend, top = _legend(checked)
    shown = [curve.runs for curve in checked]
    if reach is not None:
        shown.append(as_array("reach", reach, "(values,)"))
        if log_y and shown[-1].min() <= 0:
            raise ValueError(f"reach must be above zero for log_y, got {reach}.")
    across = [curve.x for curve in checked]
    x, y = _axes(across, shown, top + 2.4 * FONT, log_y)
    marks = [legend, words(0, y.end - 14, y_label), _frame(x, y, x_label)]
    marks += [_drawn(curve, order, x, y) for order, curve in enumerate(checked)]
    return Drawing(alt, WIDTH, y.start + 44, tuple(marks))


def _as_curve(label: str, x: Sequence[float], y: np.ndarray, log_y: bool) -> _Curve:
    name = f"curves[{label!r}]"
    x = as_array(f"{name}: x", x, "(points,)")
    axes = "(runs, points)" if np.ndim(y) == 2 else "(points,)"
    runs = np.atleast_2d(as_array(f"{name}: y", y, axes))
    if runs.shape[1] != len(x):
        raise ValueError(f"{name}: {len(x)} points in x, but {runs.shape[1]} in y.")
    if np.any(np.diff(x) <= 0):
        raise ValueError(f"{name}: x must rise from each point to the next.")
    if log_y and runs.min() <= 0:
        raise ValueError(f"{name}: y must be above zero for log_y, got {runs.min():g}.")
    return _Curve(label, x, runs)


def _axes(
    across: Sequence[np.ndarray], up: Sequence[np.ndarray], top: float, log_y: bool
) -> tuple[_Axis, _Axis]:
    """The two axes: x ends where its values end, y at the ticks around its values."""
    ticks = _ticks(*_span(up, log_y), log_y)
    y = _Axis(ticks[0], ticks[-1], top + PLOT_HEIGHT, top, ticks, log_y)
    left = max(room(_named(tick)) for tick in ticks) + 6
    low, high = _span(across)
    ticks, slack = _ticks(low, high), (high - low) * 1e-9
    ticks = ticks[(ticks >= low - slack) & (ticks <= high + slack)]
    return _Axis(low, high, left, WIDTH - 14, ticks), y


def _span(values: Sequence[np.ndarray], log: bool = False) -> tuple[float, float]:
    """The lowest and the highest value; where they are one, some room around it."""
    low = float(min(one.min() for one in values))
    high = float(max(one.max() for one in values))
    if low < high:
        return low, high
    return (low / 2, high * 2) if log else (low - 1, high + 1)


def _ticks(low: float, high: float, log: bool = False) -> np.ndarray:
    """Round numbers, about five, from at or below ``low`` to at or above ``high``."""
    if not log:
        whole = low == round(low) and high == round(high)
        steps = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
        return MaxNLocator(5, steps=steps, integer=whole).tick_values(low, high)
    powers = np.arange(np.floor(np.log10(low)) - 1, np.ceil(np.log10(high)) + 2)
    ticks = np.outer(10.0**powers, (1, 2, 5) if high / low < 30 else (1,)).ravel()
    least, most = ticks[ticks <= low].max(), ticks[ticks >= high].min()
    return ticks[(ticks >= least) & (ticks <= most)]


def _named(tick: float) -> str:
    return f"{tick + 0.0:,.6g}"


def _frame(x: _Axis, y: _Axis, x_label: str) -> str:
    """Grid lines, tick labels and the name of the x axis."""
    marks = ""
    for tick in y.ticks:
        at = y(tick)
        marks += line([(x.start, at), (x.end, at)], stroke_opacity=0.2)
        marks += words(x.start - 8, at + 5, _named(tick), text_anchor="end")
    marks += line([(x.start, y.start), (x.end, y.start)])
    for tick in x.ticks:
        at = x(tick)
        marks += line([(at, y.start), (at, y.start + 5)])
        marks += words(at, y.start + 20, _named(tick), text_anchor="middle")
    middle = (x.start + x.end) / 2
    return marks + words(middle, y.start + 40, x_label, text_anchor="middle")


def _drawn(curve: _Curve, order: int, x: _Axis, y: _Axis) -> str:
    """The band of the runs, the line of their mean, and a few markers along it."""
    across, mean = x(curve.x), y(curve.runs.mean(0))
    band = ""
    if len(curve.runs) > 1:
        lowest, highest = y(curve.runs.min(0)), y(curve.runs.max(0))
        around = np.concatenate([lowest, highest[::-1]])
        points = np.stack([np.r_[across, across[::-1]], around], axis=1)
        band = line(points, stroke="none", fill=PALETTE[order], fill_opacity=0.2)
    # Each order has places of its own, so that curves that meet hide no marker.
    shares = (np.arange(5) + (order + 1) / (len(PALETTE) + 1)) / 5
    places = np.unique((shares * (len(across) - 1)).round().astype(int))
    points = np.stack([across, mean], axis=1)
    return band + _stroke(order, points, points[places])


def _stroke(order: int, points: ArrayLike, marked: ArrayLike) -> str:
    """A line in the colour and dashes of its ``order``, with its markers."""
    colour = PALETTE[order]
    look = {"stroke": colour, "stroke_dasharray": DASHES[order]}
    drawn = line(points, stroke_width=2.25, **look)
    for at, height in marked:
        place = f"translate({at:.2f} {height:.2f})"
        drawn += mark("path", d=MARKERS[order], fill=colour, transform=place)
    return drawn


def _legend(curves: Sequence[_Curve]) -> tuple[str, float]:
    """A sample of each line before its label, in rows; and the height of them all."""
    marks, left, y = "", 0.0, 11.0
    for order, curve in enumerate(curves):
        runs = len(curve.runs)
        text = curve.label if runs == 1 else f"{curve.label}, {runs} runs"
        if left and left + 44 + room(text) > WIDTH:
            left, y = 0.0, y + ROW
        marks += _stroke(order, [(left, y), (left + 36, y)], [(left + 18, y)])
        marks += words(left + 44, y + 5, text)
        left += 44 + room(text) + 12
    if any(len(curve.runs) > 1 for curve in curves):
        y += ROW
        marks += words(0, y + 5, "line: mean of the runs; band: lowest to highest run")
    return marks, y + 11
