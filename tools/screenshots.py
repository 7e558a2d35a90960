"""Save a picture of every page: ``python -m tools.screenshots FOLDER``.

Light and dark, on a screen 390 and 1280 pixels wide. For looking at what one has made;
``make book`` comes first.
"""

from __future__ import annotations

import sys
from itertools import product
from pathlib import Path

from playwright.sync_api import Error

from tools.book import HTML
from tools.browser import browser, settled
from tools.ending import ended
from tools.settings import ROOT, pages

WIDTHS = (390, 1280)
THEMES = ("light", "dark")


def save(folder: Path, root: Path = ROOT) -> int:
    """Save ``<page>-<theme>-<width>.png`` for every page of the built book; 0."""
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
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(ended(lambda: save(Path(sys.argv[1])), Error))
