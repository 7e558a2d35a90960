"""Repairs of what the theme gets wrong on its side of the page.

What can only be mended once the page is there is in ``book/_static/book.js``.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError


def require_vendored(app: Sphinx, config: Config) -> None:
    """Refuse to build pages that would ask another host for their mathematics.

    Raises ``ConfigError`` if the vendored MathJax is not there.
    """
    script = Path(app.srcdir) / "book" / "_static" / config.mathjax_path
    if not script.exists():
        raise ConfigError(f"{config.mathjax_path} is not there: run make book")


def drop_repeats(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Keep one copy of each inline script.

    sphinx-thebe's comes twice, and its ``const`` throws when it is declared again.
    """
    seen: set[str] = set()
    kept = []
    for script in context.get("script_files", []):
        body = getattr(script, "attributes", {}).get("body")
        if body is None or body not in seen:
            kept.append(script)
        seen.add(body)
    context["script_files"] = kept


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the repairs; after the extensions that add the scripts."""
    app.connect("config-inited", require_vendored)
    app.connect("html-page-context", drop_repeats, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
