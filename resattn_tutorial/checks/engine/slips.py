"""A slip: a usual mistake, written once, as a change of an exercise's reference.

A slip changes the reference's own source, or is a whole other body where no change of
a few words says it. So a table of slips is at once the list of what a check names and
a bank of wrong answers that it must reject.
"""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

Way = Mapping[str, str] | Callable


class SlipError(ValueError):
    """A slip that cannot be made of its reference."""


class Slip:
    """A usual mistake: the words for it, and the ways in which it is made.

    Args:
        words: what a learner is told who made it.
        ways: each maps parts of the reference's source to what stands in their place,
            or is a whole other answer. Ways of one slip need not behave alike.
    """

    def __init__(self, words: str, *ways: Way) -> None:
        if not ways:
            raise SlipError(f"a slip needs a way to be made: {words!r} has none.")
        self.words, self.ways = words, ways

    def __repr__(self) -> str:
        """As it is written, without the ways."""
        return f"Slip({self.words!r}, …)"


def edits(finds: tuple[str, ...] | list[str], *puts: tuple[str, ...]) -> list[dict]:
    """Ways that change the same places: one for each tuple of what is put there."""
    return [dict(zip(finds, put, strict=True)) for put in puts]


@cache
def source_of(reference: Callable) -> str:
    """The source of a class or function, without its indentation."""
    return textwrap.dedent(inspect.getsource(reference))


def made(reference: Callable, *ways: Way) -> Callable:
    """The reference with the changes of one way, or of several at once.

    Raises:
        SlipError: a part is not in the source (any more), two whole bodies are asked
            for at once, or what comes out is no Python.
    """
    if not ways:
        return reference
    if len(ways) == 1 and callable(ways[0]):
        return ways[0]
    source = source_of(reference)
    for way in ways:
        if callable(way):
            raise SlipError("a whole other body goes with no other slip.")
        for find, put in way.items():
            if find not in source:
                raise SlipError(
                    f"a slip no longer applies: {find!r} is not in the source of "
                    f"{reference.__name__}."
                )
            source = source.replace(find, put)
    return _run(reference, source)


@cache
def _run(reference: Callable, source: str) -> Callable:
    """What the source defines under the reference's name, in its module's names."""
    space: dict[str, Any] = dict(vars(inspect.getmodule(reference)))
    try:
        exec(compile(source, "<a slip>", "exec"), space)
    except SyntaxError as error:
        raise SlipError(f"a slip makes no Python: {error}.") from error
    return space[reference.__name__]
