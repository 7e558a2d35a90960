"""The directive ``gpu``: one table of what was measured on a GPU."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.gpu_facts import FILE, GpuError, as_myst


class Gpu(SphinxDirective):
    """Shows the table that its argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The table; a number that the file lacks is an error of the build."""
        root = Path(self.env.srcdir)
        self.env.note_dependency(str(root / FILE))
        try:
            text = as_myst(self.arguments[0], root)
        except GpuError as error:
            raise self.error(str(error)) from error
        found = nodes.container(classes=["measured"])
        self.state.nested_parse(
            StringList(text.splitlines(), source=FILE), self.content_offset, found
        )
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("gpu", Gpu)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
