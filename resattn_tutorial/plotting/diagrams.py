"""The diagrams of the book: a residual unit, a soft mask branch, a stage, a module.

They run from top to bottom and are no wider than a phone's column, so that their words
are as large there as on a desk.
"""

from __future__ import annotations

from collections.abc import Sequence

from resattn_tutorial.plotting._svg.flow import ARROW, LINE, RING, Flow, arrow, fork
from resattn_tutorial.plotting._svg.module_flow import attention_module
from resattn_tutorial.plotting._svg.svg import PALETTE, Drawing, words
from resattn_tutorial.validation import require_count, require_flag

__all__ = ["attention_module", "first_attention_stage", "residual_unit", "soft_mask"]
WIDTH = 344
BLUE, ORANGE, GREEN, VIOLET, GREY = PALETTE
WIDEST_BOX = 208
MOST_POOLINGS = 3


def residual_unit(projection: bool = False) -> Drawing:
    """The pre-activation bottleneck unit, as in the authors' layer tables.

    Args:
        projection: whether the unit changes the width or the size: a 1x1 convolution
            of the first BN-ReLU's output then takes the place of the identity.
    """
    require_flag("projection", projection)
    stride = ", stride s" if projection else ""
    flow = Flow(112)
    flow.name("x")
    identity_leaves = flow.below
    flow.box(WIDEST_BOX, GREY, "BN, ReLU")
    projection_leaves = flow.below
    flow.box(WIDEST_BOX, BLUE, "convolution 1×1, C/4")
    flow.box(WIDEST_BOX, GREY, "BN, ReLU")
    second = "convolution 3×3, C/4"
    lines = (f"{second},", "stride s") if projection else (second,)
    flow.box(WIDEST_BOX, BLUE, *lines)
    flow.box(WIDEST_BOX, GREY, "BN, ReLU")
    flow.box(WIDEST_BOX, BLUE, "convolution 1×1, C")
    joins = flow.ring("+")
    flow.name("y")
    if projection:
        flow.marks += _projection(flow.x, projection_leaves, joins)
        said = "a 1×1 convolution, with the same stride, of the first ReLU's output"
    else:
        flow.marks += _identity(flow.x, identity_leaves, joins)
        said = "x itself, from before the first BN and ReLU, changed by nothing"
    alt = (
        "Diagram of a residual unit, from x down to y. The branch: BN, ReLU, 1×1 "
        f"convolution to C/4 channels; BN, ReLU, 3×3 convolution to C/4{stride}; BN, "
        f"ReLU, 1×1 convolution to C. The shortcut: {said}. Their sum is y."
    )
    return Drawing(alt, WIDTH, flow.y, tuple(flow.marks))


def _identity(x: float, leaves: float, joins: float) -> list[str]:
    lane, middle = 246, (leaves + joins) / 2
    return [
        fork(x, leaves),
        arrow((x, leaves), (lane, leaves), (lane, joins), (x + RING, joins)),
        words(lane + 12, middle, "identity:"),
        words(lane + 12, middle + LINE, "x itself"),
    ]


def _projection(x: float, leaves: float, joins: float) -> list[str]:
    side = Flow(284, (leaves + joins) / 2 - 32)
    enter = arrow((x, leaves), (side.x, leaves), (side.x, side.y))
    side.box(112, BLUE, "convolution", "1×1, C,", "stride s")
    leave = arrow((side.x, side.y), (side.x, joins), (x + RING, joins))
    return [fork(x, leaves), enter, *side.marks, leave]


def soft_mask(poolings: int, size: int) -> Drawing:
    """The soft mask branch, with the sizes that its maps take.

    Args:
        poolings: how often the map is halved, 1 to 3.
        size: height and width of the input in pixels, at least ``2 ** poolings``.

    Raises:
        TypeError, ValueError: an argument is no whole number, or out of range.
    """
    require_count("poolings", poolings)
    if poolings > MOST_POOLINGS:
        raise ValueError(f"poolings must be at most {MOST_POOLINGS}, got {poolings}.")
    require_count("size", size, at_least=2**poolings)
    sizes = [size >> level for level in range(poolings + 1)]
    flow = Flow(175)
    flow.name("x")
    flow.marks.append(words(0, 14, _square(size)))
    _down_and_up(flow, sizes)
    for _ in range(2):
        _layer(flow, 0, BLUE, "BN, ReLU, convolution 1×1")
    _layer(flow, 0, GREY, "sigmoid")
    flow.name("M")
    return Drawing(_mask_in_words(sizes), WIDTH, flow.y, tuple(flow.marks))


