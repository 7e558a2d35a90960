"""A mask's parameters and multiply-adds, counted rightly and wrongly.

``c`` channels, ``s`` pixels of height and width, ``d`` poolings, one unit between two
poolings. ``w`` is a bottleneck's width, ``c / 4``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise, product

CASES = ((256, 56, 3), (64, 16, 2), (32, 12, 1), (64, 23, 3), (8, 5, 2), (12, 9, 1))
Case = tuple[int, int, int]

RIGHT = "right"

# Units of each level, the highest first, as a function of the number of levels.
UNITS: dict[str, Callable[[int], list[int]]] = {
    RIGHT: lambda d: [3] * (d - 1) + [2],
    "each skip passes through one residual unit, d - 1 in all; they are missing": (
        lambda d: [2] * d),
    "below the last pooling is no skip: d - 1 units stand in skips, not d": (
        lambda d: [3] * d),
    "each level has a unit on the way down and one on the way up": (
        lambda d: [2] * (d - 1) + [1]),
    "a level has a unit on the way down, one on the way up, and one in its skip": (
        lambda d: [1] * d),
    "the lowest level has two units: one ends the way down, one begins the way up": (
        lambda d: [3] * (d - 1) + [1]),
    "the lowest level has two units, not three or four": (
        lambda d: [3] * (d - 1) + [4]),
    "the units are missing": lambda d: [0] * d,
    "there is more than the lowest level": lambda d: [0] * (d - 1) + [2],
    "there is more than the highest level": lambda d: [2] + [0] * (d - 1),
}
TAILS = {
    RIGHT: (2, 32),
    "the two 1x1 convolutions of the tail are missing": (0, 0),
    "the tail has two 1x1 convolutions": (1, 16),
    "the tail's 1x1 convolutions are no bottleneck: c * c weights each": (2, 8),
    "the tail's 1x1 convolutions take c channels to c": (2, 2),
}
NORMS: dict[str, Callable[[int, int], int]] = {
    RIGHT: lambda units, tail: 12 * units + 8 * tail,
    "the batch norms' scales and shifts are missing": lambda units, tail: 0,
    "the tail has a batch norm before each of its convolutions": lambda units, tail: (
        12 * units),
    "the units have batch norms": lambda units, tail: 8 * tail,
    "each batch norm has two numbers a channel, a scale and a shift": (
        lambda units, tail: 6 * units + 4 * tail),
    "running means and variances are not learned": lambda units, tail: (
        24 * units + 16 * tail),
    "a unit's three batch norms have C, w and w channels: 2 (C + w + w) numbers": (
        lambda units, tail: 6 * units + 8 * tail),
    "no convolution of a mask has a bias": lambda units, tail: (
        18 * units + 12 * tail),
    "the 1x1 convolutions of the tail have no bias": lambda units, tail: (
        12 * units + 12 * tail),
    "of a unit's batch norms two have a quarter of the channels": (
        lambda units, tail: 24 * units + 8 * tail),
}
SIZES: dict[str, Callable[[int, int], list[int]]] = {
    RIGHT: lambda s, d: [s >> k for k in range(1, d + 1)],
    "an odd size halves to the smaller side: 23 pixels become 11, not 12": (
        lambda s, d: [-(-s // 2**k) for k in range(1, d + 1)]),
    "the units stand behind a pooling: their maps are halved": lambda s, d: [s] * d,
    "each pooling comes before its units, not after them": (
        lambda s, d: [s >> k for k in range(d)]),
    "each level has its own size; not all units stand at the lowest": (
        lambda s, d: [s >> d] * d),
    "each level has its own size; only the highest is halved once": (
        lambda s, d: [s >> 1] * d),
    "each pooling halves the map, it does not quarter its sides": (
        lambda s, d: [s >> 2 * k for k in range(1, d + 1)]),
    "a map has a whole number of pixels: halve with // and not with /": (
        lambda s, d: [s / 2**k for k in range(1, d + 1)]),
}
TAIL_SIZES: dict[str, Callable[[int, int], int]] = {
    RIGHT: lambda s, d: s,
    "the tail stands behind the last stretch, at full size": lambda s, d: s >> d,
    "the tail stands behind the last stretch, at full size.": lambda s, d: s >> 1,
    "the last stretch leads to the size that came, also to an odd one": (
        lambda s, d: s // 2 * 2),
}
KERNELS = {
    RIGHT: 17,
    "in a unit, the 3x3 has nine weights for each pair of channels": 9,
    "inside, a unit is a quarter as wide as its map": 176,
    "a unit has two 1x1 convolutions beside its 3x3": 13,
    "inside, a unit has a quarter of its channels: w = channels // 4": 272,
}


def _words(*said: str) -> str | None:
    """The mistakes together, the right parts left out."""
    return "; and ".join(one for one in said if one != RIGHT) or None


def right(case: Case) -> tuple[int, int]:
    """Parameters and multiply-adds."""
    (_, size, poolings), width = case, case[0] // 4
    counts = UNITS[RIGHT](poolings)
    small = zip(counts, SIZES[RIGHT](size, poolings), strict=True)
    parameters = (17 * sum(counts) + 32) * width**2
    parameters += NORMS[RIGHT](sum(counts), 2) * width
    work = 17 * sum(n * side**2 for n, side in small) + 32 * size**2
    return parameters, work * width**2


def parameter_mistake(case: Case, got: float) -> str | None:
    """The usual mistakes, as few as possible, that make this number of parameters."""
    (*_, poolings), width = case, case[0] // 4
    for kernel, unit, tail, norm in _likely(KERNELS, UNITS, TAILS, NORMS):
        units, (convolutions, factor) = sum(UNITS[unit](poolings)), TAILS[tail]
        weights = (KERNELS[kernel] * units + factor) * width**2
        if got == weights + NORMS[norm](units, convolutions) * width:
            return _words(kernel, unit, tail, norm)
    return None


def work_mistake(case: Case, got: float) -> str | None:
    """The usual mistakes, as few as possible, that make this number of multiply-adds.

    Where the number is all the parameters, or a fixed multiple of the right one, the
    mistake is another, and that is looked for first.
    """
    parameters, work = right(case)
    plain = {
        2 * work: "a multiplication and its addition count as one multiply-add",
        work / 1e6: "the number itself is asked for, not millions",
        work / 1e9: "the number itself is asked for, not billions",
        parameters: "each weight works at every pixel of its map",
        parameters * case[1] ** 2: "the units' maps are smaller than the mask",
    } | _misplaced(case)
    return plain.get(got) or _work_slips(case, got)


def _misplaced(case: Case) -> dict[float, str]:
    """Multiply-adds with one sort of units at a wrong size, or with a wrong area."""
    (_, size, poolings), width = case, case[0] // 4
    sides = [size >> k for k in range(poolings + 1)]
    counts = UNITS[RIGHT](poolings)
    work = right(case)[1]
    step = 17 * width**2
    rise = [above**2 - here**2 for above, here in pairwise(sides)]
    lines = 17 * sum(n * side for n, side in zip(counts, sides[1:], strict=True))
    areas = sum(n * (size**2 // 4**k) for k, n in enumerate(counts, 1))
    norms = sum(n * side**2 for n, side in zip(counts, sides[1:], strict=True))
    only = "batch norms are left out: only convolutions have multiply-adds"
    return {
        work + step * sum(rise):
            "a unit on the way up stands before its stretch, on the smaller map",
        work + step * sum(rise[:-1]):
            "a skip's unit stands behind the pooling, on the smaller map",
        (lines + 32 * size) * width**2: "a map has size * size pixels",
        step * areas + 32 * width**2 * size**2:
            "halve the side, then square it: 23 becomes 11, and 11 * 11 pixels",
        work + 12 * width * norms: only,
        work + 12 * width * norms + 16 * width * size**2: only,
    }


def _work_slips(case: Case, got: float) -> str | None:
    (_, size, poolings), width = case, case[0] // 4
    ways = _likely(KERNELS, UNITS, TAILS, SIZES, TAIL_SIZES)
    for kernel, unit, tail, sides, place in ways:
        levels = zip(UNITS[unit](poolings), SIZES[sides](size, poolings), strict=True)
        at_units = KERNELS[kernel] * sum(n * side**2 for n, side in levels)
        at_tail = TAILS[tail][1] * TAIL_SIZES[place](size, poolings) ** 2
        if got == (at_units + at_tail) * width**2:
            return _words(kernel, unit, tail, sides, place)
    return None


def _likely(*parts: Iterable[str]) -> list[tuple[str, ...]]:
    """Ways to count with two mistakes at most, the fewest first.

    With more of them too many numbers could be explained by accident.
    """
    ways = product(*parts)
    slips = {way: sum(part != RIGHT for part in way) for way in ways}
    return sorted((way for way in slips if slips[way] <= 2), key=slips.get)
