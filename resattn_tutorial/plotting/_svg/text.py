"""How much room words take, so that no drawing cuts them or draws them over others.

The font is the page's own, and not known here. So all words get the room that they take
in DejaVu Sans, which is among the widest fonts that a page falls back on; matplotlib
brings it along.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import matplotlib
from PIL import ImageFont

from resattn_tutorial.plotting._svg.svg import FONT, WIDTH, words

MARGIN = 2
_MEASURED = 100  # a size at which rounding to whole pixels does not matter


def room(text: str, size: float = FONT, bold: bool = False) -> float:
    """The width of ``text`` in a wide font of ``size`` pixels."""
    return _font(bold).getlength(text) * size / _MEASURED


@cache
def _font(bold: bool) -> ImageFont.FreeTypeFont:
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", name)
    return ImageFont.truetype(str(path), _MEASURED, ImageFont.Layout.BASIC)


def require_room(name: str, text: str, width: float = WIDTH - 2 * MARGIN) -> str:
    """Refuse what is no text, or does not fit a line of ``width`` pixels.

    Raises:
        TypeError: it is no string.
        ValueError: it is blank, or too wide.
    """
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string, got {type(text).__name__}.")
    if not text.strip() or room(text) > width:
        raise ValueError(
            f"{name} must have text that fits a line of {width:.0f} pixels, "
            f"got {text!r}, {room(text):.0f} pixels wide."
        )
    return text


def centred(x: float, y: float, text: str) -> str:
    """Words around ``x``, moved aside where they would leave a picture of `WIDTH`."""
    half = room(text) / 2 + MARGIN
    return words(min(max(x, half), WIDTH - half), y, text, text_anchor="middle")


def words_of(text: str) -> list[str]:
    """The words of a text; a no-break space makes one of two."""
    return [word for word in re.split(r"[ \n]+", text) if word]


def wrapped(text: str, width: float) -> list[str]:
    """``text`` in lines of at most ``width`` pixels; a longer word is broken.

    What a no-break space joins stays together where it fits a line.
    """
    lines: list[str] = []
    for word in words_of(text):
        if lines and room(f"{lines[-1]} {word}") <= width:
            lines[-1] += f" {word}"
            continue
        lines.append("")
        for letter in word:
            if lines[-1] and room(lines[-1] + letter) > width:
                lines.append("")
            lines[-1] += letter
    return lines
