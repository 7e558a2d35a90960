"""The cells of one exported notebook, made from a chapter's blocks."""

from __future__ import annotations

from nbformat import NotebookNode, v4

from tools.directives import Writer, folded
from tools.markdown import Block
from tools.quotes import title_of_fold
from tools.references import figure_of

# What Colab shows of a folded cell.
TITLE = "# @title "
HIDDEN = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


class Sheet:
    """The cells of one notebook while they are written."""

    def __init__(self, writer: Writer, install: str, solutions: dict[str, str]) -> None:
        self.writer, self.install, self.solutions = writer, install, solutions
        self.cells: list[NotebookNode] = []
        self.text: list[Block] = []
        self.solving: list[str] | None = None

    def add(self, block: Block) -> None:
        """Take the next block of the chapter."""
        if block.kind == "directive" and block.name == "solution-start":
            self.flush()
            self.solving = []
        elif block.kind == "directive" and block.name == "solution-end":
            self.end_solution()
        elif block.kind == "cell":
            self.code(block)
        else:
            if block.kind == "heading" and block.name == "2":
                self.place_install()
            self.text.append(block)

    def code(self, block: Block) -> None:
        """A code cell; inside a solution it is only shown, and its check left out."""
        self.place_install()
        self.flush()
        if self.solving is not None:
            if "solution-check" not in block.tags:
                self.solving.append(f"```python\n{block.text}\n```")
            return
        source = self.solutions.get(block.name, block.text)
        cell = v4.new_code_cell(source, id=block.name)
        if block.tags:
            cell.metadata["tags"] = sorted(block.tags)
        if block.tags & HIDDEN:
            self.fold(cell, block)
        self.cells.append(cell)
        if figure := figure_of(block.options):
            caption = self.writer.caption(figure.get("name", ""), figure["caption"])
            self.text.append(Block("prose", caption, block.path, block.line))

    def fold(self, cell: NotebookNode, block: Block) -> None:
        """Show a cell closed; it runs as any other, and a title says what it is."""
        cell.metadata["cellView"] = "form"                      # in Colab
        cell.metadata["jupyter"] = {"source_hidden": True}      # in JupyterLab
        if title := title_of_fold(block.text, block.options):
            cell.source = f"{TITLE}{title}\n{cell.source}"

    def flush(self) -> None:
        """Turn the text gathered so far into a cell, or into a part of the solution."""
        text = self.writer.markdown(self.text)
        self.text = []
        if text and self.solving is not None:
            self.solving.append(text)
        elif text:
            self.markdown(text)

    def markdown(self, text: str) -> None:
        self.cells.append(v4.new_markdown_cell(text, id=f"text-{len(self.cells)}"))

    def end_solution(self) -> None:
        self.flush()
        text, self.solving = "\n\n".join(self.solving), None
        self.markdown(folded("Solution", text))

    def place_install(self) -> None:
        """The installation stands below title and strip, before any other code."""
        if self.install:
            self.flush()
            cell = v4.new_code_cell(self.install, id="install")
            cell.metadata["cellView"] = "form"
            self.cells.append(cell)
            self.install = ""

    def references(self) -> None:
        """The works cited, at the end."""
        roles = self.writer.roles
        if roles.cited:
            works = "\n".join(f"- {roles.works.full(key)}" for key in roles.cited)
            self.markdown(f"## References\n\n{works}")
