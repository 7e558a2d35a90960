"""The directive ``paper-map``: the map from the paper to the book, made anew."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.paper_map import MapError, as_myst, read_map
from tools.settings import address


class PaperMap(SphinxDirective):
    """Shows ``book/paper-map.toml``, each entry with where it leads."""

    def run(self) -> list[nodes.Node]:
        """The entries as a list of definitions; one that leads nowhere is an error."""
        root = Path(self.env.srcdir)
        try:
            items = read_map(root)
        except MapError as error:
            raise self.error(str(error)) from error
        for item in items:
            for place in (*item.code, *item.tests):  # a line there may move
                self.env.note_dependency(str(root / place.path))
        for name in ("book/paper-map.toml", "pyproject.toml"):
            self.env.note_dependency(str(root / name))
        text = as_myst(items, address(root))
        found = nodes.container(classes=["paper-map"])
        lines = StringList(text.splitlines(), source="book/paper-map.toml")
        self.state.nested_parse(lines, self.content_offset, found)
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("paper-map", PaperMap)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
