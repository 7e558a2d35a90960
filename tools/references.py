"""What the chapters refer to: labels, titles, numbers and addresses in the book.

The numbers come from the pages' own text, counted as Sphinx counts them: each kind in
order, within its chapter where the table of contents numbers chapters, through the book
where it does not. So they need no built book; a test compares the two.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from docutils.nodes import make_id

from tools.chapters import ChapterError
from tools.markdown import Block, blocks
from tools.settings import ROOT, address, licence, pages

WORDS = {
    "section": "Section",
    "exercise": "Exercise",
    "figure": "Fig.",
    "table": "Table",
    "equation": "Equation",
}
KINDS = {
    "exercise-start": "exercise",
    "exercise": "exercise",
    "figure": "figure",
    "table": "table",
    "list-table": "table",
    "math": "equation",
}
TERM = re.compile(r"^(\S.*)$", re.M)
UNSAFE = re.compile(r"[^A-Za-z0-9._]+")


@dataclass(frozen=True)
class Target:
    """A place in the book to which a label leads; ``number`` may be empty."""

    page: str
    anchor: str
    kind: str
    title: str
    number: str

    @property
    def numbered(self) -> str:
        """``Exercise 1.2``; the title where the place has no number."""
        return f"{WORDS[self.kind]} {self.number}" if self.number else self.title


class References:
    """All labels, titles and terms of the pages in ``_toc.yml``.

    ``book`` is the address of the published book, or empty: then nothing is linked.
    """

    def __init__(self, root: Path = ROOT, book: str | None = None) -> None:
        self.book = address(root).book if book is None else book
        self.licence = licence(root)
        self.titles: dict[str, str] = {}
        self.targets: dict[str, Target] = {}
        self.terms: dict[str, tuple[str, str]] = {}
        self.counts: Counter[tuple[str, str]] = Counter()
        chapters = chapter_numbers(root)
        for page in pages(root):
            _Scan(self, page, root / f"{page}.md", chapters.get(page, ""))

    def url(self, page: str, anchor: str = "") -> str:
        """The address of a page of the book, or nothing."""
        if not self.book:
            return ""
        return f"{self.book}/{page}.html" + (f"#{anchor}" if anchor else "")

    def link(self, text: str, page: str, anchor: str = "") -> str:
        """``text`` as a link into the book, or ``text`` where there is no address."""
        url = self.url(page, anchor)
        return f"[{text}]({url})" if url else text

    def add(self, label: str, target: Target, block: Block) -> None:
        """Note where ``label`` leads; a label stands once in the whole book."""
        if label in self.targets:
            raise ChapterError(
                f"{block.place}: the label {label} stands twice, the first time in "
                f"{self.targets[label].page}.md"
            )
        self.targets[label] = target


class _Scan:
    """One page, read for what others may refer to."""

    def __init__(self, book: References, page: str, path: Path, chapter: str) -> None:
        self.book, self.page, self.chapter = book, page, chapter
        self.levels: list[int] = []
        self.waiting: list[str] = []
        self.walk(blocks(path.read_text(encoding="utf-8"), path))

    def walk(self, found: Iterable[Block]) -> None:
        for block in found:
            if block.kind == "target":
                self.waiting.append(block.name)
            elif block.kind == "heading":
                self.heading(block)
            elif block.kind == "equation" and block.name:
                self.note(block, "equation", block.name, "")
            elif block.kind == "directive":
                self.directive(block)

    def heading(self, block: Block) -> None:
        level = int(block.name)
        self.book.titles.setdefault(self.page, block.text)
        self.levels = (self.levels + [0] * level)[:level]
        self.levels[-1] += 1
        numbers = [self.chapter, *map(str, self.levels[1:])]
        for label in self.waiting:
            number = ".".join(numbers) if self.chapter else ""
            anchor = make_id(label)
            target = Target(self.page, anchor, "section", block.text, number)
            self.book.add(label, target, block)
        self.waiting = []

    def directive(self, block: Block) -> None:
        kind, options, title = KINDS.get(block.name), block.options, block.argument
        if block.name == "code-cell" and (figure := figure_of(options)):
            kind, options, title = "figure", figure, figure["caption"]
        elif block.name == "figure":
            title = block.text.strip()
        label = options.get("label") or options.get("name")
        if kind and (title or label):
            self.note(block, kind, label, title)
        elif block.name == "glossary":
            for term in TERM.findall(block.text):
                anchor = f"term-{UNSAFE.sub('-', term).strip('-')}"
                self.book.terms[term.lower()] = (self.page, anchor)
        if block.name not in ("code-cell", "math"):
            self.walk(blocks(block.text, block.path, block.line))

    def note(self, block: Block, kind: str, label: str | None, title: str) -> None:
        self.book.counts[kind, self.chapter] += 1
        count = self.book.counts[kind, self.chapter]
        number = f"{self.chapter}.{count}" if self.chapter else str(count)
        prefix = "equation-" if kind == "equation" else ""
        for name in [*self.waiting, *([label] if label else [])]:
            anchor = prefix + make_id(name)
            self.book.add(name, Target(self.page, anchor, kind, title, number), block)
        self.waiting = []


def figure_of(metadata: Mapping[str, Any]) -> Mapping[str, str]:
    """The caption and name of a code cell whose output is a numbered figure."""
    figure = (metadata.get("mystnb") or {}).get("figure") or {}
    return figure if figure.get("caption") else {}


def chapter_numbers(root: Path) -> dict[str, str]:
    """The number of each page in a part that ``_toc.yml`` calls ``numbered``."""
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = [part for part in toc.get("parts", ()) if part.get("numbered")]
    files = [entry["file"] for part in parts for entry in part["chapters"]]
    return {page.removesuffix(".md"): str(k) for k, page in enumerate(files, 1)}
