"""Draw the theme's few icons into the pages, in place of its 1.5 MB of icon script.

The outlines are those of Font Awesome Free, as the installed theme brings them.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pydata_sphinx_theme
from fontTools import subset

THEME = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
ICON = re.compile(r'<(i|span) class="([^"]*\bfa-[^"]*)"([^>]*)>\s*</\1>')
LEFT = re.compile(r'<(?!svg\b)[a-z]+ [^>]*class="[^"]*\bfa-[^>]*>')
NAME = re.compile(r"\bfa-(?!solid\b|lg\b|brands\b)([a-z-]+)")
# In the theme's script: sun:[512,512,[9728,"another name"],"f185","M375.7 19.7..."]
ENTRY = re.compile(
    r'[{,]"?([a-z][\w-]*)"?:\[(\d+),(\d+),\[([^\]]*)\],"[0-9a-f]+","([^"]+)"'
)
# What style sheets draw by the icon font: the theme's variables, and the book theme's
# own rules; the theme also has a rule for each of its 1,400 icons.
VARIABLE = re.compile(r'--pst-(?:icon|breadcrumb)[\w-]*: *"([\uf000-\uf8ff])"')
RULE = re.compile(r'content: *"\\(f[0-9a-f]{3})"')
FONT = "vendor/fontawesome/webfonts/fa-solid-900.woff2"
# Only the script asks for these, and who debugs the theme.
NEEDLESS = ("scripts/fontawesome.js", "**/*.map", "vendor/fontawesome/**/*.ttf")


class IconError(ValueError):
    """The theme has no such icon."""


def drawn(page: str) -> str:
    """A page whose icons are drawings.

    Raises ``IconError`` for one whose outline the theme does not have, and for one
    that is written otherwise than the theme writes them.
    """
    page = ICON.sub(_drawing, page)
    if left := LEFT.search(page):
        raise IconError(f"{left[0]} is no icon that could be drawn")
    return page


def _drawing(icon: re.Match[str]) -> str:
    classes, rest = icon[2], icon[3]
    named = NAME.search(classes)
    if named is None:
        raise IconError(f"{icon[0]} names no icon")
    width, height, outline = _outline(named[1])
    return (
        f'<svg class="svg-inline--fa {classes}" aria-hidden="true"{rest} '
        f'viewBox="0 0 {width} {height}">'
        f'<path fill="currentColor" d="{outline}"></path></svg>'
    )


def _outline(name: str) -> tuple[str, str, str]:
    """Width, height and outline of an icon. Raises ``IconError``."""
    if name not in _outlines():
        raise IconError(f"the theme has no icon {name!r}")
    return _outlines()[name]


@cache
def _outlines() -> dict[str, tuple[str, str, str]]:
    """Every icon's, by all its names; of several styles the solid one, the last."""
    script = (THEME / "scripts/fontawesome.js").read_text(encoding="utf-8")
    found = {}
    for name, width, height, others, outline in ENTRY.findall(script):
        for known in (name, *re.findall(r'"([a-z-]+)"', others)):
            found[known] = (width, height, outline)
    return found


def lighten_static(static: Path) -> None:
    """Leave of the built book's icon font what its style sheets use, and no script."""
    theme = (static / "styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    own = (static / "styles/sphinx-book-theme.css").read_text(encoding="utf-8")
    codes = {ord(sign) for sign in VARIABLE.findall(theme)}
    codes |= {int(code, 16) for code in RULE.findall(own)}
    options = subset.Options(flavor="woff2")
    font = subset.load_font(str(static / FONT), options)
    kept = subset.Subsetter(options)
    kept.populate(unicodes=codes)
    kept.subset(font)
    subset.save_font(font, str(static / FONT), options)
    for pattern in NEEDLESS:
        for path in static.glob(pattern):
            path.unlink()
