"""Typeset formulas when the book is built, so that no page loads MathJax.

MathJax runs in node and draws a formula as SVG, with MathML beside it for those who
listen. Each glyph is drawn once a page: `Typesetter.glyphs` gives what the formulas of
a page point to.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

SCRIPT = Path(__file__).with_name("typeset.cjs")
OUTLINES = re.compile(r"<defs>(.*?)</defs>", re.S)
OUTLINE = re.compile(r'<path id="MJX-\d+-([\w-]+)" d="([^"]*)"></path>')
POINTERS = re.compile(r'xlink:href="#MJX-\d+-([\w-]+)"')
POINTED_TO = re.compile(r'href="#glyph-([\w-]+)"')
# What only a drawing in a file of its own needs, or says what is said anyway.
NEEDLESS = re.compile(
    r' (?:xmlns(?::xlink)?|data-c|data-mml-node|data-mjx-texclass|focusable)="[^"]*"'
)
MATHML = "<mjx-assistive-mml"


class MathematicsError(ValueError):
    """A formula that cannot be typeset; says which, and why."""


class Typesetter:
    """Typesets formulas, in one process of node that starts with the first.

    Args:
        mathjax: the folder that holds MathJax's ``node-main.js``.
    """

    def __init__(self, mathjax: Path) -> None:
        self._mathjax = mathjax
        self._process: subprocess.Popen[str] | None = None
        self._outlines: dict[str, str] = {}
        self._done: dict[tuple[str, bool], str] = {}

    def __call__(self, tex: str, display: bool) -> str:
        """A formula as HTML, in the line or on lines of its own.

        Raises ``MathematicsError`` for one that MathJax does not understand.
        """
        if (tex, display) not in self._done:
            self._done[tex, display] = self._typeset(tex, display)
        return self._done[tex, display]

    def _typeset(self, tex: str, display: bool) -> str:
        told = self._ask(json.dumps({"tex": tex, "display": display}))
        if "error" in told:
            raise MathematicsError(f"{tex!r} is no formula: {told['error']}")
        html = told["html"]
        for outlines in OUTLINES.findall(html):
            self._outlines.update(OUTLINE.findall(outlines))
        drawing, mark, mathml = OUTLINES.sub("", html).partition(MATHML)
        drawing = POINTERS.sub(r'href="#glyph-\1"', drawing)
        return NEEDLESS.sub("", drawing) + mark + mathml

    def _ask(self, line: str) -> dict[str, str]:
        """What node answers; it is started where it does not run."""
        if self._process is None:
            node = Path(sys.executable).with_name("node")
            self._process = subprocess.Popen(
                [node, SCRIPT, self._mathjax], text=True, encoding="utf-8",
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            )
        answer = ""
        with suppress(BrokenPipeError):              # it has ended, and says why
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        if not answer:
            raise MathematicsError(f"node ended: {self._process.stderr.read()}")
        return json.loads(answer)

    def glyphs(self, page: str) -> str:
        """The glyphs that the formulas in a page point to, for its end; or nothing."""
        names = sorted(set(POINTED_TO.findall(page)))
        paths = [
            f'<path id="glyph-{name}" d="{self._outlines[name]}"></path>'
            for name in names
        ]
        if not paths:
            return ""
        return (
            '<svg class="glyphs" aria-hidden="true" width="0" height="0"><defs>'
            f"{''.join(paths)}</defs></svg>"
        )

    def close(self) -> None:
        """End node, if it runs."""
        if self._process is not None:
            self._process.communicate()
            self._process = None
