"""Pages load no script that they do not need, and their icons are drawn."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from book._ext.lighter import PageError, lighter
from tools import icons
from tools.icons import IconError, drawn, lighten_static

SCRIPTS = {
    "icons": '<script defer src="../_static/scripts/fontawesome.js?digest=5"></script>',
    "search": '<script src="../_static/searchtools.js"></script>\n'
        '<script src="../_static/language_data.js"></script>\n'
        '<script src="../searchindex.js"></script>',
    "own": '<script src="../_static/book.js?v=1"></script>',
    "inline": '<script>const searchindex = "searchindex.js";</script>',
}
PAGE = "\n".join(SCRIPTS.values())
SUN = '<i class="theme-switch fa-solid fa-sun   fa-lg" data-mode="light"></i>'


def test_a_page_keeps_its_own_scripts_and_no_icons_and_no_search():
    left = lighter(PAGE, "chapters/01_one")
    assert re.findall(r'src="([^"]*)"', left) == ["../_static/book.js?v=1"]
    assert SCRIPTS["inline"] in left


def test_the_page_of_the_search_keeps_what_searches():
    left = lighter(PAGE, "search")
    assert SCRIPTS["search"] in left and SCRIPTS["icons"] not in left


def test_an_icon_is_drawn_with_all_that_the_theme_knows_it_by():
    page = drawn(f"<button>{SUN}</button>")
    assert page.startswith("<button><svg ") and page.endswith("</svg></button>")
    [tag] = re.findall(r"<svg [^>]*>", page)
    assert 'data-mode="light"' in tag and 'aria-hidden="true"' in tag
    assert {"theme-switch", "fa-sun", "fa-lg"} <= set(
        re.search(r'class="([^"]*)"', tag)[1].split())


def test_an_icon_is_the_solid_one():
    """The regular sun is a ring; the script has it first."""
    text = (icons.THEME / "scripts/fontawesome.js").read_text(encoding="utf-8")
    outlines = re.findall(r'[{,]sun:\[\d+,\d+,\[[^\]]*\],"f185","([^"]+)"', text)
    assert len(outlines) == 2 and f'd="{outlines[1]}"' in drawn(SUN)


def test_every_icon_of_the_themes_templates_can_be_drawn():
    templates = [icons.THEME.parents[1], *Path(icons.THEME.parents[2]).parent.glob(
        "sphinx_book_theme/theme")]
    found = {
        tag for folder in templates for path in folder.rglob("*.html")
        for tag in re.findall(
            r'<(?:i|span) class="fa-solid [^"{]*">\s*</(?:i|span)>', path.read_text())
    }
    assert len(found) > 5
    for tag in found:
        assert drawn(tag).startswith("<svg"), tag


@pytest.mark.parametrize(("tag", "words"), [
    ('<i class="fa-solid fa-no-such-thing"></i>', "no icon 'no-such-thing'"),
    ('<i class="fa-solid fa-lg"></i>', "names no icon"),
    ('<b class="fa-solid fa-sun"></b>', "is no icon that could be drawn"),
])
def test_an_unknown_icon_stops_the_build_and_names_the_page(tag: str, words: str):
    with pytest.raises(IconError, match=words):
        drawn(tag)
    with pytest.raises(PageError, match=f"book/setup: .*{words}"):
        lighter(tag, "book/setup")


def test_what_is_no_icon_stays():
    for text in ("<i>slanted</i>", '<i class="other"></i>', "fa-solid fa-sun"):
        assert drawn(text) == text


def test_the_font_keeps_what_the_style_sheets_draw_and_nothing_else(tmp_path):
    static = shutil.copytree(icons.THEME, tmp_path / "_static")
    book = Path(icons.THEME.parents[2]).parent / (
        "sphinx_book_theme/theme/sphinx_book_theme/static/styles/sphinx-book-theme.css")
    shutil.copy(book, static / "styles")
    before = (static / icons.FONT).stat().st_size
    lighten_static(static)
    assert (static / icons.FONT).stat().st_size < before / 20
    kept = set(TTFont(static / icons.FONT).getBestCmap())
    asked = {ord(sign) for sign in re.findall(
        "[\uf000-\uf8ff]", "".join(re.findall(
            r"--pst-[\w-]+:[^;}]*", (static / "styles/pydata-sphinx-theme.css")
            .read_text(encoding="utf-8"))))}
    assert 10 < len(kept) < 40
    # Brands are another font's, and no page of ours shows one.
    brands = set(TTFont(icons.THEME / "vendor/fontawesome/webfonts/fa-brands-400.woff2")
                 .getBestCmap())
    assert asked - brands <= kept
    assert not list(static.rglob("fontawesome.js")) and not list(static.rglob("*.map"))
    lighten_static(static)                           # a second build finds less
    assert set(TTFont(static / icons.FONT).getBestCmap()) == kept
