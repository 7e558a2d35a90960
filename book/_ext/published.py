"""What a published page tells search engines and those to whom it is sent.

Each page has a description, a title and a picture for whoever shares its address. Once
the one setting holds an address, a page names the place that it is published at, so
that copies do; there are a list of all pages, and a page for addresses that are none.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from textwrap import shorten

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from tools.settings import address

LONGEST = 200                                        # letters of a description
CARD = "_static/card.png"
CARD_SAYS = (
    "Residual Attention from Scratch: four small scenes, and below each where the last "
    "mask of a trained network says something unusual."
)
LOST = (
    "<h1>There is no such page</h1><p>It may have another name now. The list of "
    "contents has all pages, and the search knows their words.</p>"
)


def configure(app: Sphinx, config: Config) -> None:
    """Set what the extensions ask for, from the one address."""
    book = address(Path(app.srcdir)).book
    config.html_baseurl = config.ogp_site_url = f"{book}/" if book else ""
    config.ogp_image, config.ogp_image_alt = CARD, CARD_SAYS
    config.ogp_social_cards = {"enable": False}
    config.ogp_enable_meta_description = False
    config.sitemap_url_scheme = "{link}"
    config.notfound_urls_prefix = "/" + book.rpartition("/")[2] + "/"
    config.notfound_context = {"title": "No such page", "body": LOST}


def describe(
    app: Sphinx, pagename: str, templatename: str, context: dict,
    doctree: nodes.document | None,
) -> None:
    """Let a page be described by its first paragraph, which promises what it holds."""
    first = doctree.next_node(nodes.paragraph) if doctree else None
    if first is None:
        return
    said = " ".join(first.astext().replace(r"\cdot", "·").split())
    said = shorten(said, LONGEST, placeholder=" …")
    context["metatags"] += f'<meta name="description" content="{escape(said)}" />\n'
    context["meta"] = {**(context["meta"] or {}), "og:description": said}


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extensions; those that need an address only where there is one."""
    app.setup_extension("sphinxext.opengraph")
    if address(Path(app.srcdir)).book:
        app.setup_extension("sphinx_sitemap")
        app.setup_extension("notfound.extension")
    app.connect("config-inited", configure)
    app.connect("html-page-context", describe, priority=400)  # before Open Graph's
    return {"parallel_read_safe": True, "parallel_write_safe": True}
