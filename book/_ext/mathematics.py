"""Put formulas into the pages as they were typeset when the book was built."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import SphinxError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

from tools.mathematics import MathematicsError, Typesetter
from tools.vendor import MATHJAX_FOLDER

NAME = "typeset"


class FormulaError(SphinxError):
    """A formula cannot be shown."""

    category = "Formula"


def require_mathjax(app: Sphinx, config: Config) -> None:
    """Have a typesetter ready, and every formula drawn by it.

    Raises ``FormulaError`` if MathJax has not been fetched.
    """
    folder = Path(app.srcdir) / MATHJAX_FOLDER
    if not (folder / "node-main.js").exists():
        raise FormulaError(f"{MATHJAX_FOLDER} is not there: run make book")
    app.resattn_typesetter = Typesetter(folder)
    config.html_math_renderer = NAME


def _drawn(writer: HTML5Translator, node: nodes.Node, tex: str, display: bool) -> str:
    """A formula's HTML. Raises ``FormulaError``, which names the page."""
    try:
        return writer.builder.app.resattn_typesetter(tex, display)
    except MathematicsError as error:
        place = f"{node.source or writer.docnames}, line {node.line}"
        raise FormulaError(f"{place}: {error}") from error


def visit_inline(writer: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line."""
    writer.body.append(writer.starttag(node, "span", "", CLASS="math notranslate"))
    writer.body.append(f"{_drawn(writer, node, node.astext(), False)}</span>")
    raise nodes.SkipNode


def visit_display(writer: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number if it has one."""
    writer.body.append(writer.starttag(node, "div", CLASS="math notranslate"))
    if node.get("number"):
        number = get_node_equation_number(writer, node)
        writer.body.append(f'<span class="eqno">({number})')
        writer.add_permalink_ref(node, _("Link to this equation"))
        writer.body.append("</span>")
    writer.body.append(f"{_drawn(writer, node, node.astext(), True)}</div>\n")
    raise nodes.SkipNode


def add_glyphs(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Put the glyphs that a page's formulas share at its end."""
    if "body" in context:
        context["body"] += app.resattn_typesetter.glyphs(context["body"])


def close(app: Sphinx, error: Exception | None) -> None:
    """End the process that typesets."""
    if hasattr(app, "resattn_typesetter"):
        app.resattn_typesetter.close()


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer."""
    app.add_html_math_renderer(NAME, (visit_inline, None), (visit_display, None))
    app.connect("config-inited", require_mathjax)
    app.connect("html-page-context", add_glyphs)
    app.connect("build-finished", close)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
