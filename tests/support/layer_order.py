"""Which rows of a table may change places: those that stand in different branches.

In a network with branches a file lists one branch behind the other, and which comes
first changes nothing. What one branch holds has one order only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import combinations

from layer_tables import Row

BRANCH = re.compile(r"\w+/(?:mask/skip/res\d|mask|trunk(?=/res[23]))")


def branch_of(row: Row, rows: Sequence[Row]) -> str:
    """The branch of a row: a trunk behind the split, a mask, a skip, or the main line.

    The batch norm and ReLU before a unit carry the name of what they read, but belong
    to the unit: they stand in the branch of the first convolution that reads them.
    """
    name = row.name
    if row.top.endswith("/bn"):
        convolutions = (r for r in rows if r.type == "Convolution")
        name = next((r.name for r in convolutions if row.top in r.bottoms), name)
    found = BRANCH.match(name)
    return found[0] if found else "main line"


def exchanged(found: Sequence[str], rows: Sequence[Row]) -> set[frozenset[str]]:
    """The pairs of branches of which ``found`` has rows in another order than a table.

    A branch that is alone in its set has an order of its own.
    """
    place = {name: i for i, name in enumerate(found)}
    branches = {row.name: branch_of(row, rows) for row in rows}
    return {
        frozenset((branches[a], branches[b]))
        for a, b in combinations(branches, 2)
        if place[a] > place[b]
    }


def free_to_exchange(rows: Sequence[Row]) -> set[frozenset[str]]:
    """The pairs of branches of one attention module of which neither needs the other.

    They are the trunk and its mask, the trunk and a skip inside that mask, a skip and
    the mask's way below it, and two skips.
    """
    branches = {branch_of(row, rows) for row in rows}
    pairs = set()
    for trunk in (name for name in branches if name.endswith("/trunk")):
        module = trunk.removesuffix("/trunk")
        mask = f"{module}/mask"
        skips = [name for name in branches if name.startswith(f"{mask}/skip/")]
        pairs |= {frozenset((trunk, other)) for other in (mask, *skips)}
        pairs |= {frozenset((mask, skip)) for skip in skips}
        pairs |= {frozenset(two) for two in combinations(skips, 2)}
    return pairs