def _down_and_up(flow: Flow, sizes: Sequence[int]) -> None:
    """The hourglass: poolings down to the last of ``sizes``, interpolations back."""
    bottom = len(sizes) - 1
    leaves = {}
    for level in range(1, bottom + 1):
        _layer(flow, level, ORANGE, "max-pool 3×3", sizes[level])
        _layer(flow, level, GREEN, "residual unit")
        leaves[level] = flow.below
    _layer(flow, bottom, GREEN, "residual unit")
    for level in range(bottom - 1, 0, -1):
        _layer(flow, level, VIOLET, "interpolation", sizes[level])
        _skip(flow, leaves[level], lane=276 + 46 * (bottom - 1 - level))
        _layer(flow, level, GREEN, "residual unit")
    _layer(flow, 0, VIOLET, "interpolation", sizes[0])


def _layer(flow: Flow, level: int, colour: str, text: str, size: int = 0) -> None:
    """A box, the narrower the smaller its maps; ``size`` is written beside it."""
    if size:
        flow.marks.append(words(0, flow.y + ARROW + 20, _square(size)))
    flow.box(WIDEST_BOX - 28 * level, colour, text)


def _skip(flow: Flow, leaves: float, lane: float) -> None:
    """A sum with what left above: it comes through a unit of its own."""
    joins = flow.ring("+")
    side = Flow(lane, (leaves + joins) / 2 - 15)
    enter = arrow((flow.x, leaves), (lane, leaves), (lane, side.y))
    side.box(40, GREEN, "unit")
    leave = arrow((lane, side.y), (lane, joins), (flow.x + RING, joins))
    flow.marks += [fork(flow.x, leaves), enter, *side.marks, leave]


def _square(size: int) -> str:
    return f"{size}×{size}"


def _mask_in_words(sizes: Sequence[int]) -> str:
    rises = "Each step up is an interpolation"
    if len(sizes) > 2:
        rises += (
            "; below full size it adds a skip, which passed through a unit of its own, "
            "and a residual unit follows"
        )
    shrink = ", ".join(map(_square, sizes))
    return (
        f"Diagram of a soft mask branch. Its maps shrink: {shrink}; then they grow "
        "back. Each step down is a 3×3 max-pool of stride 2 and a residual unit; one "
        f"more unit stands at the bottom. {rises}. At full size follow twice BN, ReLU "
        "and a 1×1 convolution, then the sigmoid, which gives M."
    )


def first_attention_stage() -> Drawing:
    """The attention stage of chapter 3: a trunk of two units and a mask beside it."""
    flow = Flow(WIDTH / 2)
    flow.name("x")
    flow.box(150, GREEN, "residual unit")
    leaves = flow.y + 12
    trunk, mask = Flow(86, leaves + 22), Flow(258, leaves + 22)
    for side in (trunk, mask):
        way = (flow.x, flow.y), (flow.x, leaves), (side.x, leaves), (side.x, side.y)
        flow.marks.append(arrow(*way))
    trunk.box(150, GREEN, "residual unit")
    trunk.box(150, GREEN, "residual unit")
    mask.box(
        150, VIOLET, "soft mask branch:", "down, up again,", "to numbers", "from 0 to 1"
    )
    for side, name in ((trunk, "T"), (mask, "M")):
        side.marks.append(words(side.x + 10, side.y + 13, name, font_weight="bold"))
    joins = trunk.ring("×")
    mask.box(64, GREY, "1 + M")
    trunk.marks.append(arrow((mask.x - 32, joins), (trunk.x + RING, joins)))
    trunk.name("(1 + M) × T")
    alt = (
        "Diagram of an attention stage. After a residual unit the way splits. The "
        "trunk is two more residual units and gives T. Beside it a soft mask branch "
        "gives M, numbers from 0 to 1. The stage gives (1 + M) times T."
    )
    marks = (*flow.marks, *trunk.marks, *mask.marks)
    return Drawing(alt, WIDTH, max(trunk.y, mask.y), marks)
