"""More answers to *Wire a module*: what they do with the row of units."""

from __future__ import annotations

from torch import nn

from tests.banks.assembled_modules import as_shown, split


def chain(units):
    return nn.Sequential(*units)


def in_one_loop(units, mask, p, t, x):
    for place, unit in enumerate(units):
        if place == p:
            m = mask(x)
        if place == p + t:
            x = x + x * m
        x = unit(x)
    return x


def from_both_ends(units, mask, p, t, x):
    units = list(units)
    before = [units.pop(0) for _ in range(p)]
    after = [units.pop() for _ in range(p)][::-1]
    return as_shown(chain(before), chain(units), mask, chain(after), x)


def row(before, trunk, after):
    """The right wiring of units that are taken from the list in another way."""
    def answer(units, mask, p, t, x):
        first, middle, last = (
            chain(take(units, p, t)) for take in (before, trunk, after)
        )
        return as_shown(first, middle, mask, last, x)
    return answer


def first(units, p, t):
    return units[:p]


def middle(units, p, t):
    return units[p : p + t]


def last(units, p, t):
    return units[p + t :]


def popped(units, mask, p, t, x):
    for _ in range(p):
        x = units.pop(0)(x)
    y = x
    for _ in range(t):
        y = units.pop(0)(y)
    y = (1 + mask(x)) * y
    while units:
        y = units.pop(0)(y)
    return y


def trunk_units_read_the_split(units, mask, p, t, x):
    x = chain(units[:p])(x)
    for unit in units[p : p + t]:
        y = unit(x)
    return chain(units[p + t :])((1 + mask(x)) * y)


def first_units_read_x(units, mask, p, t, x):
    for unit in units[:p]:
        y = unit(x)
    rest = chain(units[p : p + t]), mask, chain(units[p + t :])
    return as_shown(nn.Identity(), *rest, y)


def merged_in_the_loop(units, mask, p, t, x):
    x = chain(units[:p])(x)
    m = mask(x)
    for unit in units[p : p + t]:
        x = (1 + m) * unit(x)
    return chain(units[p + t :])(x)


def trunk_given_to_the_mask(before, trunk, mask, after, x):
    b = before(x)
    y = trunk(b)
    return after((1 + mask(b, y)) * y)


RIGHT = [
    ("one loop over all units", in_one_loop),
    ("a copy of the list, taken from both its ends", from_both_ends),
]

WRONG = [
    ("units popped off the caller's list", popped, "own list"),
    ("p : t for the trunk", row(first, lambda u, p, t: u[p:t], last), "never ran"),
    ("four units, whatever p and t", row(
        lambda u, p, t: u[:1], lambda u, p, t: u[1:3], lambda u, p, t: u[3:4]),
     "never ran"),
    ("the first unit p times", row(
        lambda u, p, t: u[:1] * p, middle, last), "more than once"),
    ("the trunk at the list's end", row(
        first, lambda u, p, t: u[2 * p :], lambda u, p, t: u[p : 2 * p]), "before the"),
    ("the units after the merge backwards", row(
        first, middle, lambda u, p, t: u[: p + t - 1 : -1]), "list's order"),
    ("every trunk unit reads the split", trunk_units_read_the_split, "one before"),
    ("every first unit reads x", first_units_read_x, "one before"),
    ("the merge in the trunk's loop", merged_in_the_loop, "inside"),
    ("the trunk given to the mask", split(trunk_given_to_the_mask), "one map"),
]
