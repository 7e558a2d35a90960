"""Curves that read on a phone and without colour.

Every line differs from the others in colour, in dashes and in markers. A mean of
several runs is never drawn without their range.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from resattn_tutorial.plotting._svg.arrays import as_numbers, require_labels
from resattn_tutorial.plotting._svg.axes import Axis, level, named, upright
from resattn_tutorial.plotting._svg.legend import ROW, legend
from resattn_tutorial.plotting._svg.svg import (
    FONT,
    PALETTE,
    WIDTH,
    Drawing,
    line,
    mark,
    words,
)
from resattn_tutorial.plotting._svg.text import MARGIN, centred, require_room, room
from resattn_tutorial.validation import require_flag, require_sequence

DASHES = ("none", "8 4", "2 3", "12 3 2 3", "5 2")
MARKERS = (
    "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",  # disc
    "M-3.7-3.7h7.4v7.4h-7.4z",  # square
    "M0-5 4.6 3.5h-9.2z",  # triangle
    "M0-5.2 5.2 0 0 5.2-5.2 0z",  # diamond
    "M0 5 4.6-3.5h-9.2z",  # triangle on its tip
)
PLOT_HEIGHT = 230
SAMPLE = 36  # the width of a line in the legend
MOST_MARKED = 20  # points of a curve that each get a marker
BEFORE_PLOT = 8  # between the labels of the y axis and the plot
STEPS = ("pre", "mid", "post")


@dataclass(frozen=True)
class _Curve:
    """A label, ``x`` of shape (points,) and ``runs`` of shape (runs, points).

    ``step`` is one of `STEPS`, or empty for straight lines from point to point.
    """

    label: str
    x: np.ndarray
    runs: np.ndarray
    step: str = ""


def show_curves(
    curves: Mapping[str, tuple[Sequence[float], Sequence[float] | np.ndarray]],
    *,
    alt: str,
    x_label: str,
    y_label: str,
    log_y: bool = False,
    reach: Sequence[float] | None = None,
    steps: Mapping[str, str] | None = None,
) -> Drawing:
    """Up to five curves; several runs of one become their mean and their range.

    A curve of at most 20 points has a marker on each; a longer one has a few.

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
        steps: label -> where this curve jumps from one point's value to the next one's:
            ``"post"``, at the next point; ``"pre"``, at the point itself; ``"mid"``,
            half-way. The others go straight from point to point.

    Raises:
        TypeError, ValueError: an argument is of another kind, shape or range.
    """
    require_labels("curves", curves, most=len(PALETTE))
    require_room("x_label", x_label)
    require_room("y_label", y_label)
    require_flag("log_y", log_y)
    steps = _require_steps({} if steps is None else steps, curves)
    checked = [
        _as_curve(label, curve, log_y, steps.get(label, ""))
        for label, curve in curves.items()
    ]
    explained, top = _legend(checked)
    shown = [curve.runs for curve in checked]
    if reach is not None:
        shown.append(as_numbers("reach", reach, "(values,)"))
        if log_y and shown[-1].min() <= 0:
            raise ValueError(f"reach must be above zero for log_y, got {reach}.")
    top += 2.4 * FONT
    y = upright(shown, top, top + PLOT_HEIGHT, log_y)
    left = max(map(room, named(y.ticks))) + BEFORE_PLOT + MARGIN
    x = level([curve.x for curve in checked], left)
    marks = [explained, words(0, y.end - 14, y_label), _frame(x, y, x_label)]
    marks += [_drawn(curve, order, x, y) for order, curve in enumerate(checked)]
    return Drawing(alt, WIDTH, y.start + 47, tuple(marks))


def _require_steps(steps: Mapping[str, str], curves: Mapping) -> Mapping[str, str]:
    if not isinstance(steps, Mapping):
        kind = type(steps).__name__
        raise TypeError(f"steps must map labels to one of {STEPS}, got {kind}.")
    for label, step in steps.items():
        if label not in curves or step not in STEPS:
            raise ValueError(
                f"steps must map labels of curves to one of {STEPS}, "
                f"got {label!r}: {step!r}."
            )
    return steps


def _as_curve(
    label: str, curve: tuple[ArrayLike, ArrayLike], log_y: bool, step: str
) -> _Curve:
    name = f"curves[{label!r}]"
    x, y = require_sequence(name, curve, 2)
    x = as_numbers(f"{name}: x", x, "(points,)")
    axes = "(runs, points)" if np.ndim(y) == 2 else "(points,)"
    runs = np.atleast_2d(as_numbers(f"{name}: y", y, axes))
    if runs.shape[1] != len(x):
        raise ValueError(f"{name}: {len(x)} points in x, but {runs.shape[1]} in y.")
    if np.any(np.diff(x) <= 0):
        raise ValueError(f"{name}: x must rise from each point to the next.")
    if log_y and runs.min() <= 0:
        raise ValueError(f"{name}: y must be above zero for log_y, got {runs.min():g}.")
    return _Curve(label, x, runs, step)


def _frame(x: Axis, y: Axis, x_label: str) -> str:
    """Grid lines, tick labels and the name of the x axis."""
    marks = ""
    for tick, name in zip(y.ticks, named(y.ticks), strict=True):
        at = y(tick)
        marks += line([(x.start, at), (x.end, at)], stroke_opacity=0.2)
        marks += words(x.start - BEFORE_PLOT, at + 5, name, text_anchor="end")
    marks += line([(x.start, y.start), (x.end, y.start)])
    for tick, name in zip(x.ticks, named(x.ticks), strict=True):
        at = x(tick)
        marks += line([(at, y.start), (at, y.start + 5)])
        marks += words(at, y.start + 22, name, text_anchor="middle")
    return marks + centred((x.start + x.end) / 2, y.start + 42, x_label)


def _drawn(curve: _Curve, order: int, x: Axis, y: Axis) -> str:
    """The band of the runs, the line of their mean, and markers on it."""
    across, runs = x(curve.x), curve.runs
    points = np.stack([across, y(runs.mean(0))], axis=1)
    band = ""
    if len(runs) > 1:
        low, high = (np.stack([across, y(end(runs, 0))], 1) for end in (np.min, np.max))
        low, high = _stepped(low, curve.step), _stepped(high, curve.step)
        around = np.concatenate([low, high[::-1]])
        band = line(around, stroke="none", fill=PALETTE[order], fill_opacity=0.2)
    marked = points[_marked(len(points), order)]
    return band + _stroke(order, _stepped(points, curve.step), marked)


def _marked(points: int, order: int) -> np.ndarray:
    """Which points get a marker: where they are few, each one."""
    if points <= MOST_MARKED:
        return np.arange(points)
    # Each order has places of its own, so that curves that meet hide no marker.
    shares = (np.arange(5) + (order + 1) / (len(PALETTE) + 1)) / 5
    return (shares * (points - 1)).round().astype(int)


def _stepped(points: np.ndarray, step: str) -> np.ndarray:
    """``points`` with the corners of a staircase through them between."""
    if not step:
        return points
    (left, before), (right, after) = points[:-1].T, points[1:].T
    at = {"pre": left, "mid": (left + right) / 2, "post": right}[step]
    corners = np.stack([at, before, at, after], axis=1).reshape(-1, 2, 2)
    # A level stretch of many points is one line.
    corners = corners[before != after].reshape(-1, 2)
    return np.concatenate([points[:1], corners, points[-1:]])


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
    runs = [len(curve.runs) for curve in curves]
    texts = [
        curve.label if count == 1 else f"{curve.label}, {count} runs"
        for curve, count in zip(curves, runs, strict=True)
    ]
    samples = [partial(_sample, order) for order in range(len(curves))]
    marks, y = legend(samples, texts, SAMPLE)
    if max(runs) > 1:
        y += ROW
        marks += words(0, y + 5, "line: mean of the runs; band: lowest to highest run")
    return marks, y + 11


def _sample(order: int, left: float, y: float) -> str:
    middle = left + SAMPLE / 2
    return _stroke(order, [(left, y), (left + SAMPLE, y)], [(middle, y)])
