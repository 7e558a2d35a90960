"""Effects on one axis: what was printed, what was measured, and how sure that is.

Each row has a label, in lines of its own, and below it one line for each side. A
diamond is a number without any interval. A dot has two: the thin line, and the thick
one that lies on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from resattn_tutorial.plotting._svg.arrays import as_number
from resattn_tutorial.plotting._svg.axes import Axis, level
from resattn_tutorial.plotting._svg.bars import floor
from resattn_tutorial.plotting._svg.legend import legend
from resattn_tutorial.plotting._svg.svg import (
    PALETTE,
    WIDTH,
    Drawing,
    line,
    mark,
    words,
)
from resattn_tutorial.plotting._svg.text import MARGIN, require_room, wrapped
from resattn_tutorial.validation import (
    require_count,
    require_kind,
    require_sequence,
)

MOST_ROWS, MOST_LINES = 30, 2
SAMPLE = 26
LABEL = 20
LINE = 16
BELOW = 8
RADIUS = 4.5
EDGE = 14
PRINTED, OURS = PALETTE[1], PALETTE[0]


@dataclass(frozen=True)
class Effect:
    """One row.

    Attributes:
        printed: a number without interval; ``None`` where there is none.
        ours: the number that was measured; ``None`` where it is not there yet.
        thin: the ends of its wider interval; none if ``None``.
        thick: the ends of the other one.
    """

    printed: float | None
    ours: float | None
    thin: Sequence[float] | None = None
    thick: Sequence[float] | None = None

    def numbers(self) -> list[float]:
        """All of its numbers, checked; raises TypeError or ValueError."""
        single = [x for x in (self.printed, self.ours) if x is not None]
        ends = [
            end for pair in (self.thin, self.thick) if pair is not None
            for end in require_sequence("an interval", pair, 2)
        ]
        return [as_number("an effect's number", x) for x in (*single, *ends)]


def show_effects(
    rows: Mapping[str, Effect],
    *,
    alt: str,
    x_label: str,
    names: tuple[str, str, str],
) -> Drawing:
    """Effects, one row below the other, on an axis with a line at zero.

    Args:
        rows: label -> effect.
        alt: what the picture shows.
        x_label: what the axis measures, with its unit.
        names: what a diamond, a thin line and a thick one are, for the legend.

    Raises:
        TypeError, ValueError: an argument is of another kind, there is no number, or
            there are too many rows.
    """
    require_kind("rows", rows, Mapping, "a mapping")
    require_count("the number of rows", len(rows), at_most=MOST_ROWS)
    for label in rows:
        require_room("rows: a label", label, width=MOST_LINES * WIDTH)
    require_room("x_label", x_label)
    require_sequence("names", names, 3)
    numbers = [0.0, *(x for effect in rows.values() for x in effect.numbers())]
    if len(numbers) == 1:
        raise ValueError("rows must hold at least one number, got none.")
    x = level([np.array(numbers)], EDGE)
    samples = [_diamond, partial(_sample, 1.5), partial(_sample, 5)]
    marks, middle = legend(
        [partial(_in_legend, draw) for draw in samples], list(names), SAMPLE
    )
    top, drawn = middle + 14, []
    for label, effect in rows.items():
        for text in wrapped(label, WIDTH - EDGE - MARGIN):
            drawn.append(words(EDGE, top + LABEL - 5, text))
            top += LABEL
        first = top
        if effect.printed is not None:
            drawn.append(_diamond(x(effect.printed), top + LINE / 2))
            top += LINE
        if effect.ours is not None:
            drawn.append(_measured(effect, x, top + LINE / 2))
            top += LINE
        # Broken where the labels stand.
        drawn.insert(0, _zero(x(0.0), first, top))
        top += BELOW
    return Drawing(alt, WIDTH, top + 47, (marks, *drawn, floor(x, top, x_label)))


def _zero(at: float, first: float, last: float) -> str:
    ends = [(at, first), (at, last)]
    return line(ends, stroke_opacity=0.6, stroke_dasharray="4 3")


def _measured(effect: Effect, x: Axis, y: float) -> str:
    """A dot on its two intervals."""
    marks = ""
    for ends, width in ((effect.thin, 1.5), (effect.thick, 5)):
        if ends is not None:
            marks += line([(x(ends[0]), y), (x(ends[1]), y)], stroke=OURS,
                          stroke_width=width)
    return marks + mark("circle", cx=x(effect.ours), cy=y, r=RADIUS, fill=OURS)


def _diamond(at: float, y: float) -> str:
    side = RADIUS * 1.6
    place = {"x": at - side / 2, "y": y - side / 2, "width": side, "height": side}
    return mark("rect", fill=PRINTED, transform=f"rotate(45 {at:.2f} {y:.2f})", **place)


def _sample(width: float, at: float, y: float) -> str:
    ends = [(at - SAMPLE / 2, y), (at + SAMPLE / 2, y)]
    return line(ends, stroke=OURS, stroke_width=width)


def _in_legend(
    draw: Callable[[float, float], str], left: float, middle: float
) -> str:
    return draw(left + SAMPLE / 2, middle)
