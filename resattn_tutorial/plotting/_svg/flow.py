"""Boxes that flow from top to bottom, joined by arrows: the diagrams' building kit."""

from __future__ import annotations

from collections.abc import Sequence

from resattn_tutorial.plotting._svg.svg import line, mark, words

LINE = 17
ARROW = 18
RING = 11
STROKE = 1.5
SIGNS = {"+": ((5, 0), (0, 5)), "×": ((4, 4), (4, -4))}


class Flow:
    """A column that grows downwards; each part is joined to the last by an arrow.

    ``x`` is its middle, ``y`` the lower edge of what stands so far, ``marks`` all that
    was drawn.
    """

    def __init__(self, x: float, y: float = 0) -> None:
        self.x, self.y = x, y
        self.marks: list[str] = []

    @property
    def below(self) -> float:
        """Where a shortcut may leave the arrow that comes next."""
        return self.y + ARROW / 2 - 3

    def name(self, text: str) -> None:
        """The name of a tensor."""
        self._arrive()
        place = {"text_anchor": "middle", "font_weight": "bold"}
        self.marks.append(words(self.x, self.y + 14, text, **place))
        self.y += 20

    def box(self, width: float, colour: str, *lines: str) -> None:
        """A layer, tinted so lightly that the ink reads on a light and a dark page."""
        self._arrive()
        height = LINE * len(lines) + 13
        place = {"x": self.x - width / 2, "y": self.y, "width": width, "height": height}
        tint = {"fill": colour, "fill_opacity": 0.16, "stroke": colour}
        self.marks.append(mark("rect", rx=5, stroke_width=STROKE, **place, **tint))
        for order, text in enumerate(lines):
            foot = self.y + 20 + LINE * order
            self.marks.append(words(self.x, foot, text, text_anchor="middle"))
        self.y += height

    def ring(self, sign: str) -> float:
        """An operation on two tensors; returns the height where the other comes in."""
        self._arrive()
        middle = self.y + RING
        ring = {"fill": "none", "stroke": "currentColor", "stroke_width": STROKE}
        self.marks.append(mark("circle", cx=self.x, cy=middle, r=RING, **ring))
        for along, down in SIGNS[sign]:
            ends = [(self.x + s * along, middle + s * down) for s in (-1, 1)]
            self.marks.append(line(ends, stroke_width=STROKE))
        self.y += 2 * RING
        return middle

    def _arrive(self) -> None:
        if self.marks:
            self.marks.append(arrow((self.x, self.y), (self.x, self.y + ARROW)))
            self.y += ARROW


def arrow(*points: Sequence[float]) -> str:
    """A line through ``points``, level or upright, with a head at its end."""
    (a, b), (x, y) = points[-2:]
    along, down = (x > a) - (x < a), (y > b) - (y < b)
    left = (x - 8 * along - 4 * down, y - 8 * down - 4 * along)
    right = (x - 8 * along + 4 * down, y - 8 * down + 4 * along)
    shaft = line([*points[:-1], (x - 6 * along, y - 6 * down)], stroke_width=STROKE)
    return shaft + line([left, (x, y), right], stroke="none", fill="currentColor")


def fork(x: float, y: float) -> str:
    """A dot where one line becomes two."""
    return mark("circle", cx=x, cy=y, r=3)
