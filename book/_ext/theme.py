"""Repairs of what theme and MyST-NB get wrong on their side of the page.

What can only be mended once the page is there is in ``book/_static/book.js``.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.application import Sphinx


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


def name_folds(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Let a folded cell be called by its title, as it is to be seen.

    MyST-NB gives every fold the same label, which hides the title from whoever listens.
    """
    if "body" in context:
        label = '<summary aria-label="Toggle hidden content">'
        context["body"] = context["body"].replace(label, "<summary>")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the repairs; after the extensions that add the scripts."""
    app.connect("html-page-context", drop_repeats, priority=900)
    app.connect("html-page-context", name_folds)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
