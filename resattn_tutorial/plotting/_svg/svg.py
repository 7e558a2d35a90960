"""Drawings: one kind of picture for page, notebook, phone and print.

On a page a `Drawing` is inline SVG whose ink is ``currentColor``: it takes the colour
of the text around it, so the same picture is right on a light page and on a dark one.
Its words are text in the page's own font. It holds no id, no style sheet and no
address, so any number of drawings can share a page, and they show with no network.

A notebook shows the same drawing as a PNG, black on white, which every viewer of
notebooks lets through; many drop inline SVG.

All lengths are CSS pixels at a width of `WIDTH`. A phone's column of 342 pixels shows
such a drawing at six sevenths, so that `FONT` there is 12 pixels; a wide page lets it
grow to `GROWS` times its size, where its words are as large as those around it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from io import BytesIO

import numpy as np
from matplotlib import colormaps
from PIL import Image

from resattn_tutorial.plotting._svg.forms import kept
from resattn_tutorial.validation import require_kind, require_number, require_sequence

WIDTH, GROWS = 400, 1.2
FONT = 14
SHORTEST_ALT = 20

# Each stands out from white and from #121212 by at least 3 to 1, and from the others
# for readers with protanopia, deuteranopia or tritanopia. So narrow a band of
# lightness has no good place for a sixth.
PALETTE = ("#0072B2", "#D55E00", "#009E73", "#8F4DF0", "#6B6B75")


@dataclass(frozen=True, repr=False)
class Drawing:
    """A picture that a notebook shows by itself, with words for who cannot see it.

    Args:
        alt: what the picture shows, in a sentence; at least `SHORTEST_ALT` characters.
        width: the width in CSS pixels; it follows the column, up to `GROWS` times.
        height: the height at that width.
        marks: the SVG elements, in drawing order.

    Raises:
        TypeError: ``alt`` is not a string, a length no number, a mark no text.
        ValueError: ``alt`` is too short to say anything, or a length is not above 0.
    """

    alt: str
    width: float
    height: float
    marks: tuple[str, ...]

    def __post_init__(self) -> None:
        if not isinstance(self.alt, str):
            raise TypeError(f"alt must be a string, got {type(self.alt).__name__}.")
        if len(self.alt.strip()) < SHORTEST_ALT:
            raise ValueError(
                f"alt must say in at least {SHORTEST_ALT} characters what the picture "
                f"shows, for readers who cannot see it; got {self.alt!r}."
            )
        require_number("width", self.width, above=0)
        require_number("height", self.height, above=0)
        for mark in require_sequence("marks", self.marks):
            require_kind("a mark", mark, str, "SVG text")

    @property
    def svg(self) -> str:
        """The picture as one self-contained SVG element."""
        return mark(
            "svg",
            "".join(self.marks),
            xmlns="http://www.w3.org/2000/svg",
            role="img",
            aria_label=self.alt,
            viewBox=f"0 0 {_number(self.width)} {_number(self.height)}",
            width=self.width,
            style=f"display:block;margin:0 auto;width:100%;height:auto;"
            f"max-width:{_number(GROWS * self.width)}px",
            fill="currentColor",
            font_size=FONT,
            stroke_linejoin="round",
        )

    @property
    def html(self) -> str:
        """The picture as an element of a page."""
        return f'<figure class="drawing" style="margin:1em 0">{self.svg}</figure>'

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, object], dict[str, object]]:
        return self.kept(self.html)

    def kept(self, page: str) -> tuple[dict[str, object], dict[str, object]]:
        """The forms in which a notebook keeps it; a page of the book shows ``page``."""
        size = GROWS * self.width, GROWS * self.height
        return kept(self.svg, self.alt, size, page)

    def __repr__(self) -> str:
        return self.alt


def mark(tag: str, content: str = "", **attributes: str | float) -> str:
    """One SVG element; underscores in attribute names stand for hyphens."""
    written = "".join(
        f' {name.replace("_", "-")}="{escape(_number(value))}"'
        for name, value in attributes.items()
    )
    return f"<{tag}{written}>{content}</{tag}>" if content else f"<{tag}{written}/>"


def _number(value: str | float) -> str:
    if isinstance(value, str):
        return value
    return f"{value + 0.0:.2f}".rstrip("0").rstrip(".")


def words(x: float, y: float, text: str, **attributes: str | float) -> str:
    """Text whose baseline starts at (x, y); ``text_anchor`` moves the start."""
    return mark("text", escape(text), x=x, y=y, **attributes)


def line(points: Iterable[Sequence[float]], **attributes: str | float) -> str:
    """An open line through ``points``, in ink unless a ``stroke`` is given."""
    path = "M" + " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
    ink = {"fill": "none", "stroke": "currentColor"}
    return mark("path", d=path, **(ink | attributes))


def picture(pixels: np.ndarray, x: float, y: float, width: float, height: float) -> str:
    """Bytes of shape ``(h, w, 3)``, embedded as they are, with crisp pixels, framed."""
    packed = BytesIO()
    # A PNG of a small photograph takes half as many bytes again.
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        packed, "WEBP", lossless=True, method=2)
    place = {"x": x, "y": y, "width": width, "height": height}
    image = mark(
        "image",
        href="data:image/webp;base64," + b64encode(packed.getvalue()).decode("ascii"),
        preserveAspectRatio="none",
        style="image-rendering:pixelated",
        **place,
    )
    frame = {"fill": "none", "stroke": "currentColor", "stroke_opacity": 0.3}
    return image + mark("rect", **place, **frame)


def heat(values: np.ndarray, low: float, high: float) -> np.ndarray:
    """Numbers as bytes of one more axis, 3: violet at ``low``, yellow at ``high``.

    The map (viridis) grows lighter evenly, so it also reads in grey. Where ``low``
    equals ``high``, every value takes the lowest colour.
    """
    share = (np.asarray(values, dtype=float) - low) / ((high - low) or 1.0)
    return colormaps["viridis"](share, bytes=True)[..., :3]


def ink_on(colour: np.ndarray) -> str:
    """Black or white, whichever stands out more from ``colour`` (three bytes)."""
    luminance = np.array([0.2126, 0.7152, 0.0722]) @ (colour / 255.0) ** 2.2
    return "#000" if luminance > 0.18 else "#fff"
