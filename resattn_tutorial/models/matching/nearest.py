"""Which layer is most likely which, in two networks that are not the same.

The layers of either network are put in a row by data flow alone, and the two rows are
laid side by side so that as much as possible agrees, as one compares two texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from resattn_tutorial.models.matching.pairing import (
    Palette,
    from_the_back,
    from_the_front,
    readers,
)
from resattn_tutorial.models.matching.places import unit_of
from resattn_tutorial.models.matching.trace import TracedLayer

Pairs = dict[int, int]
SAME, OTHER_SIZE, OTHER_FORM = 4.0, 2.0, 1.0
ALIKE = 0.5                                          # for each thing around a layer
OPEN, WHOLE, MORE = -3.0, -2.0, -0.25                # a gap: begun, by a unit, longer
NEVER = float("-inf")


def nearest_pairs(ours: Sequence[TracedLayer], theirs: Sequence[TracedLayer]) -> Pairs:
    """From our numbers to theirs, for the layers that have a partner."""
    rows, palette = (row(ours), row(theirs)), Palette()
    looks = [
        [look[number] for number in one]
        for look, one in zip(map(lambda x: _looks(x, palette), (ours, theirs)), rows,
                             strict=True)
    ]
    units = [unit_of(ours[number].name) for number in rows[0]]
    starts = [not k or units[k] != units[k - 1] for k in range(len(units))]
    front, back = ends(*looks)
    middle = side_by_side(
        looks[0][front:len(ours) - back], looks[1][front:len(theirs) - back],
        starts[front:],
    )
    pairs = [(k, k) for k in range(front)]
    pairs += [(front + k, front + j) for k, j in middle]
    pairs += [(len(ours) - k, len(theirs) - k) for k in range(back, 0, -1)]
    return {rows[0][k]: rows[1][j] for k, j in pairs}


def row(layers: Sequence[TracedLayer]) -> list[int]:
    """The layers in an order that data flow alone decides.

    A layer comes behind all that it reads from. Of several that could be next, that
    with the larger map is, a trunk before its mask; then that which goes on from the
    last one; then a batch norm before a convolution, and the narrower one.
    """
    waiting, found, last = set(range(len(layers))), [], -1

    def key(number: int) -> tuple:
        layer = layers[number]
        return (
            -sum(layer.size), last not in layer.before, layer.kind,
            layer.form.get("channels", (0,))[-1], number,
        )

    while waiting:
        last = min((one for one in waiting if not layers[one].before & waiting),
                   key=key)
        waiting.remove(last)
        found.append(last)
    return found


class Look(NamedTuple):
    """What a layer is, and four colours of what lies around it.

    All that is before it, all that is behind it, what it reads from, what reads it.
    """

    kind: str
    form: tuple
    size: tuple[int, ...]
    around: tuple[int, ...]


def _looks(layers: Sequence[TracedLayer], palette: Palette) -> list[Look]:
    own = [palette.own(layer) for layer in layers]
    front, back = from_the_front(layers, palette), from_the_back(layers, palette)
    return [
        Look(layer.kind, tuple(layer.form.items()), layer.size, (
            front[k], back[k],
            palette("reads", *sorted({own[one] for one in layer.before})),
            palette("read by", *sorted({own[one] for one in after})),
        ))
        for k, (layer, after) in enumerate(zip(layers, readers(layers), strict=True))
    ]


def likeness(mine: Look, other: Look) -> float:
    """How well two layers go together; never, if they are of two kinds."""
    if mine.kind != other.kind:
        return NEVER
    if mine.form != other.form:
        alike = sum(one == two for one, two in zip(mine.form, other.form, strict=True))
        score = OTHER_FORM * alike / len(mine.form)
    else:
        score = SAME if mine.size == other.size else OTHER_SIZE
    return score + ALIKE * sum(map(int.__eq__, mine.around, other.around))


def ends(ours: list[Look], theirs: list[Look]) -> tuple[int, int]:
    """How many layers at the front and at the back of two rows are surely the same."""
    short, found = min(len(ours), len(theirs)), []
    for side, (mine, other) in enumerate(((ours, theirs), (ours[::-1], theirs[::-1]))):
        count = 0
        while count < short - sum(found) and (
            mine[count].around[side] == other[count].around[side]
        ):
            count += 1
        found.append(count)
    return found[0], found[1]


def side_by_side(
    ours: list[Look], theirs: list[Look], starts: list[bool]
) -> list[tuple[int, int]]:
    """The best way to lay two rows side by side, gaps left out.

    A gap costs something to begin, less where a unit of ours begins, and little to go
    on: so layers are missed unit by unit. (Gotoh, 1982.)
    """
    width = len(theirs) + 1
    best = [(0.0, "")] + [(OPEN + MORE * j, "extra") for j in range(1, width)]
    missing = [NEVER] * width
    ways: list[list[str]] = [[way for _, way in best]]
    for k, mine in enumerate(ours):
        begin = WHOLE if starts[k] else OPEN
        fresh, extra, way = [], NEVER, []
        for j in range(width):
            missing[j] = max(missing[j], best[j][0] + begin) + MORE
            found = (missing[j], "missing")
            if j:
                extra = max(extra, fresh[j - 1][0] + OPEN) + MORE
                pair = best[j - 1][0] + likeness(mine, theirs[j - 1])
                found = max(found, (extra, "extra"), (pair, "pair"))
            fresh.append(found)
            way.append(found[1])
        best = fresh
        ways.append(way)
    pairs, k, j = [], len(ours), len(theirs)
    while k or j:
        way = ways[k][j]
        k, j = k - (way != "extra"), j - (way != "missing")
        if way == "pair":
            pairs.append((k, j))
    return pairs[::-1]


def unlike_reads(
    ours: Sequence[TracedLayer], theirs: Sequence[TracedLayer], pairs: Pairs, one: int
) -> tuple[set[int], set[int]]:
    """Of a pair: which layers ours alone reads from, and which theirs alone does.

    Both by our numbers; layers without a partner do not count.
    """
    back = {t: o for o, t in pairs.items()}
    mine = {o for o in ours[one].before if o in pairs}
    other = {back[t] for t in theirs[pairs[one]].before if t in back}
    return mine - other, other - mine
