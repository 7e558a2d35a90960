"""Leave out of the pages what they load and do not need.

The theme's icon script is 1.5 MB, and the index of the search, which only the page of
the search asks, holds every word of the book; each page would wait for both.
"""

from __future__ import annotations

import re
from functools import wraps
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

from tools.icons import IconError, drawn, lighten_static

SCRIPT = r'<script[^>]*\bsrc="[^"]*\b{}\.js[^"]*"[^>]*></script>\s*'
# `sphinx-thebe` runs cells by a server that this book does not use.
NOWHERE = re.compile(SCRIPT.format("(?:fontawesome|sphinx-thebe)"))
ON_SEARCH = re.compile(SCRIPT.format("(?:searchtools|language_data|searchindex)"))


class PageError(SphinxError):
    """A page holds something that is not known here."""

    category = "Page"


def lighter(page: str, name: str) -> str:
    """A page without needless scripts, its icons drawn.

    Raises ``PageError`` for an icon that the theme does not have.
    """
    page = NOWHERE.sub("", page)
    if name != "search":
        page = ON_SEARCH.sub("", page)
    try:
        return drawn(page)
    except IconError as error:
        raise PageError(f"{name}: {error}") from error


def lighten(app: Sphinx) -> None:
    """Have every page pass through :func:`lighter` once its template is filled in."""
    templates = getattr(app.builder, "templates", None)
    if app.builder.format != "html" or templates is None:
        return
    render = templates.render

    @wraps(render)
    def rendered(template: str, context: dict[str, Any]) -> str:
        return lighter(render(template, context), context.get("pagename", ""))

    templates.render = rendered


def lighten_files(app: Sphinx, error: Exception | None) -> None:
    """Leave out of the static files what no page asks for any more."""
    if error is None and app.builder.format == "html":
        lighten_static(Path(app.outdir) / "_static")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register both."""
    app.connect("builder-inited", lighten)
    app.connect("build-finished", lighten_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
