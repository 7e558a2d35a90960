"""Directives of a chapter, turned into the Markdown and HTML that Colab shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from markdown_it import MarkdownIt

from tools import recall, wrong_answers
from tools.chapters import ChapterError, is_aside
from tools.hours import as_myst
from tools.markdown import Block, blocks
from tools.roles import Roles

BRACKET, BACKSLASH = re.compile(r"([][])"), r"\\\1"
TITLES = {
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "seealso": "See also",
}


class Writer:
    """Writes one chapter's blocks as plain Markdown."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.references = roles.references

    def markdown(self, found: Iterable[Block]) -> str:
        """The blocks, one blank line between two of them."""
        return "\n\n".join(filter(None, map(self.block, found)))

    def block(self, block: Block) -> str:
        """One block; raises ``ChapterError`` where there is no rule for it."""
        match block.kind:
            case "comment" | "target":
                return ""
            case "verbatim":
                return block.text.strip("\n")
            case "heading":
                return f"{'#' * int(block.name)} {self.inline(block, block.text)}"
            case "equation":
                return self.equation(block.text, block.name)
            case "prose":
                return self.inline(block, block.text)
        if block.name not in RULES:
            raise ChapterError(
                f"{block.place}: no rule for the directive {{{block.name}}}"
            )
        return RULES[block.name](self, block)

    def inline(self, block: Block, text: str) -> str:
        """A text of the block, its roles resolved."""
        return self.roles.inline(text, block.line)

    def inner(self, block: Block) -> str:
        """The body of a directive."""
        return self.markdown(blocks(block.text, block.path, block.line))

    def equation(self, tex: str, label: str = "") -> str:
        """An equation on lines of its own, with its number where it has a label."""
        if r"\\" in tex and r"\begin" not in tex:
            tex = f"\\begin{{aligned}}\n{tex}\n\\end{{aligned}}"
        if label:
            tex += f" \\tag{{{self.references.targets[label].number}}}"
        return f"$$\n{tex}\n$$"

    def fold(self, block: Block, title: str, text: str, opened: bool = False) -> str:
        """A part that opens at a click; its title is HTML, where Markdown is dead."""
        shown = MarkdownIt("commonmark").renderInline(self.inline(block, title))
        return folded(shown, text, opened)

    def admonition(self, block: Block) -> str:
        """A quotation with a bold title, or a fold where the page has one."""
        title, text = block.argument, self.inner(block)
        if block.name in TITLES:
            lead = self.inline(block, title)
            text = f"{lead}\n\n{text}".strip() if lead else text
            title = TITLES[block.name]
        if "dropdown" in str(block.options.get("class", "")).split():
            return self.fold(block, title, text)
        return quoted(f"**{self.inline(block, title)}**\n\n{text}")

    def dropdown(self, block: Block) -> str:
        return self.fold(block, block.argument, self.inner(block))

    def tab_item(self, block: Block) -> str:
        return self.fold(block, block.argument, self.inner(block), opened=True)

    def math(self, block: Block) -> str:
        return self.equation(block.text.strip(), block.options.get("label", ""))

    def figure(self, block: Block) -> str:
        """The picture itself, then its caption."""
        alt = str(block.options.get("alt", ""))
        data = self.roles.picture(block.argument, alt, block.line)
        picture = f"![{BRACKET.sub(BACKSLASH, alt)}]({data})"
        label, text = block.options.get("name", ""), self.inner(block)
        return f"{picture}\n\n{self.caption(label, text)}".strip()

    def caption(self, label: str, text: str) -> str:
        """A caption, with the number of what it belongs to."""
        number = self.references.targets[label].numbered if label else ""
        return f"**{number}.** {text}" if number else text

    def table(self, block: Block) -> str:
        title = self.inline(block, block.argument)
        caption = self.caption(block.options.get("name", ""), title)
        return f"{caption}\n\n{self.inner(block)}".strip()

    def exercise_start(self, block: Block) -> str:
        """A rule and a heading such as *Exercise 1.2: Write the unit*."""
        label = block.options.get("label", "")
        if label not in self.references.targets:
            raise ChapterError(f"{block.place}: an exercise without a label")
        number = self.references.targets[label].numbered
        return f"---\n\n### {number}: {self.inline(block, block.argument)}"

    def nothing(self, block: Block) -> str:
        return ""

    def course(self, block: Block) -> str:
        """The map of the course, or ways through it: a table with hours."""
        text, root = block.text.strip(), block.path.parents[1]
        return self.made(block, as_myst, block.argument, text, root)

    def made(self, block: Block, make: Callable[..., str], *given: object) -> str:
        """What a directive stands for, made as the book's own Markdown."""
        try:
            text = make(*given)
        except ChapterError as error:
            raise ChapterError(f"{block.place}: {error}") from error
        return self.markdown(blocks(text, block.path, block.line))

    def recall(self, block: Block) -> str:
        """A question, and each of its choices as a part that opens."""
        return self.made(block, recall.as_myst, block.argument, block.text)

    def wrong_answer(self, block: Block) -> str:
        """A box with a usual mistake and the words of the check."""
        says = str(block.options.get("says", ""))
        given = block.path, block.argument, says, block.text
        return self.made(block, wrong_answers.as_myst, *given)

    def strip(self, block: Block) -> str:
        """The chapter's strip, without what only a build of the book can measure."""
        wanted = {"read", "needs", "paper"}
        if names := ", ".join(sorted(wanted - set(block.options))):
            raise ChapterError(f"{block.place}: chapter-strip without {names}")
        read, needs, paper = (
            self.inline(block, str(block.options[name]))
            for name in ("read", "needs", "paper")
        )
        text = (
            f"**To read:** {read} minutes. **You need:** {needs}. "
            f"**In the paper:** {paper}."
        )
        page = f"chapters/{block.path.stem}"
        if url := self.references.url(page):
            text += f" **With its results:** [in the book]({url})."
        return f"{text}\n\n{self.beside(page)}"

    def beside(self, page: str) -> str:
        """The chapters around, by their notebooks' names; and the licence.

        For a page aside it is the chapter to which it belongs.

        No links: where Colab opens a notebook, others beside it have no address.
        """
        titles = self.references.titles
        pages = [name for name in titles if name.startswith("chapters/")]
        chapters = [name for name in pages if not is_aside(Path(name))]
        if page in chapters:
            at = chapters.index(page)
            around = {"Before this": at - 1, "After this": at + 1}
        else:
            number = Path(page).name[:2]
            own = [Path(name).name[:2] == number for name in chapters].index(True)
            around = {"Belongs to": own}
        facts = [
            f"**{word}:** {titles[chapters[number]]}, "
            f"`{Path(chapters[number]).name}.ipynb`."
            for word, number in around.items() if number in range(len(chapters))
        ]
        return " ".join([*facts, f"**Licence:** {self.references.licence}."])


def folded(title: str, text: str, opened: bool = False) -> str:
    """Markdown that opens at a click; ``title`` is HTML."""
    tag = "<details open>" if opened else "<details>"
    return f"{tag}<summary><b>{title}</b></summary>\n\n{text}\n\n</details>"


def quoted(text: str) -> str:
    """``text`` as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


RULES: dict[str, Callable[[Writer, Block], str]] = {
    **dict.fromkeys([*TITLES, "admonition"], Writer.admonition),
    "dropdown": Writer.dropdown,
    "tab-set": Writer.inner,
    "tab-item": Writer.tab_item,
    "math": Writer.math,
    "figure": Writer.figure,
    "table": Writer.table,
    "exercise-start": Writer.exercise_start,
    "exercise-end": Writer.nothing,
    "chapter-strip": Writer.strip,
    "course": Writer.course,
    "recall": Writer.recall,
    "wrong-answer": Writer.wrong_answer,
}
