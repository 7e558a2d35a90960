"""The directives of the pages for who teaches: plans, minutes, usual mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from tools import mistakes, plans
from tools.chapters import ChapterError, chapter_paths
from tools.execute import StaleRecord, stored, stored_path
from tools.teaching import minutes_table


class Teaching(SphinxDirective):
    """A directive whose Markdown is made from the chapters."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """What the Markdown makes, in a container; what it refuses stops the build."""
        try:
            text = self.myst(Path(self.env.srcdir))
        except (ChapterError, StaleRecord) as error:
            raise self.error(str(error)) from error
        # Words of a check are shown as they are: "..." and -- among them.
        found = nodes.container(classes=[self.name], support_smartquotes=False)
        lines = StringList(text.splitlines(), source=self.name)
        self.state.nested_parse(lines, self.content_offset, found)
        return [found]

    def myst(self, root: Path) -> str:
        """The Markdown."""
        raise NotImplementedError

    def follow(self, *paths: Path) -> None:
        """Have the page read again when one of these files changes."""
        for path in paths:
            self.env.note_dependency(str(path))


class Plan(Teaching):
    """A plan for a class."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {
        "lasts": directives.unchanged_required,
        "home": directives.unchanged_required,
    }

    def myst(self, root: Path) -> str:
        self.follow(*chapter_paths(root))
        lasts, home = (self.options.get(name, "") for name in ("lasts", "home"))
        body = "\n".join(self.content)
        return plans.as_myst(self.arguments[0], lasts, body, root, home)


class Minutes(Teaching):
    """The minutes of every chapter, by the rule and as measured."""

    def myst(self, root: Path) -> str:
        paths = chapter_paths(root)
        self.follow(*paths, *(stored_path(path, root) for path in paths))
        records = {path.stem: stored(path, root)[1] for path in paths}
        return minutes_table(records, root)


class UsualMistakes(Teaching):
    """The exercises of a notebook, with a question and the words of their checks."""

    required_arguments = 1

    def myst(self, root: Path) -> str:
        name = self.arguments[0]
        checks = root / "resattn_tutorial" / "checks"
        self.follow(root / mistakes.FILE, root / "chapters" / f"{name}.md",
                    *checks.glob(f"chapter{name[:2]}/*.py"))
        return mistakes.as_myst(name, root)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives."""
    app.add_directive("plan", Plan)
    app.add_directive("teaching-minutes", Minutes)
    app.add_directive("usual-mistakes", UsualMistakes)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
