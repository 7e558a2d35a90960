"""What of a chapter goes onto slides: chosen by rules over its cells and blocks.

A heading begins a stack of slides. Below it stand the first two sentences of its text.
Every equation, picture, table, printed output and question has a slide of its own,
with the sentences that lead to it; a short cell that is in sight stands above what it
gives. An exercise is a slide with its title and what it asks. Left out are code that
is folded or long, stubs, checks, solutions, hints, recall questions, and the sections
of ``LEFT_OUT``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from nbformat import NotebookNode

from resattn_tutorial.plotting._svg.forms import PAGE
from tools.directives import Writer
from tools.exercises import EFFORT, GATES
from tools.markdown import Block
from tools.references import figure_of
from tools.sheet import HIDDEN
from tools.visible import outside_solutions

LEFT_OUT = {
    "From before", "What the paper does not say", "What the package gained", "To try",
}
# A longer cell is left out, and a longer output is cut.
LINES, OUTPUT = 14, 18
SENTENCES = 2
SENTENCE = re.compile(r"(?<=[.?!])\s+(?=[A-Z`*$\[“])")
ASKS = re.compile(r"\bWrite\b")
LISTED = re.compile(r"(?:[-*+]|\d+\.)\s")
# What a check says of an answer that runs on; and a cell that defines something.
RUNS_ON = re.compile(r".* from here on[.,].*")
DEFINES = re.compile(r"^(?:@|class |def )", re.M)
SHOWN = (PAGE, "text/html", "text/plain")


@dataclass
class Slide:
    """A slide: its title, as Markdown, and what stands below, each with its kind.

    A kind is ``text`` (Markdown), ``code``, ``output`` (both plain text) or ``html``.
    """

    title: str
    parts: list[tuple[str, str]] = field(default_factory=list)


class Deck:
    """The slides of a chapter; ``stacks`` has one list of slides for each heading."""

    def __init__(
        self, writer: Writer, outputs: Mapping[str, list[NotebookNode]]
    ) -> None:
        self.writer, self.outputs = writer, outputs
        self.stacks: list[list[Slide]] = []
        self.lead: list[str] = []
        self.skips, self.gate, self.opened = False, False, False
        self.title = ""

    def take(self, blocks: Iterable[Block]) -> None:
        """Make slides of a chapter's blocks."""
        for block in outside_solutions(blocks):
            if block.kind == "directive" and block.name.startswith("exercise-"):
                self.exercise(block)
            elif self.gate:
                self.statement(block)
            elif block.kind == "heading":
                self.heading(block)
            elif not self.skips and (rule := getattr(self, block.kind, None)):
                rule(block)
        for stack in self.stacks:
            stack[1:] = [slide for slide in stack[1:] if slide.parts]

    def heading(self, block: Block) -> None:
        """The chapter, a section, or a part of one."""
        title, stacked = self.writer.inline(block, block.text), block.name in ("1", "2")
        self.lead = []
        if stacked:
            self.skips = title in LEFT_OUT
        if self.skips:
            return
        self.title, self.opened = title, True
        if stacked:
            self.stacks.append([Slide(title)])
        else:
            self.stacks[-1].append(Slide(title))

    def prose(self, block: Block) -> None:
        """Below a heading it is shown; else it may lead to what follows."""
        paragraphs = self.writer.inline(block, block.text).split("\n\n")
        if self.opened:
            at, self.opened, self.lead = self.stacks[-1][-1].parts, False, []
            at.append(("text", shortened(paragraphs.pop(0))))
            follows = paragraphs and at[-1][1].endswith(":")
            if follows and LISTED.match(paragraphs[0]):
                at.append(("text", paragraphs.pop(0)))
        if paragraphs:
            last = paragraphs[-1]
            self.lead = [] if LISTED.match(last) else [shortened(last, last=True)]

    def directive(self, block: Block) -> None:
        """A formula or a picture; of boxes, only what one will be able to do."""
        if block.name in ("math", "figure"):
            self.slide(("text", self.writer.block(block)))
        elif block.name == "admonition" and len(self.stacks) == 1:
            self.stacks[0][0].parts.append(("text", self.writer.inner(block)))

    def equation(self, block: Block) -> None:
        """An equation, with what leads to it."""
        self.slide(("text", self.writer.block(block)))

    def cell(self, block: Block) -> None:
        """What a cell gives, and the cell itself where it is short and in sight."""
        given = [part for part in map(shown, self.outputs[block.name]) if part]
        if self.worth(block, given):
            given.insert(0, ("code", block.text))
        if figure := figure_of(block.options):
            caption = self.writer.inline(block, str(figure["caption"]))
            given.append(("text", self.writer.caption(figure.get("name", ""), caption)))
        if given:
            self.slide(*given)

    def worth(self, block: Block, given: list[tuple[str, str]]) -> bool:
        """Whether a cell's own code is shown.

        It is in sight on the page, short, defines something or prints what it finds,
        and does not open a guess.
        """
        lines = [line for line in block.text.splitlines() if line.strip()]
        prints = any(kind == "output" for kind, _ in given)
        return (
            not block.tags & (HIDDEN | GATES.keys()) and len(lines) <= LINES
            and (prints or DEFINES.search(block.text) is not None)
        )

    def slide(self, *parts: tuple[str, str]) -> None:
        """A new slide of the section, with the sentences that lead to it."""
        lead = [("text", text) for text in self.lead]
        self.stacks[-1].append(Slide(self.title, [*lead, *parts]))
        self.lead, self.opened = [], False

    def exercise(self, block: Block) -> None:
        """An exercise begins or ends; it has a slide of its own."""
        self.gate = block.name == "exercise-start"
        if self.gate and not self.skips:
            title = self.writer.block(block).split("### ")[-1]
            self.stacks[-1].append(Slide(title))
            self.lead, self.opened = [], False

    def statement(self, block: Block) -> None:
        """What an exercise asks; its hints and cells are not shown."""
        at = self.stacks[-1][-1] if self.stacks else None
        if at and not self.skips and block.kind == "prose" and not at.parts:
            said = self.writer.inline(block, block.text).split("\n\n")[0]
            told = EFFORT.search(said)
            at.parts.append(("text", asked(said[told.end():] if told else said)))
            if told:
                at.parts.append(("text", f"*{told[1]}, {told[2]} minutes*"))


def shown(output: NotebookNode) -> tuple[str, str] | None:
    """An output as a part of a slide; nothing for what is no result."""
    if output.output_type == "stream":
        lines = output.text.rstrip().splitlines()
        lines = [line for line in lines if not RUNS_ON.fullmatch(line)]
        more = ["…"] if len(lines) > OUTPUT else []
        return (
            ("output", "\n".join([*lines[:OUTPUT], *more]))
            if output.name == "stdout" and lines else None
        )
    data = output.get("data", {})
    kind = next((kind for kind in SHOWN if kind in data), None)
    if kind is None:
        return None
    return ("output" if kind == "text/plain" else "html"), "".join(data[kind])


def asked(text: str) -> str:
    """The sentences of a statement that say what to write, or its first ones."""
    found = SENTENCE.split(" ".join(text.split()))
    begin = next((k for k, one in enumerate(found) if ASKS.search(one)), 0)
    return " ".join(found[begin:begin + SENTENCES])


def shortened(text: str, last: bool = False) -> str:
    """The first sentences of a paragraph, or the last ones; a list stays whole."""
    text = text.strip()
    if LISTED.match(text):
        return text
    found = SENTENCE.split(" ".join(text.split()))
    return " ".join(found[-SENTENCES:] if last else found[:SENTENCES])
