"""Links for what a sentence names: chapters, the paper's equations, the course's words.

"Chapter 3" leads to the chapter, "Equation 3" to the section that the paper map names
first, and the first use of a glossary's word on a chapter's page to its explanation.
Headings, code and what is a link already stay as they are.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

from tools.chapters import main_chapters

LIST = r"(?:(?:, | and | or |, and | to )\d+)*(?!\d)(?!\.\d)"
NAMED = re.compile(
    rf"\b(chapter|equation)(s?)\s+(\d+{LIST})".replace(" and", r"\s+and"), re.IGNORECASE
)
CLOSED = (
    nodes.reference, nodes.literal, nodes.literal_block, nodes.title, nodes.term,
    nodes.math, nodes.math_block, nodes.raw, nodes.rubric, nodes.citation,
    addnodes.pending_xref, addnodes.desc_signature, addnodes.number_reference,
)
# These stand on the pages in their everyday sense, too.
EVERYDAY = {"environment", "overlap", "recall", "skip", "transform", "deletion", "rank"}


class Goal(NamedTuple):
    """Where a link leads: an address from this page, a title, and a class."""

    uri: str
    title: str
    kind: str


class LinkNames(SphinxPostTransform):
    """Makes links of what is named; runs before references are resolved."""

    default_priority = 5
    formats = ("html",)

    def run(self) -> None:
        """Go through the page's text, sentence by sentence."""
        self.chapters, self.equations = self._chapters(), self._equations()
        self.words = self._words()
        for text in list(self.document.findall(nodes.Text)):
            above = list(_above(text))
            if any(isinstance(node, CLOSED) for node in above):
                continue
            ids = {name for node in above for name in node.get("ids", ())}
            pieces = [
                part
                for piece in self._named(str(text), ids)
                for part in (self._explained(piece) if isinstance(piece, str)
                             else [piece])
            ]
            if pieces != [str(text)]:
                made = [nodes.Text(x) if isinstance(x, str) else x for x in pieces]
                text.parent.replace(text, made)

    def _chapters(self) -> dict[str, Goal]:
        """Each chapter but this page's, by its number."""
        found = {}
        for number, path in main_chapters(Path(self.env.srcdir)).items():
            name = f"chapters/{path.stem}"
            if name in self.env.titles and name != self.env.docname:
                title = self.env.titles[name].astext()
                found[str(number)] = Goal(self._uri(name), title, "named")
        return found

    def _equations(self) -> dict[str, tuple[str, Goal]]:
        """The label of the section that treats an equation, and where it lies."""
        path = Path(self.env.srcdir) / "book" / "paper-map.toml"
        if not path.exists():                        # a small project has no map
            return {}
        labels = self.env.get_domain("std").labels
        found = {}
        for name, entry in tomllib.loads(path.read_text(encoding="utf-8")).items():
            kind, number = name.split()
            if kind == "Equation":
                page, place, title = labels[entry["sections"][0]]
                goal = Goal(f"{self._uri(page)}#{place}", title, "named")
                found[number] = (place, goal)
        return found

    def _words(self) -> dict[str, Goal]:
        """The glossary's words, for a chapter's page; each is taken out once used."""
        if not self.env.docname.startswith("chapters/"):
            return {}
        objects = self.env.get_domain("std").objects
        return {
            word.lower(): Goal(f"{self._uri(page)}#{place}", "", "explained")
            for (kind, word), (page, place) in objects.items()
            if kind == "term" and word.lower() not in EVERYDAY
        }

    def _uri(self, page: str) -> str:
        """A page's address from this one; empty for this one."""
        if page == self.env.docname:
            return ""
        return self.app.builder.get_relative_uri(self.env.docname, page)

    def _named(self, text: str, inside: set[str]) -> Iterator[str | nodes.reference]:
        """The text, its chapters and equations links; not to a place ``inside``."""
        at = 0
        for found in NAMED.finditer(text):
            kind, plural, numbers = found[1].lower(), found[2], found[3]
            if not plural:                           # the name is part of the link
                goal = self._goal(kind, numbers, inside)
                if goal and numbers.isdecimal():
                    yield from filter(None, (text[at:found.start()],))
                    yield _link(found[0], goal)
                    at = found.end()
                continue
            for number in re.finditer(r"\d+", numbers):
                goal = self._goal(kind, number[0], inside)
                if goal:
                    start = found.start(3) + number.start()
                    yield text[at:start]
                    yield _link(number[0], goal)
                    at = start + len(number[0])
        yield from filter(None, (text[at:],))

    def _goal(self, kind: str, number: str, inside: set[str]) -> Goal | None:
        if kind == "chapter":
            return self.chapters.get(number)
        place, goal = self.equations.get(number, ("", None))
        return None if place in inside else goal

    def _explained(self, text: str) -> Iterator[str | nodes.reference]:
        """The text, a link for each word that the page has not used before."""
        while self.words:
            longest = sorted(map(re.escape, self.words), key=len, reverse=True)
            found = re.search(
                rf"(?<![\w-])({'|'.join(longest)})s?(?![\w-])", text, re.IGNORECASE)
            if not found:
                break
            yield from filter(None, (text[:found.start()],))
            yield _link(found[0], self.words.pop(found[1].lower()))
            text = text[found.end():]
        yield from filter(None, (text,))


def _link(text: str, goal: Goal) -> nodes.reference:
    more = {"reftitle": goal.title} if goal.title else {}
    return nodes.reference(
        "", "", nodes.Text(text), refuri=goal.uri, internal=True,
        classes=[goal.kind], **more,
    )


def _above(node: nodes.Node) -> Iterator[nodes.Element]:
    """What holds a node, from the nearest on."""
    while (node := node.parent) is not None:
        yield node


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_post_transform(LinkNames)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
