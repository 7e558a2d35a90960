"""Answers to *Read a network off its name*."""

from __future__ import annotations

from collections import namedtuple
from itertools import count

from resattn_tutorial.models.attention_network import Stage
from tests.banks import Answer

NAME = "stages"


def family(
    channels=(64, 128, 256), poolings=(3, 2, 1), enter=1, leave=1, more=(0, 0, 0),
    divide=lambda rest: rest // 36, least=1,
):
    """A right answer, or a wrong one for other settings."""
    def answer(depth):
        if (depth - 20) % 36 or (depth - 20) // 36 < least:
            raise ValueError(f"no network of the family has depth {depth}")
        modules = divide(depth - 20)
        return [
            Stage(c, modules + extra, d, enter, leave)
            for c, d, extra in zip(channels, poolings, more, strict=True)
        ]
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


def unchecked(depth):
    modules = (depth - 20) // 36
    return [Stage(64 * 2**k, modules, 3 - k, leave=1) for k in range(3)]


def only_the_rest(depth):
    modules, rest = divmod(depth - 20, 36)
    if rest:
        raise ValueError(depth)
    return [Stage(64 * 2**k, modules, 3 - k, leave=1) for k in range(3)]


def rounded(depth):
    modules = round((depth - 20) / 36)
    if modules < 1:
        raise ValueError(depth)
    return [Stage(64 * 2**k, modules, 3 - k, leave=1) for k in range(3)]


def from_a_table(depth):
    table = {56: 1, 92: 2, 128: 3, 164: 4, 236: 6}
    if depth not in table:
        raise ValueError(depth)
    return [Stage(64 * 2**k, table[depth], 3 - k, leave=1) for k in range(3)]


def instead(error):
    """An answer that meets an impossible depth in another way."""
    right = family()

    def answer(depth):
        try:
            return right(depth)
        except ValueError:
            return error(depth)
    return answer


def asserting(depth):
    assert (depth - 20) % 36 == 0 and depth > 20
    return family()(depth)


def raising(depth):
    raise KeyError(depth)


def say(depth):
    print(end="")


def row_by_row(depth):
    yield from family()(depth)


def fixed(depth):
    return family()(56)


def one_two_three(depth):
    modules = (depth - 20) // 36
    return [Stage(64 * 2**k, modules - 1 + k, 3 - k, leave=1) for k in range(3)]


def with_a_fourth(depth):
    return [*family()(depth), Stage(512, enter=3)]


def as_dictionaries(depth):
    return [stage._asdict() for stage in family()(depth)]


def by_number(depth):
    return dict(enumerate(family()(depth), 1))


def as_lists(depth):
    return [list(stage) for stage in family()(depth)]


def first_alone(depth):
    return family()(depth)[0]


def two_stages(depth):
    return family()(depth)[:2]


def bottlenecks(depth):
    return [Stage(16 * 2**k, (depth - 20) // 36, 3 - k, leave=1) for k in range(3)]


def plain_tuples(depth):
    return [tuple(stage) for stage in family()(depth)]


def large_452(depth):
    """Takes 452 for the name of the paper's largest network."""
    if depth != 452:
        return family()(depth)
    return [Stage(64 * 2**k, 6, 3 - k, leave=1) for k in range(3)]


def arguments_changed(depth):
    return [Stage(c, d, m, leave=1) for c, m, d, *_ in family()(depth)]


WRONG = [
    Answer(NAME, "plain tuples", plain_tuples, "list of three"),
    Answer(NAME, "452 for the paper's", large_452, "takes 12"),
    Answer(NAME, "modules and poolings changed", arguments_changed, "modules first"),
    Answer(NAME, "no depth refused", unchecked, "rest of the division"),
    Answer(NAME, "a network without modules", only_the_rest, "at least 1"),
    Answer(NAME, "rounded to the nearest", rounded, "rest of the division"),
    Answer(NAME, "only the paper's networks", from_a_table, "in the paper or not"),
    Answer(NAME, "the error returned", instead(ValueError), "`raise` it"),
    Answer(NAME, "the error printed", instead(say), "not printed"),
    Answer(NAME, "an empty list", instead(lambda depth: []), "rest of the division"),
    Answer(NAME, "an assertion", asserting, "no other error"),
    Answer(NAME, "another error", instead(raising), "no other error"),
    Answer(NAME, "a float of modules", family(divide=lambda rest: rest / 36), "//"),
    Answer(NAME, "one module more", family(more=(1, 1, 1)), "one too many"),
    Answer(NAME, "one module less", family(divide=lambda rest: rest // 36 - 1),
           "one too few"),
    Answer(NAME, "the modules of all stages", family(divide=lambda rest: rest // 12),
           "not in all three"),
    Answer(NAME, "modules of three layers", family(divide=lambda rest: rest // 9),
           "12 layers"),
    Answer(NAME, "as on ImageNet", one_two_three, "as many modules"),
    Answer(NAME, "one stage with more", family(more=(0, 0, 1)), "as many modules"),
    Answer(NAME, "always one module", fixed, "36 m"),
    Answer(NAME, "two units enter", family(enter=2, leave=0), "leaves"),
    Answer(NAME, "none leaves", family(leave=0), "leave=1"),
    Answer(NAME, "three units", family(enter=2), "not more"),
    Answer(NAME, "two leave", family(enter=1, leave=2), "not more"),
    Answer(NAME, "none enters", family(enter=0, leave=2), "enter=1"),
    Answer(NAME, "channels inside", bottlenecks, "four times"),
    Answer(NAME, "ImageNet's channels", family((256, 512, 1024)), "ImageNet"),
    Answer(NAME, "the same channels", family((64, 64, 64)), "double"),
    Answer(NAME, "channels that fall", family((256, 128, 64)), "order"),
    Answer(NAME, "other channels", family((32, 64, 128)), "64, 128 and 256"),
    Answer(NAME, "poolings in rising order", family(poolings=(1, 2, 3)), "order"),
    Answer(NAME, "poolings by Table 2's rule", family(poolings=(2, 1, 0)), "4 x 4"),
    Answer(NAME, "three poolings each", family(poolings=(3, 3, 3)), "its own number"),
    Answer(NAME, "other poolings", family(poolings=(2, 2, 1)), "3, 2 and 1"),
    Answer(NAME, "a fourth stage", with_a_fourth, "fourth"),
    Answer(NAME, "two stages", two_stages, "three stages"),
    Answer(NAME, "one stage alone", first_alone, "list of three"),
    Answer(NAME, "dictionaries", as_dictionaries, "list of three"),
    Answer(NAME, "a dictionary", by_number, "list of three"),
    Answer(NAME, "lists", as_lists, "list of three"),
    Answer(NAME, "a generator", row_by_row, "list of three"),
    Answer(NAME, "nothing", say, "list of three"),
    Answer(NAME, "text", lambda depth: "64, 128, 256", "list of three"),
    Answer(NAME, "not a function", (Stage(64, 1, 3, 1, 1),), "brackets"),
]
