"""On the built pages, the words of every drawing stay inside it and apart."""

from __future__ import annotations

from pathlib import Path

import pytest
from explored import opened
from lettering import faults
from unfold import UNFOLD

from tools.chapters import is_aside
from tools.settings import ROOT, pages

# A page aside may do without a drawing; a chapter has one.
CHAPTERS = [
    name for name in pages(ROOT)
    if name.startswith("chapters/") and (
        not is_aside(Path(name)) or "name: fig-" in (ROOT / f"{name}.md").read_text()
    )
]


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", [*CHAPTERS, "book/ledger"])
def test_the_words_of_every_drawing_on_a_page_stay_inside_it_and_apart(
    book: Path, chromium, name: str, width: int
):
    with opened(chromium, (book / f"{name}.html").as_uri(), width) as (page, _):
        page.evaluate(UNFOLD)
        assert faults(page) == []


@pytest.mark.parametrize("name", ["index", *CHAPTERS])
def test_on_a_phone_no_word_of_a_drawing_is_smaller_than_12_pixels(
    book: Path, chromium, name: str
):
    """But in a box that is narrower than the page's column."""
    with opened(chromium, (book / f"{name}.html").as_uri(), 390) as (page, _):
        sizes = page.evaluate("""() =>
          [...document.querySelectorAll("article svg[aria-label] text")]
            .filter((one) => one.checkVisibility() && !one.closest(".admonition"))
            .map((one) => [parseFloat(getComputedStyle(one).fontSize)
              * one.getScreenCTM().a, one.textContent])""")
    small = [(size, text) for size, text in sizes if size < 11.9]
    assert small == [] and (sizes or is_aside(Path(name)))
