"""Panels on a sheet: how small pictures stand in rows, with titles and a colour scale.

A panel is a function that draws itself at a place; `sheet` finds the places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from resattn_tutorial.plotting._svg.svg import (
    FONT,
    WIDTH,
    Drawing,
    heat,
    ink_on,
    mark,
    picture,
    words,
)
from resattn_tutorial.plotting._svg.text import MARGIN, room, words_of, wrapped
from resattn_tutorial.validation import require_count

GAP = 8
ABOVE = 2  # fonts differ in how far they reach up
LINE_HEIGHT = 1.25
LINE = LINE_HEIGHT * FONT
WIDEST_PANEL = 280
SCALE_HEIGHT = 34
MOST_PRINTED = 8

Panel = Callable[[float, float, float, float], str]  # x, y, width, height -> SVG


def image_panel(pixels: np.ndarray, outline: np.ndarray | None = None) -> Panel:
    """Bytes ``(h, w, 3)``; a bool ``outline`` ``(H, W)`` is traced along its pixels."""

    def draw(x: float, y: float, width: float, height: float) -> str:
        drawn = picture(pixels, x, y, width, height)
        if outline is not None:
            drawn += trace(outline, x, y, width, height)
        return drawn

    return draw


def map_panel(values: np.ndarray, low: float, high: float) -> Panel:
    """Numbers ``(h, w)`` in colour, and in print where the cells are large enough."""
    colours = heat(values, low, high)
    printed = _printed(values)

    def draw(x: float, y: float, width: float, height: float) -> str:
        drawn = picture(colours, x, y, width, height)
        rows, columns = values.shape
        if least_width(values) > width:
            return drawn
        for (row, column), text in np.ndenumerate(printed):
            drawn += words(
                x + (column + 0.5) * width / columns,
                y + (row + 0.5) * height / rows + 0.35 * FONT,
                text,
                text_anchor="middle",
                fill=ink_on(colours[row, column]),
            )
        return drawn

    return draw


def least_width(values: np.ndarray) -> float:
    """How wide a map must be for its numbers to fit; infinite for a large one.

    Cells are square, so this is the room in both directions.
    """
    if max(values.shape) > MOST_PRINTED:
        return math.inf
    widest = max(map(room, _printed(values).flat))
    return values.shape[1] * max(widest + MARGIN, LINE)


def _printed(values: np.ndarray) -> np.ndarray:
    most = np.abs(values).max()
    whole = np.array_equal(values, np.round(values))
    digits = 0 if whole or most >= 100 else max(2, 1 - math.floor(math.log10(most)))
    return np.vectorize(lambda value: f"{value + 0.0:.{digits}f}")(values)


def trace(shape: np.ndarray, x: float, y: float, width: float, height: float) -> str:
    """The border of a bool ``shape`` along pixel edges, white on black for contrast."""
    rows, columns = shape.shape
    padded = np.pad(shape, 1).astype(np.int8)
    across = np.diff(padded, axis=0)[:, 1:-1] != 0
    down = np.diff(padded, axis=1)[1:-1, :] != 0
    path = "".join(f"M{start} {row}h{long}" for row, start, long in _runs(across))
    path += "".join(
        f"M{column} {start}v{long}" for column, start, long in _runs(down.T)
    )
    if not path:
        return ""
    scale = f"scale({width / columns:.4f} {height / rows:.4f})"
    # The stroke keeps its width on screen, so that a phone shows it as clearly.
    shared = {
        "d": path,
        "transform": f"translate({x:.2f} {y:.2f}) {scale}",
        "vector_effect": "non-scaling-stroke",
    }
    shared |= {"fill": "none", "stroke_linecap": "square"}
    under = mark("path", stroke="#000", stroke_opacity=0.7, stroke_width=2.5, **shared)
    return under + mark("path", stroke="#fff", stroke_width=1.25, **shared)


def _runs(edges: np.ndarray) -> list[tuple[int, int, int]]:
    """Where a row of ``edges`` is true without a break: (row, start, length)."""
    found = []
    for row, cells in enumerate(edges):
        turns = np.flatnonzero(np.diff(np.r_[0, cells.astype(np.int8), 0]))
        starts, ends = turns[::2].tolist(), turns[1::2].tolist()
        found += [(row, a, b - a) for a, b in zip(starts, ends, strict=True)]
    return found


def sheet(
    stacks: Sequence[Sequence[Panel]],
    shape: tuple[int, int],
    titles: Sequence[str] | None,
    columns: int,
    alt: str,
    scale: tuple[float, float] | None = None,
) -> Drawing:
    """Stacks of panels in rows, each of ``shape`` (height, width), under its title."""
    columns = min(require_count("columns", columns), len(stacks))
    titles = _require_titles(titles, len(stacks))
    words_wide = [room(word) for title in titles for word in words_of(title)]
    columns = min(columns, most_columns(max(words_wide, default=0)))
    panel = panel_width(columns)
    tall = panel * shape[0] / shape[1]
    # A line break of a title's own stays one.
    lines = [
        [line for part in title.split("\n") for line in wrapped(part, panel)]
        for title in titles
    ]
    head = LINE * max(map(len, lines), default=0) + (ABOVE if lines else 0)
    step = head + len(stacks[0]) * (tall + GAP / 2) + GAP
    marks = []
    for index, stack in enumerate(stacks):
        x, y = index % columns * (panel + GAP), index // columns * step
        for place, text in enumerate(lines[index] if lines else []):
            foot = y + head - LINE * (len(lines[index]) - 1 - place) - 5
            marks.append(words(x + panel / 2, foot, text, text_anchor="middle"))
        for depth, draw in enumerate(stack):
            marks.append(draw(x, y + head + depth * (tall + GAP / 2), panel, tall))
    width = columns * (panel + GAP) - GAP
    if scale is not None:
        width = max(width, _colour_scale_width(*scale))
    height = -(-len(stacks) // columns) * step - GAP
    if scale is not None:
        marks.append(_colour_scale(*scale, width, height))
        height += SCALE_HEIGHT
    return Drawing(alt, width, height, tuple(marks))


def panel_width(columns: int) -> float:
    """How wide each of so many panels in a row is."""
    return min(WIDEST_PANEL, (WIDTH + GAP) / columns - GAP)


def most_columns(least: float) -> int:
    """How many panels of at least this width fit into a row; 1 if not even one does."""
    return max(1, int((WIDTH + GAP) / (least + GAP)))


def _require_titles(titles: Sequence[str] | None, count: int) -> Sequence[str]:
    if titles is None:
        return []
    sequence = isinstance(titles, Sequence) and not isinstance(titles, str)
    if not sequence or not all(isinstance(title, str) for title in titles):
        raise TypeError(f"titles must be a sequence of strings, got {titles!r}.")
    if len(titles) != count:
        raise ValueError(f"titles must be one for each of {count}, got {len(titles)}.")
    return titles


def _colour_scale_width(low: float, high: float) -> float:
    """The least width of a sheet with a colour scale and its two numbers."""
    widest = max(room(f"{end:.3g}") for end in (low, high))
    return max(220, 100 + 2 * (8 + widest + MARGIN))


def _colour_scale(low: float, high: float, width: float, y: float) -> str:
    """A strip from ``low`` to ``high`` with both numbers beside it, centred."""
    strip = heat(np.linspace(0.0, 1.0, 64)[None], 0.0, 1.0)
    left, right = width / 2 - 50, width / 2 + 50
    return (
        words(left - 8, y + 25, f"{low:.3g}", text_anchor="end")
        + picture(strip, left, y + 14, 100, 12)
        + words(right + 8, y + 25, f"{high:.3g}")
    )
