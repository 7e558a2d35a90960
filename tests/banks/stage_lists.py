"""Answers to *Read a network off its name*."""

from __future__ import annotations

from collections import namedtuple
from itertools import count

from resattn_tutorial.models.attention_network import Stage
from tests.banks import Answer

NAME = "stages"


def family(
    channels=(64, 128, 256), poolings=(3, 2, 1), divide=lambda rest: rest // 36
):
    """A right answer, or a wrong one for other settings."""
    def answer(depth):
        if (depth - 20) % 36 or depth < 56:
            raise ValueError(f"no network of the family has depth {depth}")
        modules = divide(depth - 20)
        return [Stage(c, modules, d, leave=1)
                for c, d in zip(channels, poolings, strict=True)]
    return answer


def by_search(depth):
    for modules in count(1):
        if 36 * modules + 20 == depth:
            return (
                Stage(64, modules, 3, 1, 1),
                Stage(128, modules, 2, 1, 1),
                Stage(256, modules, 1, 1, 1),
            )
        if 36 * modules + 20 > depth:
            raise ValueError(depth)


Row = namedtuple("Row", "channels modules poolings enter leave")


def own_tuples(depth):
    """Right: rows of another kind, with the same five numbers."""
    modules, rest = divmod(depth - 20, 36)
    if rest != 0 or modules <= 0:
        raise ValueError(f"{depth} is no 36 m + 20")
    return [Row(64, modules, 3, 1, 1), Row(128, modules, 2, 1, 1),
            Stage(256, modules, poolings=1, leave=1)]


RIGHT = [
    Answer(NAME, "divided, with the rest looked at", family()),
    Answer(NAME, "a search, as a tuple", by_search),
    Answer(NAME, "own tuples", own_tuples),
]


def row_by_row(depth):
    yield from family()(depth)


def fixed(depth):
    return family()(56)


def one_two_three(depth):
    modules = (depth - 20) // 36
    return [Stage(64 * 2**k, modules - 1 + k, 3 - k, leave=1) for k in range(3)]


def of_rows(made):
    """The right list, made into something else."""
    return lambda depth: made(family()(depth))


def bottlenecks(depth):
    return [Stage(16 * 2**k, (depth - 20) // 36, 3 - k, leave=1) for k in range(3)]


WRONG = [
    Answer(NAME, "plain tuples",
           of_rows(lambda rows: [tuple(stage) for stage in rows]), "list of three"),
    Answer(NAME, "a float of modules", family(divide=lambda rest: rest / 36), "//"),
    Answer(NAME, "as on ImageNet", one_two_three, "as many modules"),
    Answer(NAME, "always one module", fixed, "36 m"),
    Answer(NAME, "channels inside", bottlenecks, "four times"),
    Answer(NAME, "other channels", family((32, 64, 128)), "64, 128 and 256"),
    Answer(NAME, "other poolings", family(poolings=(2, 2, 1)), "3, 2 and 1"),
    Answer(NAME, "one stage alone", of_rows(lambda rows: rows[0]), "list of three"),
    Answer(NAME, "dictionaries",
           of_rows(lambda rows: [stage._asdict() for stage in rows]), "list of three"),
    Answer(NAME, "a dictionary",
           of_rows(lambda rows: dict(enumerate(rows, 1))), "list of three"),
    Answer(NAME, "lists",
           of_rows(lambda rows: [list(stage) for stage in rows]), "list of three"),
    Answer(NAME, "a generator", row_by_row, "list of three"),
    Answer(NAME, "text", lambda depth: "64, 128, 256", "list of three"),
]
