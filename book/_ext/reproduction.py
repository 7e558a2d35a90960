"""The directive ``reproduction``: one section of the paper's numbers beside ours."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.measured import FOLDER
from tools.reproduction import PICTURES, ReproductionError, as_myst


class Reproduction(SphinxDirective):
    """Shows the section that its argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """The section; one that does not exist is an error of the build."""
        root = Path(self.env.srcdir)
        declared = (root / "resattn_tutorial" / "experiments").glob("*.py")
        for path in (*sorted((root / FOLDER).glob("*.json")), *sorted(declared)):
            self.env.note_dependency(str(path))
        if self.arguments[0] in PICTURES:
            drawn = PICTURES[self.arguments[0]]().html
            picture = nodes.raw("", drawn, format="html")
            return [nodes.container("", picture, classes=["cell_output"])]
        try:
            text = as_myst(self.arguments[0])
        except ReproductionError as error:
            raise self.error(str(error)) from error
        found = nodes.container(classes=["measured"])
        self.state.nested_parse(
            StringList(text.splitlines(), source=self.arguments[0]),
            self.content_offset, found,
        )
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("reproduction", Reproduction)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
