"""The diagram of an attention module: its trunk on the left, its mask on the right."""

from __future__ import annotations

from resattn_tutorial.plotting._svg.flow import ARROW, RING, STROKE, Flow, arrow, fork
from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing, line, words
from resattn_tutorial.validation import require_count

WIDTH = 344
BLUE, ORANGE, GREEN, VIOLET, GREY = PALETTE
TRUNK, MASK = 68, 214  # the middles of the two columns
UNIT_BOX, WIDEST_MASK_BOX = 116, 140
HALF_BOX = 15  # half the height of a box with one line
MOST_UNITS, MOST_POOLINGS = 4, 3
LANES = {1: (321, 42), 2: (291, 42)}  # of the skips: middle, and width of the box


def attention_module(
    p: int = 1, t: int = 2, r: int = 1, poolings: int = 3, size: int = 56
) -> Drawing:
    """An attention module, unit by unit, with the sizes that the mask's maps take.

    Args:
        p: residual units before the split and after the merge, 1 to 4.
        t: residual units of the trunk, 1 to 4.
        r: residual units between two poolings of the mask, 1 to 4.
        poolings: how often the mask halves its map, 0 to 3.
        size: height and width of the input in pixels, at least ``2 ** poolings``.

    Raises:
        TypeError, ValueError: an argument is no whole number, or out of range.
    """
    for name, value in {"p": p, "t": t, "r": r}.items():
        _require_at_most(name, require_count(name, value), MOST_UNITS)
    _require_at_most(
        "poolings", require_count("poolings", poolings, at_least=0), MOST_POOLINGS
    )
    require_count("size", size, at_least=2**poolings)
    sizes = [size >> level for level in range(poolings + 1)]
    trunk = Flow(TRUNK)
    trunk.name("x")
    _units(trunk, p, f"p = {p} before the split")
    leaves = trunk.y + 12
    mask = Flow(MASK, leaves + 24)
    _reach(trunk, leaves + 24 - ARROW)
    trunk.marks += [
        fork(TRUNK, leaves),
        arrow((TRUNK, leaves), (MASK, leaves), (MASK, mask.y)),
    ]
    _units(trunk, t)
    _hourglass(mask, sizes, r)
    _merge(trunk, mask)
    _units(trunk, p, f"p = {p} after the merge")
    trunk.name("y")
    marks = (*trunk.marks, *mask.marks)
    return Drawing(_in_words(p, t, r, sizes), WIDTH, trunk.y, marks)


def _require_at_most(name: str, value: int, most: int) -> None:
    if value > most:
        raise ValueError(f"{name} must be at most {most}, got {value}.")


def _units(flow: Flow, count: int, label: str = "") -> None:
    """A row of residual units, with words beside the first one."""
    if label:
        foot = flow.y + ARROW + 20
        flow.marks.append(words(flow.x + UNIT_BOX / 2 + 16, foot, label))
    for _ in range(count):
        flow.box(UNIT_BOX, GREEN, "residual unit")


def _hourglass(flow: Flow, sizes: list[int], r: int) -> None:
    """The mask: down to the last of ``sizes``, back to the first, and the tail.

    ``flow`` starts with the arrow that already leads to its first box.
    """
    bottom, leaves = len(sizes) - 1, {}
    if not bottom:
        _layer(flow, 0, GREEN, f"{2 * r} residual units", _square(sizes[0]))
    for level in range(1, bottom + 1):
        _layer(flow, level, ORANGE, "max-pool to", _square(sizes[level]))
        _layer(flow, level, GREEN, _counted(2 * r if level == bottom else r))
        leaves[level] = flow.below
    for level in range(bottom - 1, 0, -1):
        _layer(flow, level, VIOLET, "stretch to", _square(sizes[level]))
        _skip(flow, leaves[level], level)
        _layer(flow, level, GREEN, _counted(r))
    if bottom:
        _layer(flow, 0, VIOLET, "stretch to", _square(sizes[0]))
    _layer(flow, 0, BLUE, "twice BN, ReLU,", "convolution 1×1")
    _layer(flow, 0, GREY, "sigmoid")


def _layer(flow: Flow, level: int, colour: str, *lines: str) -> None:
    """A box, the narrower the smaller its maps."""
    flow.box(WIDEST_MASK_BOX - 14 * level, colour, *lines)


def _skip(flow: Flow, leaves: float, level: int) -> None:
    """A sum with what left above: it comes through one unit of its own."""
    joins = flow.ring("+")
    lane, width = LANES[level]
    side = Flow(lane, leaves + 24)
    enter = arrow((flow.x, leaves), (lane, leaves), (lane, side.y))
    side.box(width, GREEN, "unit")
    leave = arrow((lane, side.y), (lane, joins), (flow.x + RING, joins))
    flow.marks += [fork(flow.x, leaves), enter, *side.marks, leave]


def _merge(trunk: Flow, mask: Flow) -> None:
    """The trunk's raw sum times one plus the mask, at the foot of the longer way."""
    for flow, name in ((trunk, "T"), (mask, "M")):
        at = flow.x + 10, flow.y + 14
        flow.marks.append(words(*at, name, font_weight="bold"))
    joins = max(trunk.y + ARROW + RING, mask.y + ARROW + HALF_BOX)
    _reach(mask, joins - HALF_BOX - ARROW)
    mask.box(64, GREY, "1 + M")
    _reach(trunk, joins - RING - ARROW)
    trunk.ring("×")
    trunk.marks.append(arrow((MASK - 32, joins), (TRUNK + RING, joins)))


def _reach(flow: Flow, y: float) -> None:
    """Lead the way down to ``y``, where an arrow will follow."""
    if y > flow.y:
        flow.marks.append(line([(flow.x, flow.y), (flow.x, y)], stroke_width=STROKE))
        flow.y = y


def _square(size: int) -> str:
    return f"{size}×{size}"


def _counted(units: int) -> str:
    return "1 unit" if units == 1 else f"{units} units"


def _in_words(p: int, t: int, r: int, sizes: list[int]) -> str:
    return (
        f"Diagram of an attention module. First {_counted(p)}, then the way splits. "
        f"Left, the trunk: {_counted(t)}, which give T. Right, the mask: "
        f"{_mask_in_words(r, sizes)}; then twice BN, ReLU and a 1×1 convolution, and a "
        f"sigmoid give M. T times 1 + M, and {_counted(p)} after that, give y."
    )


def _mask_in_words(r: int, sizes: list[int]) -> str:
    if len(sizes) == 1:
        return f"{_counted(2 * r)} at {_square(sizes[0])}"
    ways, skips = " to ".join(map(_square, sizes)), len(sizes) - 2
    text = f"poolings shrink its map from {ways}, with {_counted(2 * r)} at the bottom"
    if skips:
        more = "s" if skips > 1 else ""
        text += (
            f", {_counted(r)} after each other pooling and each sum on the way up, and "
            f"{skips} skip{more} of one unit"
        )
    return f"{text}; interpolation brings it back"
