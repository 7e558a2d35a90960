"""The usual mistakes of every exercise, for who teaches: what is asked, what is said.

    ```{usual-mistakes} 01_residual_units
    ```

shows, for each exercise of that notebook, one question for a learner who is stuck, and
the words that the check says to each of the mistakes that it knows. The words come from
the check's own table, the likely ones first. The questions are written by hand, in
``book/teaching-questions.toml``.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from resattn_tutorial.checks.exercises import NOTEBOOKS, checks_of, find_check
from tools.chapters import ChapterError
from tools.exercises import Exercise, exercises
from tools.settings import ROOT

FILE = "book/teaching-questions.toml"
# In sight; the others open at a click.
LIKELY = 5
MARKUP = re.compile(r"([\\`*_{}\[\]<>$#~|@&])")
# What would begin a list or a fence.
START = re.compile(r"\A(\d*)([.):+-])")


def questions(root: Path = ROOT) -> dict[str, str]:
    """The question of each exercise, by the name of its check, ``chapter01.growth``.

    Raises ``ChapterError`` where an exercise has none, where there is one for an
    exercise that the book has not, and where one asks nothing or what another asks.
    """
    told = tomllib.loads((root / FILE).read_text(encoding="utf-8"))
    found = {
        f"{chapter}.{name}": text
        for chapter, asked in told.items() for name, text in asked.items()
    }
    known = [name for notebook in NOTEBOOKS for name in checks_of(notebook)]
    if missing := [name for name in known if name not in found]:
        raise ChapterError(f"{FILE}: no question for {', '.join(missing)}")
    if foreign := [name for name in found if name not in known]:
        raise ChapterError(f"{FILE}: there is no exercise {', '.join(foreign)}")
    for name, text in found.items():
        if "?" not in text or list(found.values()).count(text) > 1:
            raise ChapterError(f"{FILE}: {name}: expected a question of its own")
    return found


def mistakes(check: str) -> list[str]:
    """What a check says to its usual mistakes, the likely ones first, each once."""
    return list(dict.fromkeys(slip.words for slip in find_check(check).table.slips))


def literal(words: str) -> str:
    """Words of a check as Markdown that shows them as they are."""
    return START.sub(r"\1\\\2", MARKUP.sub(r"\\\1", " ".join(words.split())))


def as_myst(notebook: str, root: Path = ROOT) -> str:
    """Question and mistakes of each exercise of a notebook.

    Raises ``ChapterError`` where the book has no such notebook, or another number of
    exercises than checks.
    """
    if notebook not in NOTEBOOKS:
        raise ChapterError(f"usual-mistakes: there is no notebook {notebook!r}")
    asked, checks = questions(root), checks_of(notebook)
    found = exercises(root / "chapters" / f"{notebook}.md")
    if len(found) != len(checks):
        raise ChapterError(
            f"{notebook}: {len(found)} exercises, and {len(checks)} checks are listed"
        )
    # A heading that is a link would stand in the list of contents by its path.
    return "\n\n".join([f"In {{doc}}`/chapters/{notebook}`:", *(
        _of_one(exercise, asked[check], mistakes(check))
        for exercise, check in zip(found, checks, strict=True)
    )])


def _of_one(exercise: Exercise, question: str, words: list[str]) -> str:
    """An exercise: its name and effort, the question, and what the check says."""
    lines = [f"- {literal(text)}" for text in words]
    parts = [
        f"**{exercise.title}** ({{ref}}`{exercise.label}`; {exercise.difficulty}, "
        f"{exercise.minutes} minutes)",
        f"*Ask:* {question}",
        "The check says:",
        "\n".join(lines[:LIKELY]),
    ]
    if more := lines[LIKELY:]:
        parts.append(f":::{{dropdown}} and {len(more)} more\n" + "\n".join(more)
                     + "\n:::")
    return "\n\n".join(parts)
