"""Save a picture of every page: ``python -m tools.screenshots FOLDER``.

Light and dark, on a screen 390 and 1280 pixels wide. For looking at what one has made;
``make book`` comes first.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from tools.book import HTML
from tools.browser import browser, settled
from tools.settings import ROOT, pages

WIDTHS = (390, 1280)
THEMES = ("light", "dark")


def save(folder: Path, root: Path = ROOT) -> None:
    """Save ``<page>-<theme>-<width>.png`` for every page of the built book."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as opened:
        for theme, width in product(THEMES, WIDTHS):
            size = {"width": width, "height": 900}
            page = opened.new_page(viewport=size, color_scheme=theme)
            for name in pages(root):
                page.goto((root / HTML / f"{name}.html").as_uri())
                settled(page)
                picture = folder / f"{Path(name).name}-{theme}-{width}.png"
                page.screenshot(path=picture, full_page=True)
                print(picture, flush=True)
            page.close()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    save(Path(sys.argv[1]))
