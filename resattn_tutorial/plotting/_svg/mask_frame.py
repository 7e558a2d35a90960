"""One frame of a figure of masks: a title, an image and maps over it, and a note.

All frames of a figure have one height, since every panel has the same number of lines
above it: nothing jumps when the slider moves.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image

from resattn_tutorial.plotting._svg.sheets import ABOVE, GAP, LINE, WIDEST_PANEL
from resattn_tutorial.plotting._svg.svg import WIDTH, Drawing, mark, picture, words
from resattn_tutorial.plotting._svg.text import room, wrapped

# Of at most so many pixels a side an image stays as it is. JPEG makes a larger one five
# times smaller, and nobody sees it: colours are kept at full size.
LOSSLESS, QUALITY = 32, 85
# Panels in a row: more of them, and a phone shows stamps.
MOST_COLUMNS = 3
LINES = 3
# Bold letters are wider than those that are measured.
BOLD = 0.88


class Panel(NamedTuple):
    """A picture with at most `LINES` lines above it.

    Attributes:
        pixels: bytes, ``(H, W, 3)``; of all panels of a frame the same shape.
        lines: what stands above it.
    """

    pixels: np.ndarray
    lines: tuple[str, ...]


def mask_frame(title: str, panels: Sequence[Panel], note: str, alt: str) -> Drawing:
    """Panels in rows below a title and above a note.

    Args:
        title: stands at the head, in bold letters.
        panels: the image and its maps.
        note: stands at the foot.
        alt: what this one frame shows.
    """
    columns = 2 if len(panels) in (2, 4) else min(len(panels), MOST_COLUMNS)
    side = min(WIDEST_PANEL, (WIDTH + GAP) / columns - GAP)
    rows, shape = -(-len(panels) // columns), panels[0].pixels.shape
    tall, width = side * shape[0] / shape[1], columns * (side + GAP) - GAP
    marks, y = _written(title, 0, BOLD * width, font_weight=600)
    y, head = y + GAP / 2, LINES * LINE + ABOVE
    for number, panel in enumerate(panels):
        x = number % columns * (side + GAP)
        top = y + number // columns * (head + tall + GAP) + head
        for above, line in enumerate(reversed(panel.lines)):
            foot = top - 5 - above * LINE
            marks.append(words(
                x + side / 2, foot, _cut(line, side), text_anchor="middle"
            ))
        marks.append(_pictured(panel.pixels, x, top, side, tall))
    written, height = _written(note, y + rows * (head + tall + GAP), width)
    return Drawing(alt, width, height, (*marks, *written))


def _written(
    text: str, y: float, width: float, **attributes: str | float
) -> tuple[list[str], float]:
    """Lines of text below ``y``, and where they end."""
    lines = wrapped(text, width)
    marks = [
        words(0, y + (number + 1) * LINE - 4, line, **attributes)
        for number, line in enumerate(lines)
    ]
    return marks, y + len(lines) * LINE + ABOVE


def _cut(line: str, width: float) -> str:
    """A line that fits above its panel, without its end if need be."""
    if room(line) <= width:
        return line
    while line and room(f"{line}…") > width:
        line = line[:-1]
    return f"{line}…"


def _pictured(
    pixels: np.ndarray, x: float, y: float, width: float, height: float
) -> str:
    """Bytes ``(H, W, 3)``, embedded and framed; see `LOSSLESS`."""
    if max(pixels.shape[:2]) <= LOSSLESS:
        return picture(pixels, x, y, width, height)
    file = BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(
        file, "JPEG", quality=QUALITY, subsampling=0, optimize=True
    )
    place = {"x": x, "y": y, "width": width, "height": height}
    image = mark(
        "image", preserveAspectRatio="none", **place,
        href="data:image/jpeg;base64," + b64encode(file.getvalue()).decode("ascii"),
    )
    return image + mark(
        "rect", **place, fill="none", stroke="currentColor", stroke_opacity=0.3
    )
