"""The forms in which a notebook keeps a drawing.

A viewer that drops inline SVG, as GitHub's does, still shows a PNG. HTML beside it
would be preferred to it, and then be dropped; so what a page shows has a type of its
own, which the book's build alone knows.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from pathlib import Path

PAGE = "application/vnd.resattn.page+html"
DENSITY = 2  # pixels of the PNG for one of CSS: sharp on most screens


def kept(
    svg: str, alt: str, size: tuple[float, float], page: str
) -> tuple[dict[str, object], dict[str, object]]:
    """The words, the PNG, and the HTML for the book's page; each by its type.

    Behind them, for the PNG, its alt text and its size as shown.

    Args:
        svg: the picture.
        alt: its words.
        size: the width and height at which it is shown, in CSS pixels.
        page: the HTML for the book's page.
    """
    width, height = map(round, size)
    forms = {
        "text/plain": alt,
        "image/png": b64encode(png(svg, DENSITY * width)).decode("ascii"),
        PAGE: page,
    }
    return forms, {"image/png": {"alt": alt, "width": width, "height": height}}


def png(svg: str, width: int) -> bytes:
    """The picture, black on white, in the font that its words were measured in."""
    from resvg_py import svg_to_bytes

    return svg_to_bytes(
        svg_string=svg,
        width=width,
        background="white",
        skip_system_fonts=True,  # the same picture everywhere
        font_files=_fonts(),
        font_family="DejaVu Sans",
    )


@cache
def _fonts() -> list[str]:
    """The files of the font, which matplotlib brings along."""
    import matplotlib

    folder = Path(matplotlib.get_data_path(), "fonts", "ttf")
    return [str(folder / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")]
