"""Banks of answers that the exercise checks must judge rightly, one module a chapter.

Each module has ``RIGHT`` and ``WRONG``, lists of :class:`Answer`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple


class Answer(NamedTuple):
    """One learner's answer.

    ``exercise`` is the check's name, ``story`` says in a few words what the answer
    does, ``named`` is a word that the report's ``mistake`` must hold (``None`` where a
    wrong answer is rejected but not recognised).
    """

    exercise: str
    story: str
    answer: Callable
    named: str | None = None
