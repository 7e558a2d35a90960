"""Roles inside a sentence, turned into plain Markdown."""

from __future__ import annotations

import base64
import mimetypes
import posixpath
import re
from collections.abc import Callable
from pathlib import Path

from tools.chapters import ChapterError, place
from tools.citations import Bibliography
from tools.measured import MeasuredError, quote
from tools.references import References, Target

PACKAGE = "resattn_tutorial"
# What is skipped comes first: an escaped character, a code span, mathematics.
INLINE = re.compile(
    r"""
    \\.
  | (?:\{(?P<role>[\w:.+-]+)\})?
    (?P<ticks>`+)(?P<text>(?:(?!\n\s*\n).)+?)(?<!`)(?P=ticks)(?!`)
  | \$\$.+?\$\$
  | \$(?:\\.|(?!\n\s*\n)[^$\\])+\$
  | (?P<image>!?)\[(?P<shown>(?:`[^`]*`|[^\[\]`])*)\]\((?P<link>[^()\s]+)\)
  | (?P<foreign>\{\{.*?\}\} | \[\^[^\]]+\] | <(?:project|path|inv|download):[^>]*>)
    """,
    re.X | re.S,
)
EXPLICIT = re.compile(r"(.*?)\s*<([^<>]+)>")


class Roles:
    """The rules for one chapter; ``cited`` gathers the works it cites, in order."""

    def __init__(self, references: References, works: Bibliography, path: Path) -> None:
        self.references, self.works, self.path = references, works, path
        self.cited: list[str] = []

    def inline(self, text: str, line: int) -> str:
        """``text`` without roles, and with links that lead somewhere outside the book.

        ``line`` is its line in the chapter. Raises ``ChapterError`` for a role without
        a rule, for an unknown label, and for a link that would lead nowhere.
        """

        def replace(found: re.Match[str]) -> str:
            at = line + text.count("\n", 0, found.start())
            if found["role"]:
                return self.role(found["role"], " ".join(found["text"].split()), at)
            if found["link"]:
                return self._linked(found, at)
            if found["foreign"]:
                raise self.error(at, f"no rule for {found['foreign']}")
            return found[0]

        return INLINE.sub(replace, text)

    def role(self, name: str, text: str, line: int) -> str:
        """One role as plain Markdown."""
        if name in VERBATIM:
            return VERBATIM[name].format(text)
        if name not in RULES:
            raise self.error(line, f"no rule for the role {{{name}}}`{text}`")
        shown, target = _split(text)
        try:
            return RULES[name](self, name, shown, target, line)
        except KeyError as missing:
            raise self.error(line, f"{{{name}}}: {missing} is not known") from missing

    def error(self, line: int, message: str) -> ChapterError:
        """A fault of the chapter, with its place."""
        return ChapterError(f"{place(self.path, line)}: {message}")

    def _ref(self, name: str, shown: str, target: str, line: int) -> str:
        to = self.references.targets[target]
        titled = to.kind != "exercise" and to.title
        return self._to(to, shown or (titled or to.numbered), line)

    def _numref(self, name: str, shown: str, target: str, line: int) -> str:
        to = self.references.targets[target]
        if not to.number:
            raise self.error(line, f"{{numref}}: {target} has no number")
        text = shown.replace("%s", to.number).replace("{number}", to.number)
        return self._to(to, text.replace("{name}", to.title) or to.numbered, line)

    def _eq(self, name: str, shown: str, target: str, line: int) -> str:
        to = self.references.targets[target]
        return self._to(to, f"({to.number})", line)

    def _to(self, target: Target, text: str, line: int) -> str:
        shown = self.inline(text, line)
        return self.references.link(shown, target.page, target.anchor)

    def _doc(self, name: str, shown: str, target: str, line: int) -> str:
        page = posixpath.normpath(posixpath.join("/chapters", target)).lstrip("/")
        title = self.inline(shown or self.references.titles[page], line)
        return self.references.link(title, page)

    def _term(self, name: str, shown: str, target: str, line: int) -> str:
        page, anchor = self.references.terms[target.lower()]
        return self.references.link(shown or target, page, anchor)

    def _cite(self, name: str, shown: str, target: str, line: int) -> str:
        keys = [key.strip() for key in target.split(",")]
        works = [self.works.short(key) for key in keys]
        self.cited += [key for key in keys if key not in self.cited]
        form = "{} ({})" if name == "cite:t" else "{}, {}"
        page = "book/bibliography"
        text = "; ".join(self.references.link(form.format(*w), page) for w in works)
        return text if name == "cite:t" else f"({text})"

    def _py(self, name: str, shown: str, target: str, line: int) -> str:
        full = target.lstrip("~!")
        text = shown or (full.split(".")[-1] if target.startswith("~") else full)
        text += "()" if name in ("py:func", "py:meth") and not shown else ""
        if target.startswith("!") or full.split(".")[0] != PACKAGE:
            return f"`{text}`"
        anchor = f"module-{full}" if name == "py:mod" else full
        return self.references.link(f"`{text}`", "book/api", anchor)

    def _run(self, name: str, shown: str, target: str, line: int) -> str:
        try:
            return quote(target, self.path.parents[1]).text
        except MeasuredError as error:
            raise self.error(line, f"{{run}}: {error}") from error

    def _linked(self, found: re.Match[str], line: int) -> str:
        """A Markdown link or picture; what lies outside the book stays as it is."""
        shown, link = found["shown"], found["link"]
        if found["image"]:
            return f"![{shown}]({self.picture(link, shown, line)})"
        text = self.inline(shown, line)
        if re.match(r"https?://|mailto:", link):
            return f"[{text}]({link})"
        if not link.endswith(".md"):
            raise self.error(line, f"the link to {link} would lead nowhere")
        return self.role("doc", f"{text} <{link.removesuffix('.md')}>".strip(), line)

    def picture(self, name: str, alt: str, line: int) -> str:
        """A picture beside the chapter as an address that holds the picture itself."""
        if not alt.strip():
            raise self.error(line, f"the picture {name} has no alt text")
        file = self.path.parent / name
        kind = mimetypes.guess_type(name)[0]
        if not file.is_file() or kind is None:
            raise self.error(line, f"there is no picture {name}")
        data = base64.b64encode(file.read_bytes()).decode("ascii")
        return f"data:{kind};base64,{data}"


VERBATIM = {"math": "${}$", "code": "`{}`"}
RULES: dict[str, Callable[[Roles, str, str, str, int], str]] = {
    "ref": Roles._ref,
    "numref": Roles._numref,
    "eq": Roles._eq,
    "doc": Roles._doc,
    "term": Roles._term,
    "cite": Roles._cite,
    "cite:t": Roles._cite,
    "cite:p": Roles._cite,
    "py:class": Roles._py,
    "py:func": Roles._py,
    "py:meth": Roles._py,
    "py:mod": Roles._py,
    "run": Roles._run,
}


def _split(text: str) -> tuple[str, str]:
    """``("words", "label")`` of ``words <label>``; no words where there are none."""
    found = EXPLICIT.fullmatch(text)
    return (found[1], found[2]) if found else ("", text)
