"""A chapter's Markdown as a row of blocks: prose, headings, directives, equations.

The blocks come from the parser that the book itself uses; its tokens know the lines of
the source. So what is no directive on a page is none here either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser
from nbformat import NotebookNode

from tools.chapters import ChapterError, place

# Those of _config.yml.
EXTENSIONS = {"amsmath", "colon_fence", "deflist", "dollarmath"}
DIRECTIVE = re.compile(r"\{([\w:-]+)\}\s*(.*)")
OPTION = re.compile(r":([\w-]+):[ \t]*(.*)(?:\n|\Z)")
YAML_OPTIONS = re.compile(r"---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)", re.S)
SPECIAL = {
    "fence": "verbatim",
    "code_block": "verbatim",
    "colon_fence": "directive",
    "heading_open": "heading",
    "math_block": "equation",
    "math_block_label": "equation",
    "myst_target": "target",
    "myst_line_comment": "comment",
    "front_matter": "comment",
    "myst_block_break": "comment",
}
WITHOUT_RULE = {
    "amsmath": r"\begin{…} outside $$",
    "dl_open": "a definition list",
    "footnote_reference_open": "a footnote",
}
ONLY_AT_THE_MARGIN = ("directive", "target", "comment")


@dataclass(frozen=True)
class Block:
    """A piece of a chapter.

    ``kind`` is ``prose``, ``verbatim``, ``heading`` (``name`` is its level),
    ``directive`` (``name``, ``argument``, ``options``; ``text`` is its body),
    ``equation`` and ``target`` (``name`` is the label), ``comment`` or ``cell`` (a code
    cell; ``options`` is its metadata). ``line`` is that of ``text``, from one.
    """

    kind: str
    text: str
    path: Path
    line: int
    name: str = ""
    argument: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """Where the block stands, for messages."""
        return place(self.path, self.line)

    @property
    def tags(self) -> set[str]:
        """The tags of a code cell."""
        return set(self.options.get("tags", ()))


@cache
def parser() -> MarkdownIt:
    """The Markdown parser of the book."""
    return create_md_parser(
        MdParserConfig(enable_extensions=EXTENSIONS), RendererHTML
    )


def flow(notebook: NotebookNode, path: Path) -> Iterator[Block]:
    """The blocks and code cells of a chapter, one after another."""
    starts = notebook.metadata.source_map
    for cell, start in zip(notebook.cells, starts, strict=True):
        if cell.cell_type == "markdown":
            yield from blocks(cell.source, path, start + 1)
        else:
            metadata = dict(cell.metadata)
            yield Block("cell", cell.source, path, start + 1, cell.id, "", metadata)


def blocks(source: str, path: Path, line: int = 1) -> list[Block]:
    """The blocks of a Markdown text whose first line is ``line`` of the file ``path``.

    Raises ``ChapterError`` for what no notebook can show, and for a directive, target
    or comment inside a list or a quotation, which could not be moved out of it.
    """
    lines, found, done = source.split("\n"), [], 0
    tokens = parser().parse(source)
    for k, token in enumerate(tokens):
        kind = _kind(token)
        if token.map is None or kind is None:
            continue
        first, last = token.map
        _require_rule(token, kind, place(path, line + first))
        if token.level:
            continue
        found += _prose(lines, done, first, path, line)
        inner = tokens[k + 1].content if kind == "heading" else token.content
        text = "\n".join(lines[first:last]) if kind == "verbatim" else inner
        found.append(_block(kind, token, text, path, line + first))
        done = last
    return found + _prose(lines, done, len(lines), path, line)


def _require_rule(token: Token, kind: str, where: str) -> None:
    if kind == "foreign":
        raise ChapterError(f"{where}: no rule for {WITHOUT_RULE[token.type]}")
    if token.level and kind in ONLY_AT_THE_MARGIN:
        raise ChapterError(f"{where}: {kind} inside a list or a quotation")


def _kind(token: Token) -> str | None:
    """What a token begins, or nothing where it belongs to prose."""
    if token.type in WITHOUT_RULE:
        return "foreign"
    if token.type == "fence" and DIRECTIVE.match(token.info.strip()):
        return "directive"
    if token.type == "math_block_label" and token.level:
        return "target"
    return SPECIAL.get(token.type)


def _prose(
    lines: list[str], start: int, stop: int, path: Path, line: int
) -> list[Block]:
    while start < stop and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:stop]).rstrip()
    return [Block("prose", text, path, line + start)] if text else []


def _block(kind: str, token: Token, text: str, path: Path, line: int) -> Block:
    if kind == "directive":
        name, argument = DIRECTIVE.match(token.info.strip()).groups()
        try:
            options, body, used = read_options(text)
        except yaml.YAMLError as error:
            why = " ".join(str(error).split())
            where = place(path, line)
            raise ChapterError(f"{where}: {name} cannot be read: {why}") from error
        return Block(kind, body, path, line + 1 + used, name, argument, options)
    if kind == "heading":
        return Block(kind, text, path, line, token.tag.removeprefix("h"))
    if kind == "equation":
        return Block(kind, text.strip(), path, line, token.info)
    name = text if kind == "target" else ""
    return Block(kind, text, path, line, name)


def read_options(content: str) -> tuple[dict[str, Any], str, int]:
    """The options of a directive, its body, and the number of lines of the options."""
    rest, options = content, {}
    if found := YAML_OPTIONS.match(rest):
        options = yaml.safe_load(found[1]) or {}
        rest = rest[found.end() :]
    else:
        while found := OPTION.match(rest):
            options[found[1]] = found[2].strip()
            rest = rest[found.end() :]
    return options, rest, content.count("\n") - rest.count("\n")
