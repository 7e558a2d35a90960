"""Recall questions with choices, each with a sentence of its own.

    :::{recall} The mask says 0 everywhere. What leaves (1 + M) · T?
    - Nothing | That is the plain product.
    + The trunk, unchanged | One plus nothing is one.
    :::

A line is a choice, ``+`` the right one, ``-`` a wrong one. Page and notebook show each
choice as a part that opens, so neither needs a server or a widget; print shows all.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from tools.chapters import ChapterError

LINE = re.compile(r"([+-]) (.+?) \| (.+)")


class Choice(NamedTuple):
    """A choice: whether it is right, what it says, and what is said to it."""

    right: bool
    text: str
    sentence: str

    @property
    def answer(self) -> str:
        """What opens under the choice."""
        return f"{'Right.' if self.right else 'No.'} {self.sentence}"


def choices(body: str) -> list[Choice]:
    """The choices of a question.

    Raises ``ChapterError`` for a line that is none, for fewer than three, unless one
    alone is right, and where two say the same.
    """
    found = []
    for line in filter(None, map(str.strip, body.splitlines())):
        if not (match := LINE.fullmatch(line)):
            raise ChapterError(f"'+ choice | sentence' or '- …' expected, got {line!r}")
        found.append(Choice(match[1] == "+", match[2], match[3]))
    if len(found) < 3 or sum(choice.right for choice in found) != 1:
        raise ChapterError("a recall question has three choices or more, one right")
    for part in ("text", "sentence"):
        if len({getattr(choice, part) for choice in found}) < len(found):
            raise ChapterError(f"two choices have the same {part}")
    return found


def as_myst(question: str, body: str) -> str:
    """The question as Markdown of the book."""
    parts = [f"**{question}**"]
    for choice in choices(body):
        parts.append(f":::{{dropdown}} {choice.text}\n{choice.answer}\n:::")
    return "\n\n".join(parts)
