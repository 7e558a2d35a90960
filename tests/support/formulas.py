"""What stands in the chapters' formulas: the symbols, and where each one stands first.

Formulas are ``$…$``, ``$$…$$`` and the shapes in code, ``(N, C, H, W)``. What begins
with a backslash is either a Greek letter, which is a symbol, or one of ``OPERATORS``;
anything else is an error, so that nothing is passed over unnoticed.
"""

from __future__ import annotations

import re
from pathlib import Path

FENCE = re.compile(r"(`{3,})(\{code-cell\}.*|\w+)")
DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.S)
INLINE = re.compile(r"(?<![\\$\w])\$([^$\n]+?)\$(?!\d)")
QUOTED = re.compile(r"`([^`\n]+)`")
SHAPE = re.compile(r"\([NCK](?:, ?[A-Za-z])+\)")
WORD = re.compile(r"\\(?:text|mathrm|operatorname)\{[^}]*\}|\\(?:begin|end)\{\w+\}")
COMMAND = re.compile(r"\\([A-Za-z]+)")
GREEK = ("delta", "lambda", "phi", "sigma", "theta")
OPERATORS = (
    "Bigl", "Bigr", "Rightarrow", "approx", "bar", "bigl", "bigr", "cdot", "cdots",
    "ddots", "dots", "frac", "ge", "in", "lVert", "rVert", "lceil", "rceil", "left",
    "lfloor", "rfloor", "overline", "partial", "pi", "pm", "qquad", "right", "sqrt",
    "sum", "textstyle", "tfrac", "times", "underbrace", "vdots",
)


def prose(text: str) -> str:
    """A chapter without its code; the head of a cell, with its caption, stays."""
    kept, end, rules = [], "", 0
    for line in text.splitlines():
        if not end and (opened := FENCE.fullmatch(line)):
            end, rules = opened[1], 0 if "{" in opened[2] else 2
        elif end and line == end:
            end = ""
        elif end and line == "---":
            rules += 1
        elif not end or rules == 1:
            kept.append(line)
    return "\n".join(kept)


def formulas(text: str) -> list[str]:
    """The formulas of a page's prose, and the shapes that stand in code."""
    found = DISPLAYED.findall(text)
    rest = DISPLAYED.sub("", text)
    shapes = [one for code in QUOTED.findall(rest) for one in SHAPE.findall(code)]
    return found + INLINE.findall(QUOTED.sub("", rest)) + shapes


def symbols(formula: str) -> set[str]:
    """The letters of a formula, Latin and Greek, each by itself; no words.

    Raises:
        ValueError: it has a command that is neither a Greek letter nor an operator.
    """
    bare = WORD.sub(" ", formula)
    commands = set(COMMAND.findall(bare))
    if unknown := commands - {*GREEK, *OPERATORS}:
        raise ValueError(f"no symbol and no operator: {sorted(unknown)} in {formula!r}")
    greek = {f"\\{name}" for name in commands & {*GREEK}}
    return greek | set(re.findall("[A-Za-z]", COMMAND.sub(" ", bare)))


def symbols_by_page(folder: Path) -> dict[str, set[str]]:
    """The symbols of each page of a folder, by the page's name, in reading order."""
    return {
        path.stem: set().union(*map(symbols, formulas(prose(path.read_text("utf-8")))))
        for path in sorted(folder.glob("*.md"))
    }
