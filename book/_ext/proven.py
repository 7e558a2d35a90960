"""The role ``test``: names a test of the package as proof of what stands above it."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

from tools.proven import FOLDER, ProofError, told


class Proof(SphinxRole):
    """Shows the test's name as a sentence; one that is not there fails the build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """The sentence, small and grey."""
        root = Path(self.env.srcdir)
        file = self.text.partition("::")[0]
        try:
            text = told(self.text, root)
        except ProofError as error:
            message = self.inliner.reporter.error(str(error), line=self.lineno)
            return [], [message]
        self.env.note_dependency(str(root / FOLDER / file))
        return [nodes.inline(self.rawtext, f"Tested: {text}.", classes=["proof"])], []


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the role."""
    app.add_role("test", Proof())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
