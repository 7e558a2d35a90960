"""The picture that is shown where somebody shares the book's address.

``python -m tools.card`` draws it with a browser, from the landing page's picture.
"""

from __future__ import annotations

import sys

from tools.browser import browser
from tools.ending import ended
from tools.picture import drawing
from tools.settings import ROOT

FILE, WIDTH, HEIGHT = "book/_static/card.png", 1200, 630
PAGE = """<!doctype html><meta charset="utf-8"><style>
  body {{ margin: 0; width: 1200px; height: 630px; box-sizing: border-box;
    padding: 42px 60px; background: #fff; color: #1b1f24; font-family: sans-serif; }}
  h1 {{ margin: 0 0 8px; font-size: 58px; letter-spacing: -1px; }}
  p {{ margin: 0 0 22px; font-size: 27px; color: #4a5058; }}
  svg {{ max-width: 740px !important; }}
</style><h1>Residual Attention from Scratch</h1>
<p>One paper on attention in image networks, built from nothing.</p>{picture}"""


def main() -> int:
    """Draw and write it."""
    size = {"width": WIDTH, "height": HEIGHT}
    with browser() as chromium:
        page = chromium.new_page(viewport=size)
        page.set_content(PAGE.format(picture=drawing().svg))
        page.screenshot(path=ROOT / FILE)
    print("written:", FILE)
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, FileNotFoundError))
