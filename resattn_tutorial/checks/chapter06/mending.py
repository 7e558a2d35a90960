"""The table of *Mend a mask*: a mask of two poolings, with faults of public versions.

Every fault changes the output, and most change no shape.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import torch.nn.functional as F  # noqa: F401  (some slips need it)
from torch import Tensor

from resattn_tutorial.checks.chapter06.wiring import (
    ALONE,
    ONE_MAP,
    StandIn,
    WiringTrial,
    images,
)
from resattn_tutorial.checks.engine.map_forms import halved as pool
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table
from resattn_tutorial.models.soft_mask import stretch


class MaskParts(NamedTuple):
    """What a mask of two poolings consists of, besides its poolings and stretches."""

    down: StandIn
    bottom: StandIn
    skip: StandIn
    up: StandIn
    tail: StandIn


def mended_mask(parts: MaskParts, x: Tensor, trunk: Tensor) -> Tensor:
    """The solution, and what the slips change."""
    first = parts.down(pool(x))
    low = parts.bottom(pool(first))
    low = stretch(low, first.shape[-2:])
    y = parts.up(parts.skip(first) + low)
    y = stretch(y, trunk.shape[-2:])
    return parts.tail(y)


def case(fact: str, seed: int, *size: int) -> Case:
    """Stand-ins for the five parts, and two maps."""
    *units, tail = (StandIn(size[1], seed + k, weighs=k == 4) for k in range(5))
    return Case(
        (MaskParts(*units, tail), images(seed, *size), images(seed + 1, *size)), fact)


BELOW = "parts.bottom(pool(first))"
SKIP = "parts.skip(first)"
SUM = f"{SKIP} + low"
UP = "parts.up("
END = "parts.tail(y)"
STRETCHES = ("stretch(low, first.shape[-2:])", "stretch(y, trunk.shape[-2:])")

STUB = {
    "the second pooling reads x: it has to go on from the first level's map":
        {BELOW: "parts.bottom(pool(x))"},
    "the skip is doubled: the map comes in raw, and through its unit once more":
        {SUM: f"{SKIP} + first + low"},
    "the trunk is added to the mask: from it the stretch takes the size, no values":
        {END: "parts.tail(y + trunk)"},
}
"""The three faults that the stub has, each with its words."""
SKIPPED = "the skip's unit runs on the first level's map alone, before the sum"
AFTER_DOWN = "the skip starts from the first level's map, after `down`"
LATE = "the trunk comes in after the tail: the mask is finished there"
SMALL = "`bottom` works on the small map: the stretch comes after it"
UNEQUAL = (
    "stretch the lower map to the upper one's height and width before the sum"
)
SIZE = "a size is fixed: a stretch takes it from the map that it has to fit"


def faults_left() -> list[Slip]:
    """The stub's faults, one, two or all of them still there."""
    return [
        Slip("; and ".join(words), {k: v for w in words for k, v in STUB[w].items()})
        for count in (1, 2, 3) for words in combinations(STUB, count)
    ]


def pools(form: str) -> dict[str, str]:
    """Another pooling in both places, of ``{}``."""
    return {f"pool({x})": form.format(x) for x in ("x", "first")}


def stretches(more: str, places: tuple[str, ...] = STRETCHES) -> dict[str, str]:
    """Another kind of stretch in some places."""
    return {one: f"F.interpolate{one[7:-1]}{more})" for one in places}


