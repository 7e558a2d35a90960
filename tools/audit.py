"""Raw markup that leaked into what a reader sees.

``python -m tools.audit [NOTEBOOK …]`` looks through the Markdown of exported notebooks
and returns 1 where something of the book's markup is left. Code fences, code spans and
mathematics may show anything. Each pattern carries a bad and a good sample; the tests
run it on both.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from tools.ending import ended
from tools.settings import ROOT


@dataclass(frozen=True)
class Pattern:
    """One kind of leak: what finds it, a sample with it and a near miss without."""

    name: str
    regex: str
    bad: str
    good: str

    def find(self, text: str) -> list[re.Match[str]]:
        """Every place where the pattern is met."""
        return list(re.finditer(self.regex, text, re.M | re.S))


@dataclass(frozen=True)
class Leak:
    """A piece of raw markup, where it stands and what kind it is."""

    where: str
    name: str
    text: str

    def __str__(self) -> str:
        shown = self.text if len(self.text) < 60 else f"{self.text[:57]}..."
        return f"{self.where}: {self.name}: {shown!r}"


EDGE = r"^[ \t>]*"  # the beginning of a line, also within a quotation
PATTERNS = (
    Pattern("directive", EDGE + r"(`{3,}|~{3,}) ?\{[\w:-]+\}", "```{note}", "```py"),
    Pattern("colon fence", EDGE + r":{3,}", ":::{tip}", "a[::2] and 1::3"),
    Pattern(
        "role",
        r"\{[a-z][\w:.+-]*\}`",
        "see {numref}`ex-unit`",
        "the set {a, b} and `code`",
    ),
    Pattern(
        "name in braces",
        r"(?<![\\\w^_}{$])\{[a-z][\w:.-]+\}(?!`)",
        "{exercise-start} Write it",
        r"\begin{aligned}, x_{in} and {1, 2}",
    ),
    Pattern("attributes", r"\{[.#][a-z][^{}]*\}", "{.wide #part}", "{#} and {.5}"),
    Pattern("substitution", r"\{\{[^{}]*\}\}", "{{ version }}", "{ {1}, {2} }"),
    Pattern("target", EDGE + r"\([\w:.-]+\)=", "(unit-section)=", "(see above) = yes"),
    Pattern("equation label", r"\$\$ ?\([\w:-]+\)", "$$ (eq-mask)", "$$ (see above)"),
    Pattern(
        "option line",
        EDGE + r":[a-z][\w-]*:(?=\s|\Z)",
        "> :class: dropdown",
        "at 12:30: a break; :smile",
    ),
    Pattern("comment", EDGE + r"%(?=\s|\Z)", "% to do", "about 70 % of it, 5 %"),
    Pattern("cell break", EDGE + r"\+\+\+", "+++ {}", "C+++ or a+++b"),
    Pattern(
        "front matter",
        EDGE + r"(jupytext|kernelspec|text_representation|format_name):",
        "jupytext:",
        "it is jupytext: a tool",
    ),
    Pattern("percent cell", EDGE + r"# %%", "# %% [markdown]", "# 50 %"),
    Pattern(
        "reStructuredText role",
        r"(?<!\w):[a-z]+(:[a-z]+)?:`",
        "see :py:class:`Unit`",
        "namely:`Unit` or 9:30:`x`",
    ),
    Pattern("footnote", r"\[\^[\w-]+\]", "so it is [^1]", "x[^ and 2^10]"),
    Pattern(
        "project link",
        r"<(project|path|inv|download):",
        "<project:#unit>",
        "<https://example.org/path:1>",
    ),
    Pattern("picture without words", r"!\[\s*\]\(", "![](a.png)", "![a mask](a.png)"),
    Pattern(
        "picture without words (HTML)",
        r"<img\b(?![^>]*\balt=[\"'][^\"'])[^>]*>",
        '<img src="a.png" alt="">',
        '<img src="a.png" alt="a mask">',
    ),
)
ADDRESS = re.compile(r"""(?:\]\(|(?:src|href)=["'])([^)\s"']+)""")
ELSEWHERE = re.compile(r"https?://|mailto:|data:")
HIDDEN = re.compile(
    r"""\\[`$]
      | (?<!`)(?P<ticks>`{1,2})(?!`)(?:(?!\n\s*\n).)+?(?<!`)(?P=ticks)(?!`)
      | \$\$.+?\$\$
      | \$(?:\\.|(?!\n\s*\n)[^$\\])+\$
      | <code>.*?</code>""",
    re.X | re.S,
)


def leaks_in_text(text: str, where: str = "text") -> list[Leak]:
    """The leaks in a text that a reader sees, code and mathematics already left out."""
    found = [(match.start(), p, match) for p in PATTERNS for match in p.find(text)]
    found.sort(key=lambda item: item[0])
    return [
        Leak(f"{where}, line {text.count(chr(10), 0, at) + 1}", p.name, m[0].strip())
        for at, p, m in found
    ]


def leaks_in_markdown(text: str, where: str, folder: Path) -> list[Leak]:
    """The leaks in a Markdown cell of a notebook that lies in ``folder``."""
    seen = _without_code(text)
    dead = [
        Leak(where, "link to a file that is not beside the notebook", link)
        for link in ADDRESS.findall(seen)
        if not ELSEWHERE.match(link) and not (folder / link).is_file()
    ]
    return leaks_in_text(seen, where) + dead


def leaks_in_notebook(
    notebook: NotebookNode, name: str, folder: Path = ROOT / "notebooks"
) -> list[Leak]:
    """The leaks in all Markdown cells of a notebook called ``name``."""
    return [
        leak
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for leak in leaks_in_markdown(cell.source, f"{name}, {cell.id}", folder)
    ]


def _without_code(text: str) -> str:
    """The text with code and mathematics emptied; lines and delimiters stay."""
    lines = text.split("\n")
    for token in MarkdownIt("commonmark").parse(text):
        if token.type == "code_block" or _is_code(token.type, token.info):
            first, last = token.map
            lines[first:last] = [""] * (last - first)
    return HIDDEN.sub(_emptied, "\n".join(lines))


def _is_code(kind: str, info: str) -> bool:
    """A fence whose language is in braces is no code but a leaked directive."""
    return kind == "fence" and not info.lstrip().startswith("{")


def _emptied(found: re.Match[str]) -> str:
    edge = found["ticks"] or ("$$" if found[0].startswith("$$") else "")
    return edge + "\n" * found[0].count("\n") + edge


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Print the leaks of the notebooks named, or of all; returns 1 where there are any.

    Raises ``FileNotFoundError`` where there is no notebook to look at.
    """
    given = sys.argv[1:] if argv is None else argv
    paths = [Path(name) for name in given] or sorted(root.glob("notebooks/*.ipynb"))
    if not paths:
        raise FileNotFoundError(f"no notebook in {root / 'notebooks'}")
    leaks = []
    for path in paths:
        notebook = nbformat.read(path, as_version=4)
        leaks += leaks_in_notebook(notebook, path.name, path.parent)
    print(*leaks, sep="\n", end="\n" if leaks else "")
    print(f"{len(paths)} notebooks, {len(leaks)} leaks")
    return 1 if leaks else 0


if __name__ == "__main__":
    sys.exit(ended(main, ValueError))
