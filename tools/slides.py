"""Slides of a chapter, from its own cells, for a browser without a network.

    make slides                    chapters 1 and 5
    make slides CHAPTER=03         another one, by its number or its name

``tools.deck`` says what goes onto them. They are shown by reveal.js, which lies beside
them, fetched once by ``tools.vendor``; formulas are typeset as on the pages. A chapter
must have run: the slides show what its cells gave.
"""

from __future__ import annotations

import argparse
import html
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from tools.chapters import ChapterError, chapter_paths, read_chapter
from tools.citations import Bibliography
from tools.deck import Deck, Slide
from tools.directives import Writer
from tools.ending import ended
from tools.execute import StaleRecord, stored
from tools.files import write_whole
from tools.markdown import flow
from tools.mathematics import MathematicsError, Typesetter
from tools.references import References
from tools.roles import Roles
from tools.settings import ROOT, address
from tools.vendor import MATHJAX_FOLDER, VendorError, vendor_pages, vendor_slides

SLIDES = Path("_build") / "slides"
# What a lecture begins with, and the idea of the paper.
LECTURES = ("01_residual_units", "05_attention_residual_learning")
STYLE = Path("book") / "slides" / "slides.css"
SCRIPT = Path("book") / "slides" / "slides.js"
FORMULAS = Path("book") / "_static" / "formulas.css"         # the pages' own
PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<link rel="stylesheet" href="vendor/reveal/reset.css">
<link rel="stylesheet" href="vendor/reveal/reveal.css">
<link rel="stylesheet" href="formulas.css">
<link rel="stylesheet" href="slides.css">
</head>
<body>
<div class="reveal"><div class="slides">
{slides}
</div></div>
{glyphs}
<script src="vendor/reveal/reveal.js"></script>
<script src="slides.js"></script>
</body>
</html>
"""


@cache
def typesetter() -> Typesetter:
    """Typesets the formulas of all slides."""
    vendor_pages(ROOT)
    return Typesetter(ROOT / MATHJAX_FOLDER)


@cache
def markdown() -> MarkdownIt:
    """Renders a notebook's Markdown, and its formulas."""
    def formula(text: str, options: dict) -> str:
        return typesetter()(text, options["display_mode"])

    made = MarkdownIt("commonmark", {"html": True}).enable("table")
    return made.use(dollarmath_plugin, renderer=formula, double_inline=True)


def as_html(kind: str, text: str) -> str:
    """A part of a slide."""
    if kind == "text":
        return markdown().render(text)
    if kind == "code":
        return highlight(text, PythonLexer(), HtmlFormatter(cssclass="code"))
    if kind == "output":
        return f"<pre class='output'>{html.escape(text)}</pre>"
    return f"<div class='result'>{text}</div>"


def one(slide: Slide, level: int) -> str:
    """A slide; the first of a stack has a heading of the second level."""
    title = markdown().renderInline(slide.title)
    kinds = " ".join(sorted({kind for kind, _ in slide.parts}))
    body = "\n".join(as_html(*part) for part in slide.parts)
    return (
        f"<section class='{kinds}'>\n<h{level}>{title}</h{level}>\n{body}\n</section>"
    )


def page(path: Path, root: Path = ROOT) -> str:
    """The slides of a chapter as a page.

    Raises ``StaleRecord`` where the chapter has not run as it is now.
    """
    executed, chapter = stored(path, root)[0], read_chapter(path)
    outputs = {
        cell.id: ran.get("outputs", [])
        for cell, ran in zip(chapter.cells, executed.cells, strict=True)
    }
    references = References(root, address(root).book)
    deck = Deck(Writer(Roles(references, Bibliography(root), path)), outputs)
    deck.take(flow(chapter, path))
    stacks = []
    for number, stack in enumerate(deck.stacks):
        first = 1 if number == 0 else 2
        made = [one(slide, first if k == 0 else 3) for k, slide in enumerate(stack)]
        stacks.append("<section>\n" + "\n".join(made) + "\n</section>")
    title = html.escape(deck.stacks[0][0].title)
    body = "\n".join(stacks)
    return PAGE.format(title=title, slides=body, glyphs=typesetter().glyphs(body))


def chosen(names: Iterable[str], root: Path = ROOT) -> list[Path]:
    """The chapters meant by numbers or names; raises ``ChapterError`` for none."""
    found, paths = [], chapter_paths(root)
    for name in names:
        fits = [p for p in paths if p.stem == name]
        fits = fits or [p for p in paths if p.stem[:2] == name.zfill(2)][:1]
        if not fits:
            raise ChapterError(f"slides: there is no chapter {name!r}")
        found += fits
    return found


def files(paths: Iterable[Path], root: Path = ROOT) -> Iterator[tuple[str, bytes]]:
    """Slides of these chapters and all that they need, by name within one folder."""
    for path in paths:
        yield f"{path.stem}.html", page(path, root).encode()
    for beside in (STYLE, SCRIPT, FORMULAS):
        yield beside.name, (root / beside).read_bytes()
    folder = vendor_slides(root)
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            name = path.relative_to(folder.parent).as_posix()
            yield f"vendor/{name}", path.read_bytes()


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    """Write the slides; 0."""
    options = argparse.ArgumentParser(prog="python -m tools.slides")
    options.add_argument("chapter", nargs="*", help="numbers or names of chapters")
    paths = chosen(options.parse_args(argv).chapter or LECTURES, root)
    for name, content in files(paths, root):
        write_whole(root / SLIDES / name, content)
    for path in paths:
        print(f"written: {SLIDES / path.stem}.html")
    return 0


if __name__ == "__main__":
    sys.exit(ended(main, ChapterError, MathematicsError, StaleRecord, VendorError))
