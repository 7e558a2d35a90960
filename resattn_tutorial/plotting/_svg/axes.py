"""Axes: from values to pixels, and the round numbers that stand along them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from resattn_tutorial.plotting._svg.svg import WIDTH
from resattn_tutorial.plotting._svg.text import MARGIN, room

APART = 6  # the least room between two labels of one axis
MOST_POWERS = 10  # labels on a logarithmic axis; more would stand on each other
EDGE = 14


@dataclass(frozen=True)
class Axis:
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


def upright(values: Sequence[np.ndarray], top: float, foot: float, log: bool) -> Axis:
    """The axis of ``y``: it ends at the ticks around its values."""
    low, high = _span(values, log)
    # Nearly all that goes from 0 to 1 is a share, even where no value lies between.
    whole = _all_whole(values) and high - low > 1
    ticks = _powers(low, high) if log else _rounds(low, high, whole)
    return Axis(ticks[0], ticks[-1], foot, top, ticks, log)


def level(values: Sequence[np.ndarray], left: float) -> Axis:
    """The axis of ``x``: it ends where its values end, ``left`` or further right."""
    low, high = _span(values)
    ticks, slack = _rounds(low, high, _all_whole(values)), (high - low) * 1e-9
    ticks = ticks[(ticks >= low - slack) & (ticks <= high + slack)]
    return _spread(low, high, left, EDGE, ticks)


def scale(upper: float, edge: float) -> Axis:
    """A level axis from 0 to ``upper``, with a label at both ends where possible."""
    for count in (5, 6, 4, 7, 3):
        ticks = _rounds(0, upper, whole=False, count=count)
        if np.isclose(ticks[-1], upper):
            break
    else:
        ticks = _rounds(0, upper, whole=False)
    return _spread(0, upper, edge, edge, ticks[ticks <= upper * (1 + 1e-9)])


def named(ticks: np.ndarray) -> list[str]:
    """The ticks in print, with as many digits as tell them apart."""
    for digits in range(6, 17):
        names = [f"{tick + 0.0:,.{digits}g}" for tick in ticks]
        if len(set(names)) == len(names):
            break
    return names


def _spread(
    low: float, high: float, left: float, right: float, ticks: np.ndarray
) -> Axis:
    """A level axis whose labels stay in the picture and apart from each other."""
    names = named(ticks)
    start = max(left, room(names[0]) / 2 + MARGIN)
    end = WIDTH - max(right, room(names[-1]) / 2 + MARGIN)
    widths, every = np.array([room(name) for name in names]), 1
    at = Axis(low, high, start, end, ticks)(ticks)
    while np.any(_gaps(at[::every], widths[::every]) < APART):
        every += 1
    return Axis(low, high, start, end, ticks[::every])


def _gaps(at: np.ndarray, widths: np.ndarray) -> np.ndarray:
    return np.diff(at) - (widths[1:] + widths[:-1]) / 2


def _span(values: Sequence[np.ndarray], log: bool = False) -> tuple[float, float]:
    """The lowest and the highest value; where they are one, some room around it."""
    low = float(min(one.min() for one in values))
    high = float(max(one.max() for one in values))
    if low < high:
        return low, high
    return (low / 2, high * 2) if log else (low - 1, high + 1)


def _all_whole(values: Sequence[np.ndarray]) -> bool:
    """Whether these may be counts, of which there are no halves."""
    return all(np.array_equal(one, np.round(one)) for one in values)


def _rounds(low: float, high: float, whole: bool, count: int = 5) -> np.ndarray:
    """Round numbers, about ``count``, from below ``low`` to above ``high``."""
    steps = [1, 2, 5, 10] if whole else [1, 2, 2.5, 5, 10]
    return MaxNLocator(count, steps=steps, integer=whole).tick_values(low, high)


def _powers(low: float, high: float) -> np.ndarray:
    """Powers of ten around the values; with twice and five times them in a few."""
    lowest, highest = np.floor(np.log10(low)) - 1, np.ceil(np.log10(high)) + 1
    every = -(-(np.log10(high / low) + 1) // MOST_POWERS)
    powers = every * np.arange(lowest // every, -(-highest // every) + 1)
    ticks = np.outer(10.0**powers, (1, 2, 5) if high / low < 30 else (1,)).ravel()
    least, most = ticks[ticks <= low].max(), ticks[ticks >= high].min()
    return ticks[(ticks >= least) & (ticks <= most)]
