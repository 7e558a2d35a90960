"""The directive ``course``: the map of the course, and ways through it, with hours."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.chapters import ChapterError, chapter_paths
from tools.hours import as_myst


class Course(SphinxDirective):
    """Shows the table that its argument names, from the lines of its body."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """The table; a chapter that is left out is an error of the build."""
        root = Path(self.env.srcdir)
        for path in chapter_paths(root):
            self.env.note_dependency(str(path))
        try:
            text = as_myst(self.arguments[0], "\n".join(self.content), root)
        except ChapterError as error:
            raise self.error(str(error)) from error
        found = nodes.container(classes=["course"])
        self.state.nested_parse(
            StringList(text.splitlines(), source="course"), self.content_offset, found
        )
        return [found]


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("course", Course)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