SLIPS = (
    *faults_left(),
    Slip("the skip is doubled: it comes in once", {SUM: f"2 * {SUM}"}),
    Slip("the skip is raw: it passes through its own unit first",
         {SUM: "first + low"}),
    Slip("the skip is left out: the first level's map comes back through its unit",
         {SUM: "low"}),
    Slip("the second pooling is left out", {BELOW: "parts.bottom(first)"}),
    Slip("the lower level reads x, twice pooled: go on from the first level's map",
         {BELOW: "parts.bottom(pool(pool(x)))"}),
    Slip("one pooling too many: the mask has two",
         {BELOW: "parts.bottom(pool(pool(first)))"}),
    Slip(SMALL, {BELOW: "parts.bottom(stretch(pool(first), first.shape[-2:]))"}),
    Slip(SKIPPED, *[{SUM: put} for put in (
        "parts.skip(first + low)", "first + parts.skip(low)", "parts.skip(low)",
        "parts.skip(low) + low")]),
    Slip(AFTER_DOWN, {SKIP: "parts.skip(pool(x))"},
         {SKIP: "parts.skip(stretch(x, first.shape[-2:]))"}),
    Slip("the two maps are added, not multiplied", {SUM: f"{SKIP} * low"}),
    Slip("a sum, no mean: the two maps are added as they are",
         {SUM: f"({SUM}) / 2"}),
    Slip("the lower level is left out: it is added to the skip", {SUM: SKIP}),
    Slip("`up` is left out: units follow the sum", {UP: "("}),
    Slip("`up` comes before the sum: it must follow it",
         {UP: "(", SUM: f"{SKIP} + parts.up(low)"}),
    Slip("`up` runs after the last stretch: it must run before it",
         {UP: "(", END: "parts.tail(parts.up(y))"}),
    Slip("the mask starts from x, the map at the split, not from the trunk's end",
         {"pool(x)": "pool(trunk)"}),
    Slip("the poolings: largest of 3x3, stride 2, ceil mode, as `pool` does it",
         *map(pools, ("F.max_pool2d({}, 2)", "F.max_pool2d({}, 3, 2, padding=1)",
                      "F.max_pool2d({}, 3, 2)", "F.avg_pool2d({}, 2)",
                      "F.avg_pool2d({}, 3, 2, ceil_mode=True)"))),
    Slip("the stretch: bilinear with corners on corners, as `stretch` does it",
         *[stretches(more, places)
           for places in (STRETCHES, STRETCHES[:1], STRETCHES[1:])
           for more in ("", ", mode='bilinear'")]),
    Slip("the last stretch is left out: the mask is as large as x",
         {STRETCHES[1]: "y"}),
    Slip(UNEQUAL, {STRETCHES[0]: "low"}),
    Slip(SIZE, {SUM: f"low + {SKIP}", STRETCHES[0]: "F.interpolate(low, scale_factor=2,"
                " mode='bilinear', align_corners=True)"},
         {STRETCHES[0]: "stretch(low, (2 * low.shape[2], 2 * low.shape[3]))"},
         {STRETCHES[1]: "stretch(y, (2 * y.shape[2], 2 * y.shape[3]))"},
         {STRETCHES[1]: "stretch(y, (8, 12))"}),
    Slip("the trunk is multiplied in: a mask is computed without its values",
         {END: "parts.tail(y * trunk)"}),
    Slip(LATE, *[{END: f"{put}"} for put in (
        f"{END} + trunk", f"{END} * trunk", f"(1 + {END}) * trunk")]),
    Slip("the tail is left out", {END: "y"}),
    Slip("a second sigmoid: the tail ends with one", {END: f"{END}.sigmoid()"}),
    Slip("x is added at full size: the outermost level has no skip",
         {END: "parts.tail(y + x)"}),
    Slip(ALONE, {END: "parts.tail(y, trunk)"}),
)
MENDING = Table(
    title="The mended mask",
    usage="mended_mask(parts, x, trunk)",
    reference=mended_mask,
    cases=(
        case("the mask is that of the diagram", 10, 2, 4, 8, 12),
        case("so it is for another size, and for other channels", 20, 1, 6, 9, 7),
    ),
    slips=SLIPS,
    trial=WiringTrial(),
    errors={
        ONE_MAP: ALONE,
        "must match the size": UNEQUAL,
        "has no attribute": "parts has down, bottom, skip, up and tail; each is called "
        "like a function",
    },
)
