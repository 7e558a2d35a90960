"""A usual wrong answer beside an exercise, and what the check says to it.

    :::{wrong-answer} module
    :says: naive attention
    Somebody merged with `mask * trunk`.
    :::

The argument is a check of the chapter, ``says`` a piece of the words of one of its
slips. That a check does say a slip's words to whoever makes it is tested with the
checks; so a page cannot promise words that nobody is told.
"""

from __future__ import annotations

import importlib
import textwrap
from pathlib import Path

from tools.chapters import ChapterError

TITLE = "A usual wrong answer"
WIDTH = 54


def words(path: Path, check: str, says: str) -> str:
    """The words of the one slip that a chapter's check tells by ``says``.

    Words that are a part of all others found are meant by themselves: a slip that joins
    two others says the words of both. Raises ``ChapterError`` where there is no such
    check, none or several such slips.
    """
    module = importlib.import_module(f"resattn_tutorial.checks.chapter{path.name[:2]}")
    if not hasattr(getattr(module, check, None), "table"):
        raise ChapterError(f"{module.__name__} has no check {check!r} with a table")
    told = [slip.words for slip in getattr(module, check).table.slips]
    found = {text for text in told if says and says in text}
    meant = [text for text in found if all(text in other for other in found)]
    if not meant:
        raise ChapterError(f"{check}: {len(found)} slips say {says!r}, not one")
    return meant[0]


def as_myst(path: Path, check: str, says: str, body: str) -> str:
    """The box as Markdown of the book."""
    said = textwrap.fill(words(path, check, says), WIDTH)
    return (
        f":::{{admonition}} {TITLE}\n:class: wrong-answer\n{body.strip()}\n\n"
        f"The check says to that:\n\n```text\n{said}\n```\n:::"
    )
