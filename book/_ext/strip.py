"""The strip under a chapter's title: how long, what it needs, what it covers.

    ```{chapter-strip}
    :read: 25
    :needs: PyTorch tensors and `nn.Module`
    :paper: Section 3.1, Table 2
    ```

The seconds to run, the mode and the versions come from the record of the execution
whose outputs the page shows; the Colab button only from a repository address.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools.execute import Record, StaleRecord, stored
from tools.settings import address


class ChapterStrip(SphinxDirective):
    """The directive ``chapter-strip``; every option is required."""

    option_spec: ClassVar = {
        "read": directives.positive_int,
        "needs": directives.unchanged_required,
        "paper": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """The strip as a definition list, and a button if there is an address."""
        missing = set(self.option_spec) - set(self.options)
        if missing:
            raise self.error(f"chapter-strip needs {', '.join(sorted(missing))}")
        try:
            record = stored(self._path(), Path(self.env.srcdir))[1]
        except StaleRecord as error:
            raise self.error(f"no executed chapter: {error}") from error
        strip = nodes.container(classes=["chapter-strip"])
        strip += self._facts(record)
        measured = nodes.Text(_measured(record))
        strip += nodes.paragraph("", "", measured, classes=["chapter-strip-measured"])
        strip += self._button()
        return [strip]

    def _path(self) -> Path:
        return Path(self.env.doc2path(self.env.docname))

    def _facts(self, record: Record) -> nodes.definition_list:
        """What the strip says, each fact under its name."""
        minutes = self.options["read"]
        facts = nodes.definition_list()
        facts += self._fact("Read", [nodes.Text(f"about {minutes} minutes")])
        seconds = f"about {max(1, round(record.seconds))} s, mode {record.mode}"
        facts += self._fact("Run", [nodes.Text(seconds)])
        facts += self._fact("Run on a T4", [nodes.Text("not measured yet")])
        facts += self._fact("Needs", self._inline("needs"))
        facts += self._fact("In the paper", self._inline("paper"))
        return facts

    def _fact(self, name: str, content: list[nodes.Node]) -> nodes.definition_list_item:
        item = nodes.definition_list_item()
        item += nodes.term("", name)
        item += nodes.definition("", nodes.paragraph("", "", *content))
        return item

    def _inline(self, option: str) -> list[nodes.Node]:
        """The text of an option, its inline Markdown rendered."""
        found, messages = self.state.inline_text(self.options[option], self.lineno)
        return [*found, *messages]

    def _button(self) -> list[nodes.Node]:
        """The link that opens the chapter's notebook in Colab, if there is one."""
        link = address(Path(self.env.srcdir)).colab(self._path().stem)
        if not link:
            return []
        reference = nodes.reference("", "Open in Colab", refuri=link, internal=False)
        return [nodes.paragraph("", "", reference, classes=["chapter-strip-colab"])]


def _measured(record: Record) -> str:
    """In words, where, when and with what the outputs of the page were made."""
    threads = "1 thread" if record.threads == 1 else f"{record.threads} threads"
    order = sorted(record.versions, key=lambda name: (name != "python", name))
    versions = ", ".join(f"{name} {record.versions[name]}" for name in order)
    return f"This page ran on {record.date}: {record.device}, {threads}; {versions}."


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directive."""
    app.add_directive("chapter-strip", ChapterStrip)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
