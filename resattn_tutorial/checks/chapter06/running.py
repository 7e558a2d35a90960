"""The table of *Wire a module*: a row of units and a mask, joined."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from resattn_tutorial.checks.chapter06.wiring import (
    ALONE,
    NO_MAP,
    ONE_MAP,
    StandIn,
    WiringTrial,
    images,
)
from resattn_tutorial.checks.engine.slips import Slip
from resattn_tutorial.checks.engine.table import Case, Table


def run_module(
    units: Sequence[StandIn], mask: StandIn, p: int, t: int, x: Tensor
) -> Tensor:
    """The solution, and what the slips change."""
    start = x  # noqa: F841  (some slips read it)
    for unit in units[:p]:
        x = unit(x)
    trunk = x
    for unit in units[p : p + t]:
        trunk = unit(trunk)
    y = merged = (1 + mask(x)) * trunk  # noqa: F841  (so do they this)
    for unit in units[p + t :]:
        y = unit(y)
    return y


def case(fact: str, seed: int, p: int, t: int, *size: int) -> Case:
    """Stand-ins for the units and for the mask, and a map."""
    units = [StandIn(size[1], seed + k) for k in range(2 * p + t)]
    mask = StandIn(size[1], seed - 1, weighs=True)
    return Case((units, mask, p, t, images(seed, *size)), fact)


MERGED = "(1 + mask(x)) * trunk"
INTO_TRUNK = "trunk = x\n"
END = "return y"
LAST = "y = unit(y)"
BEFORE, TRUNK, AFTER = "units[:p]", "units[p : p + t]", "units[p + t :]"

ADDED = "mask and trunk are added: the mask has to multiply"
FOR_TRUNK = "the 1 stands for the trunk's end, not for what went into the trunk"
SHORTCUT = "a shortcut too many: the units have theirs inside them"
NO_MASK = "the mask has no effect on the result"
NO_TRUNK = "the trunk has no effect on the result"
EACH = "each value of the mask weighs its own value of the trunk: take no mean"
BEHIND = (
    "all p units that are left follow the merge, one after another: here only one "
    "has an effect"
)
READS_X = "{} reads x: it starts at the split, behind the first p units"
RAW = "the {} starts from the raw map at the split, with no ReLU on it"
EARLY = "the last p units follow the merge: they do not belong to the trunk"
LATE = "the mask weighs the trunk's end, not what goes into the trunk"
SPLIT = "the way splits after p units: trunk and mask both start there"
MERGE = "the merge comes after p + t units: the trunk has t of them"
IN_A_LOOP = "in a loop each unit reads what the one before it made"
NAIVE = "mask * trunk is naive attention: the trunk itself is lost"


def merges(words: str, *puts: str) -> Slip:
    """Trunk and mask joined in another way."""
    return Slip(words, *[{MERGED: put} for put in puts])


def split_after(place: str) -> dict[str, str]:
    """The way splits elsewhere."""
    return {"[:p]": f"[:{place}]", "[p :": f"[{place} :"}


def merge_after(place: str) -> dict[str, str]:
    """The trunk ends elsewhere."""
    return {": p + t]": f": {place}]", "[p + t :]": f"[{place} :]"}


SLIPS = (
    merges(NAIVE, "mask(x) * trunk"),
    merges(ADDED, "mask(x) + trunk", "1 + mask(x) + trunk"),
    merges("the brackets: 1 + mask * trunk multiplies first", "1 + mask(x) * trunk"),
    merges("the sign: 1 + mask is meant", "(1 - mask(x)) * trunk"),
    merges(FOR_TRUNK, "x + mask(x) * trunk", "start + mask(x) * trunk"),
    merges("the mask weighs what went into the trunk: weigh the trunk's end",
           "(1 + mask(x)) * x", "trunk + mask(x) * x", "trunk + mask(x) * start"),
    merges("the trunk comes in twice: 1 + mask has it once", "(2 + mask(x)) * trunk"),
    merges(SHORTCUT, f"x + {MERGED}", f"start + {MERGED}"),
    Slip(SHORTCUT, *[{END: f"return {put} + y"}
                     for put in ("start", "x", "trunk", "merged")]),
    merges("trunk and mask are exchanged", "(1 + trunk) * mask(x)"),
    merges("a second sigmoid: the mask comes finished",
           "(1 + mask(x).sigmoid()) * trunk"),
    merges("the merge goes on raw: no ReLU on it, nor on the trunk's end",
           f"({MERGED}).relu()"),
    Slip("a ReLU at the end: the module's sum goes on raw", {END: "return y.relu()"}),
    Slip(RAW.format("mask"), {"mask(x)": "mask(x.relu())"}),
    Slip(RAW.format("trunk"), {INTO_TRUNK: "trunk = x.relu()\n"}),
    merges(NO_MASK, "trunk", "2 * trunk", "(1 + trunk) * trunk"),
    merges(NO_TRUNK, "mask(x)", "(1 + mask(x)) * mask(x)"),
    merges(EACH, *[f"(1 + mask(x).mean({axes}, True)) * trunk"
                   for axes in ("1", "(2, 3)", "(1, 2, 3)")]),
    Slip("the mask alone comes back", {END: "return mask(x)"}),
    Slip(READS_X.format("the mask"), {"mask(x)": "mask(start)"}),
    Slip("the mask reads the trunk's end: it starts at the split, beside the trunk",
         {"mask(x)": "mask(trunk)"}),
    Slip(READS_X.format("the trunk"), {INTO_TRUNK: "trunk = start\n"}),
    Slip("the first p units are left out: trunk and mask read their output",
         {"x = unit(x)": "pass"}),
    Slip("p units follow the merge, too", {LAST: "pass"}),
    Slip(BEHIND, *[{AFTER: f"{AFTER}[{put}]"} for put in (":1", "-1:")],
         {LAST: "y = unit(merged)"}),
    Slip("the last p units are left out, and the first stand in their place",
         {AFTER: "units[:p]"}),
    Slip("M and T stand side by side: neither reads the other's result",
         {INTO_TRUNK: "trunk = mask(x)\n", MERGED: "trunk"}),
    Slip(EARLY, {TRUNK: "units[p:]", AFTER: "[]"}),
    Slip(LATE, *[{INTO_TRUNK: f"trunk = {put}\n", MERGED: "trunk"}
                 for put in ("(1 + mask(x)) * x", "mask(x) * x")]),
    Slip("the last p units run twice", {AFTER: f"2 * {AFTER}"}),
    Slip(IN_A_LOOP, {"trunk = unit(trunk)": "trunk = unit(x)"},
         {"x = unit(x)": "x = unit(start)"}),
    Slip("the merge stands inside the trunk's loop: it comes once, after the loop",
         {"trunk = unit(trunk)": "trunk = (1 + mask(x)) * unit(trunk)",
          MERGED: "trunk"}),
    Slip("the units behind the merge run in the list's order, too",
         {AFTER: f"{AFTER}[::-1]"}),
    Slip("the list has the trunk's t units before the last p, as the diagram has",
         {TRUNK: "units[2 * p :]", AFTER: "units[p : 2 * p]"}),
    Slip("the units stand in the list in the order in which they run",
         {"start = x": "units, start = units[::-1], x"}),
    Slip(SPLIT, *map(split_after, ("1", "2", "p - 1", "p + 1", "t"))),
    Slip(MERGE, *map(merge_after, (
        "t", "3", "5", "p + t - 1", "p + t + 1", "2 * p", "2 * t"))),
    Slip(f"{SPLIT}; and {MERGE}", *[split_after(split) | merge_after(merge)
                                    for split, merge in ("13", "25", "1t", "tp")]),
    Slip("p is an argument, and not always the same",
         split_after("1") | merge_after("1 + t")),
    Slip("t is an argument, and not always the same",
         *[merge_after(f"p + {t}") for t in "12"]),
    Slip("the trunk's t units end at p + t: a slice ends in front of its second number",
         {TRUNK: "units[p:t]"}),
    Slip("there are 2 * p + t units: the list ends there",
         {END: "return units[2 * p + t](y)"}),
    Slip(ALONE, {"mask(x)": "mask(x, trunk)"}),
)
RUNNING = Table(
    title="The wiring of a module",
    usage="run_module(units, mask, p, t, x)",
    reference=run_module,
    cases=(
        case("p = 2, t = 3: the output is that of the wiring as drawn",
             100, 2, 3, 2, 4, 8, 12),
        case("p = 1, t = 2: so it is, for another size as well", 200, 1, 2, 1, 6, 9, 7),
        case("p = 1, t = 1: and for the smallest module", 300, 1, 1, 2, 6, 5, 5),
    ),
    slips=SLIPS,
    trial=WiringTrial(),
    errors={
        ONE_MAP: ALONE,
        NO_MAP: "a unit or the mask got no map: x is the last argument",
        "out of range": "there are 2 * p + t units: the list ends there",
    },
)
