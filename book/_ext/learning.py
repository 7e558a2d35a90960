"""The directives ``recall`` and ``wrong-answer``: what a learner is asked and told."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools import recall, wrong_answers
from tools.chapters import ChapterError


class Learning(SphinxDirective):
    """A directive whose Markdown is made of its argument and its body."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """What the Markdown makes, in a container; what it refuses stops the build."""
        try:
            text = self.myst("\n".join(self.content))
        except ChapterError as error:
            raise self.error(str(error)) from error
        found = nodes.container(classes=[self.name])
        lines = StringList(text.splitlines(), source=self.name)
        self.state.nested_parse(lines, self.content_offset, found)
        return [found]

    def myst(self, body: str) -> str:
        """The Markdown."""
        raise NotImplementedError


class Recall(Learning):
    """A question with choices."""

    def myst(self, body: str) -> str:
        return recall.as_myst(self.arguments[0], body)


class WrongAnswer(Learning):
    """A usual wrong answer, and what the check says to it."""

    option_spec: ClassVar = {"says": directives.unchanged_required}

    def myst(self, body: str) -> str:
        path = Path(self.env.doc2path(self.env.docname))
        says = self.options.get("says", "")
        return wrong_answers.as_myst(path, self.arguments[0], says, body)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("recall", Recall)
    app.add_directive("wrong-answer", WrongAnswer)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
