"""The network of the course in one picture, each part under the number of the chapter
that builds it (chapter 0).
"""

from __future__ import annotations

from collections.abc import Mapping

from resattn_tutorial.plotting._svg.flow import ARROW, STROKE, Flow, arrow, fork
from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing, line, mark, words
from resattn_tutorial.validation import require_kind

WIDTH = 344
BLUE, ORANGE, GREEN, VIOLET, GREY = PALETTE
MIDDLE, BOX = 172, 252
TRUNK, TRUNK_BOX = 88, 140
MASK, MASK_BOX = 248, 160
BADGE = 10                   # a radius
INSIDE = 15                  # from a badge's middle to the edge of its box
FRAME = 6                    # from the frame to the edge of the picture
TOLD = (
    "Diagram of Attention-56 for small images, each part with the number of the "
    "chapter that builds it. An image of 32×32 pixels (9) passes a 3×3 convolution "
    "(7) and a residual unit (1). Then comes an attention module (6): a residual "
    "unit, and the way splits. Left, the trunk: two residual units (1). Right, the "
    "mask: down to 4×4 and back to 32×32 (2), and a sigmoid (4). Trunk times one plus "
    "mask (5), and one more residual unit, end the module. A residual unit follows, "
    "then two more such stages (7), the mean over all positions and a linear layer "
    "(7), and ten scores, one for each class, to be trained (10)."
)


def course(links: Mapping[str, str] | None = None) -> Drawing:
    """Attention-56 for small images, with the chapters' numbers as badges.

    Args:
        links: where a chapter lies, by its number, such as ``{"7": "chapter07.html"}``;
            each of its parts is then a link.

    Raises:
        TypeError: ``links`` is no mapping.
    """
    links = require_kind("links", links or {}, Mapping, "a mapping of addresses")
    flow = Numbered(MIDDLE, links=links)
    flow.name("image, 32×32")
    badge = _badge(MIDDLE + BOX / 2 - INSIDE, flow.y - 10, "9")
    flow.leads("9", flow.marks.pop(), badge)
    flow.part(BLUE, "7", "convolution 3×3")
    flow.part(GREEN, "1", "residual unit, 64 channels")
    top = flow.y + ARROW / 2
    split = _module(flow)
    _frame(flow, top, split, flow.y + ARROW / 2)
    flow.part(GREEN, "1", "residual unit")
    flow.part(VIOLET, "7", "two more such stages,", "128 and 256 channels")
    flow.part(BLUE, "7", "mean, linear layer")
    flow.name("ten scores")
    badge = _badge(MIDDLE + BOX / 2 - INSIDE, flow.y - 10, "10")
    flow.leads("10", flow.marks.pop(), badge)
    return Drawing(TOLD, WIDTH, flow.y + 4, tuple(flow.marks))


class Numbered(Flow):
    """A column whose parts carry the number of their chapter, and may lead there."""

    def __init__(self, x: float, y: float = 0, *, links: Mapping[str, str]) -> None:
        super().__init__(x, y)
        self.links = links

    def beside(self, x: float, y: float) -> Numbered:
        """Another column of the same picture."""
        return Numbered(x, y, links=self.links)

    def part(
        self, colour: str, number: str, *lines: str, width: float = BOX
    ) -> None:
        """A layer, with its chapter's number at its right end."""
        before = len(self.marks) + bool(self.marks)  # an arrow comes first
        top = self.y + (ARROW if self.marks else 0)
        self.box(width, colour, *lines)
        drawn = self.marks[before:]
        del self.marks[before:]
        right = self.x + width / 2 - INSIDE
        self.leads(number, *drawn, _badge(right, (top + self.y) / 2, number))

    def leads(self, number: str, *drawn: str) -> None:
        """Draw what belongs to a chapter, as a link if there is one."""
        if link := self.links.get(number):
            self.marks.append(mark("a", "".join(drawn), href=link))
        else:
            self.marks += drawn


def _badge(x: float, y: float, number: str) -> str:
    """A chapter's number in a filled ring that reads on a light and a dark page."""
    ring = mark("circle", cx=x, cy=y, r=BADGE, fill="#fff", stroke=GREY,
                stroke_width=STROKE)
    ink = {"text_anchor": "middle", "fill": "#000", "font_size": 12}
    return ring + words(x, y + 4, number, font_weight="bold", **ink)


def _module(flow: Numbered) -> float:
    """A unit, the two ways, and where they meet; returns where they part."""
    flow.y += ARROW / 2                              # room for the frame's edge
    flow.marks.append(line([(MIDDLE, flow.y - ARROW / 2), (MIDDLE, flow.y)],
                           stroke_width=STROKE))
    flow.part(GREEN, "1", "residual unit")
    leaves = flow.y + ARROW / 2
    down = [line([(MIDDLE, flow.y), (MIDDLE, leaves)], stroke_width=STROKE),
            fork(MIDDLE, leaves)]
    trunk, mask = flow.beside(TRUNK, leaves + 24), flow.beside(MASK, leaves + 24)
    down += [arrow((MIDDLE, leaves), (way.x, leaves), (way.x, way.y))
             for way in (trunk, mask)]
    mask.part(ORANGE, "2", "down to 4×4,", "up to 32×32", width=MASK_BOX)
    mask.part(GREY, "4", "sigmoid", width=MASK_BOX)
    trunk.part(GREEN, "1", "2 residual", "units", width=TRUNK_BOX)
    for way, name in ((trunk, "trunk T"), (mask, "mask M")):
        way.marks.append(words(way.x + 8, way.y + 15, name, font_weight="bold"))
    flow.marks += [*down, *trunk.marks, *mask.marks]
    _merge(flow, trunk.y, mask.y)
    return leaves


def _merge(flow: Numbered, trunk: float, mask: float) -> None:
    """The trunk, times one plus the mask."""
    top = max(trunk, mask) + ARROW + 8
    width, tint = BOX, {"fill": GREY, "fill_opacity": 0.16, "stroke": GREY}
    flow.marks += [
        arrow((x, y), (x, top)) for x, y in ((TRUNK, trunk), (MASK, mask))
    ]
    flow.leads(
        "5",
        mark("rect", x=MIDDLE - width / 2, y=top, width=width, height=30, rx=5,
             stroke_width=STROKE, **tint),
        words(MIDDLE, top + 20, "(1 + M) · T", text_anchor="middle"),
        _badge(MIDDLE + width / 2 - INSIDE, top + 15, "5"),
    )
    flow.y = top + 30
    flow.part(GREEN, "1", "residual unit")


def _frame(flow: Numbered, top: float, split: float, foot: float) -> None:
    """A dashed frame round the module; its name stands where the two ways part."""
    flow.marks.append(
        mark("rect", x=FRAME, y=top, width=WIDTH - 2 * FRAME, height=foot - top, rx=8,
             fill="none", stroke=VIOLET, stroke_width=STROKE, stroke_dasharray="5 4"))
    flow.leads("6", _badge(FRAME + INSIDE, split - 12, "6"),
               words(FRAME + 5, split + 14, "module"))
