"""Ways between a definition and the chapter's cell that quotes it, and to its source.

An entry of the package's page leads to the cell, and so does a line of the paper map.
Once the one setting holds an address, an entry leads to the line of its file, too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform

from tools.chapters import chapter_paths
from tools.definitions import definitions
from tools.quotes import MARKER, code_cells, quoted_names
from tools.settings import address

MAP = "book/paper-map"


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Give each quoting cell of a chapter a name that links can lead to."""
    if not app.env.docname.startswith("chapters/"):
        return
    for block in doctree.findall(nodes.literal_block):
        cell = block
        while cell is not None and "cell" not in cell.get("classes", ()):
            cell = cell.parent
        if cell is not None and block.astext().startswith(MARKER):
            cell["ids"] += map(_place, quoted_names(block.astext()))


def _place(name: str) -> str:
    return "quoted-" + name.replace(".", "-").replace("_", "-").lower()


class LeadToCells(SphinxPostTransform):
    """Adds the links; runs before references are resolved."""

    default_priority = 4
    formats = ("html",)

    def run(self) -> None:
        """Go through a page's entries, and through the paper map's names."""
        entries = [
            (node, node.next_node(addnodes.desc_signature).get("ids", [""])[0])
            for node in self.document.findall(addnodes.desc)
            if node.get("domain") == "py"
        ]
        named = self.env.docname == MAP
        if not entries and not named:
            return
        quoted = self._quoted()
        for node, name in entries:
            if name in quoted:
                content = node.next_node(addnodes.desc_content)
                content += nodes.paragraph("", "Quoted in ", self._link(quoted[name]),
                                           nodes.Text("."), classes=["quoted-in"])
        for node in list(self.document.findall(addnodes.pending_xref)) if named else ():
            if place := quoted.get(node.get("reftarget", "")):
                where = node.parent.index(node) + 1
                node.parent.insert(where, [nodes.Text(", in "), self._link(place)])

    def _quoted(self) -> dict[str, tuple[str, str]]:
        """For each quoted name, the page and the place on it."""
        return {
            name: (f"chapters/{path.stem}", _place(name))
            for path in reversed(chapter_paths(Path(self.env.srcdir)))
            for cell in code_cells(path)
            if cell.text.startswith(MARKER)
            for name in quoted_names(cell.text)
        }

    def _link(self, goal: tuple[str, str]) -> nodes.reference:
        page, place = goal
        uri = self.app.builder.get_relative_uri(self.env.docname, page)
        title = self.env.titles[page].astext()
        return nodes.reference("", "", nodes.emphasis("", title), internal=True,
                               refuri=f"{uri}#{place}")


def name_source(app: Sphinx, config: Config) -> None:
    """Let each entry of the package lead to its line, where there is an address."""
    root = Path(app.srcdir)
    place = address(root)
    if not place.repository:
        return
    lines = definitions(root)

    def resolve(domain: str, info: dict[str, Any]) -> str | None:
        found = lines.get(f"{info['module']}.{info['fullname'].split('.')[0]}")
        return place.line(found.path, found.line) if found else None

    config.linkcode_resolve = resolve


def setup(app: Sphinx) -> dict[str, bool]:
    """Register all of it."""
    if address(Path(app.srcdir)).repository:
        app.setup_extension("sphinx.ext.linkcode")
    app.connect("config-inited", name_source)
    app.connect("doctree-read", mark_cells)
    app.add_post_transform(LeadToCells)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
