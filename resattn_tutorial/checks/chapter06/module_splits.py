"""A row of units and a mask, wired as an attention module rightly and wrongly.

Each wrong wiring yields a pair: the mistake in words, and what it makes of an input.
Here ``b`` is what comes from the units before the split, ``t`` the trunk's end and
``m`` the mask, computed rightly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from itertools import combinations_with_replacement
from typing import NamedTuple

import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.probe import Forms

Part = Callable[[Tensor], Tensor]
SPLIT = "the way splits after p units: trunk and mask both start there"
MERGE = "the merge comes after p + t units: the trunk has t of them"
BEHIND = (
    "all p units that are left follow the merge, one after another: here only one "
    "has an effect"
)
NONE_BEHIND = "p units follow the merge, too"
SHORTCUT = "a shortcut too many: the units have theirs inside them"


class Parts(NamedTuple):
    """The four parts of a module."""

    before: Part
    trunk: Part
    mask: Part
    after: Part


def chain(units: Sequence[Part]) -> Part:
    """The units one after another."""
    return lambda x: reduce(lambda y, unit: unit(y), units, x)


def parts_of(units: Sequence[Part], mask: Part, split: int, merge: int) -> Parts:
    """The units up to the split, from there to the merge, and behind it."""
    rows = units[:split], units[split:merge], units[merge:]
    before, trunk, after = map(chain, rows)
    return Parts(before, trunk, mask, after)


def wired(parts: Parts, x: Tensor) -> Tensor:
    """Units, then trunk and mask side by side, ``(1 + M) * T``, and units again."""
    return parts.after(_middle(parts, parts.before(x)))


def wrong(units: Sequence[Part], mask: Part, p: int, t: int, x: Tensor) -> Forms:
    """Yield each usual mistake and its output."""
    parts = parts_of(units, mask, p, p + t)
    b = parts.before(x)
    trunk, m = parts.trunk(b), mask(b)
    yield BEHIND, chain(units[p + t : p + t + 1])((1 + m) * trunk)
    yield BEHIND, units[-1]((1 + m) * trunk)
    for merged in ((1 + m) * trunk, m * trunk):
        yield NONE_BEHIND, merged
    yield from _other_inputs(parts, x, b, trunk, m)
    yield from _other_ends(parts, x, b, trunk, m)
    yield from _other_loops(units, mask, p, t, x)
    yield from _other_splits(units, mask, p, t, x)
    for words, merged in _other_merges(b, trunk, m, x):
        yield words, parts.after(merged)


def _middle(parts: Parts, b: Tensor) -> Tensor:
    """Trunk and mask side by side, and their merge."""
    return (1 + parts.mask(b)) * parts.trunk(b)


def _other_splits(
    units: Sequence[Part], mask: Part, p: int, t: int, x: Tensor
) -> Forms:
    """The right wiring of rows that begin and end in other places."""
    for split, merge in combinations_with_replacement(range(len(units) + 1), 2):
        if (split, merge) == (p, p + t):
            continue
        parts = parts_of(units, mask, split, merge)
        wrong_places = [SPLIT] * (split != p) + [MERGE] * (merge != p + t)
        yield "; and ".join(wrong_places), wired(parts, x)
        if split > 0:
            yield "; and ".join(wrong_places), _middle(parts, parts.before(x))
    turned = parts_of(units[::-1], mask, p, p + t)
    yield "the units stand in the list in the order in which they run", wired(turned, x)


def _other_loops(
    units: Sequence[Part], mask: Part, p: int, t: int, x: Tensor
) -> Forms:
    """What a loop over the units may get wrong."""
    before, trunk, after = units[:p], units[p : p + t], units[p + t :]
    b = chain(before)(x)
    m = mask(b)
    alone = "in a loop each unit reads what the one before it made"
    yield alone, chain(after)((1 + m) * trunk[-1](b))
    yield alone, wired(parts_of([before[-1], *trunk, *after], mask, 1, 1 + t), x)
    yield "the merge stands inside the trunk's loop: it comes once, after the loop", (
        chain(after)(reduce(lambda y, unit: (1 + m) * unit(y), trunk, b))
    )
    yield "the units behind the merge run in the list's order, too", (
        chain(after[::-1])((1 + m) * chain(trunk)(b))
    )
    yield "the list has the trunk's t units before the last p, as the diagram has", (
        chain(units[p : 2 * p])((1 + m) * chain(units[2 * p :])(b))
    )


def _other_inputs(parts: Parts, x: Tensor, b: Tensor, t: Tensor, m: Tensor) -> Forms:
    """What reads another tensor than it should."""
    before, trunk, mask, after = parts
    for factor in (1, 0):
        yield (
            "the mask reads x: it starts at the split, behind the first p units"
        ), after((factor + mask(x)) * t)
        yield (
            "the mask reads the trunk's end: it starts at the split, beside the trunk"
        ), after((factor + mask(t)) * t)
        yield "the trunk reads x: it starts at the split, behind the first p units", (
            after((factor + m) * trunk(x))
        )
        yield "the first p units are left out: trunk and mask read their output", (
            after((factor + mask(x)) * trunk(x))
        )
    yield "the mask starts from the raw map at the split, with no ReLU on it", (
        after((1 + mask(F.relu(b))) * t)
    )
    yield "the trunk starts from the raw map at the split, with no ReLU on it", (
        after((1 + m) * trunk(F.relu(b)))
    )
    yield "trunk and mask are exchanged", after((1 + t) * m)
    yield "the last p units are left out, and the first stand in their place", (
        before((1 + m) * t)
    )
    yield "M and T stand side by side: neither reads the other's result", after(
        trunk(mask(b))
    )


def _other_merges(b: Tensor, t: Tensor, m: Tensor, x: Tensor) -> Forms:
    """What joins trunk and mask in another way."""
    yield "mask * trunk is naive attention: the trunk itself is lost", m * t
    added = "mask and trunk are added: the mask has to multiply"
    yield added, t + m
    yield added, 1 + m + t
    yield "the brackets: 1 + mask * trunk multiplies first", 1 + m * t
    yield "the sign: 1 + mask is meant", (1 - m) * t
    where = "the 1 stands for the trunk's end, not for what went into the trunk"
    yield where, b + m * t
    yield where, x + m * t
    yield "the mask weighs what went into the trunk: weigh the trunk's end", (1 + m) * b
    yield "the trunk comes in twice: 1 + mask has it once", (2 + m) * t
    yield SHORTCUT, b + (1 + m) * t
    yield SHORTCUT, x + (1 + m) * t
    yield "a second sigmoid: the mask comes finished", (1 + m.sigmoid()) * t
    yield "the sum goes on raw, with no ReLU on it", ((1 + m) * t).relu()
    yield "the trunk's raw sum is weighed, with no ReLU on it", (1 + m) * t.relu()
    unused = "the mask has no effect on the result"
    yield unused, t
    yield unused, 2 * t
    yield unused, (1 + t) * t
    yield "the trunk has no effect on the result", m
    yield "the trunk has no effect on the result", (1 + m) * m
    each = "each value of the mask weighs its own value of the trunk: take no mean"
    yield each, (1 + m.mean(1, True)) * t
    yield each, (1 + m.mean((2, 3), True)) * t


def _other_ends(parts: Parts, x: Tensor, b: Tensor, t: Tensor, m: Tensor) -> Forms:
    """What does something else around the merge."""
    _, trunk, _, after = parts
    merged = (1 + m) * t
    early = "the last p units follow the merge: they do not belong to the trunk"
    yield early, (1 + m) * after(t)
    yield early, m * after(t)
    late = "the mask weighs the trunk's end, not what goes into the trunk"
    yield late, after(trunk((1 + m) * b))
    yield late, after(trunk(m * b))
    yield "the last p units run twice", after(after(merged))
    for start in (x, b, t, merged):
        yield SHORTCUT, start + after(merged)
    yield "a ReLU at the end: the module's sum goes on raw", after(merged).relu()
    yield "the mask alone comes back", m
