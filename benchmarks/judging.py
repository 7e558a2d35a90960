"""From what the processes measured to ratios, a table, and aims met or not met."""

from __future__ import annotations

import operator
import statistics
from collections.abc import Sequence

from benchmarks.variants import HALF, OURS, SAVING, SHIPPED, THEIRS, Variant, operations

# By task, what each round's process found; attention56.py names the tasks.
Results = dict[str, list[dict[str, float]]]

BOUNDS = {"at least": operator.ge, "more than": operator.gt, "at most": operator.le}
AIMS = (  # of which variant, beside which one, and how much
    ("speed", OURS, SHIPPED, "at least", 1.3),
    ("speed", OURS, THEIRS, "more than", 1.0),
    ("speed", HALF, SHIPPED, "at least", 2.0),
    ("memory", OURS, SHIPPED, "at most", 0.8),
    ("memory", SAVING, SHIPPED, "at most", 0.8),
    ("memory", HALF, SHIPPED, "at most", 0.8),
)


def compare(what: str, ours: Variant, theirs: Variant, found: Results) -> list[float]:
    """Round by round, how many times as fast, or what part of the memory."""
    mine, other = found[f"step: {ours}"], found[f"step: {theirs}"]
    if what == "speed":
        return [b["seconds"] / a["seconds"] for a, b in zip(mine, other, strict=True)]
    return [a["MB"] / b["MB"] for a, b in zip(mine, other, strict=True)]


def shares(variant: Variant, batch: int, found: Results) -> list[float]:
    """Round by round, the share of the matrix products' rate in the same numbers."""
    count = batch * operations(variant.network)
    rounds = zip(found[f"step: {variant}"], found["matrix products"], strict=True)
    return [count / mine["seconds"] / rate[variant.dtype] for mine, rate in rounds]


def spread(values: list[float]) -> str:
    """The median, and between what bounds it lies."""
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def table(variants: Sequence[Variant], batch: int, found: Results) -> list[str]:
    """Every variant beside theirs as shipped."""
    row = "{:34} {:22} {:22} {}".format
    lines = [row("beside theirs as shipped", "speed", "memory", "of matrix products")]
    for v in variants:
        speed, memory = (
            spread(compare(what, v, SHIPPED, found)) for what in ("speed", "memory")
        )
        share = spread(shares(v, batch, found))
        lines.append(row(str(v), speed, memory, share))
    return lines


def judge(variants: Sequence[Variant], found: Results) -> list[str]:
    """Each aim, what was found, and whether that is enough."""
    lines = []
    for what, ours, theirs, bound, wanted in AIMS:
        if ours not in variants:
            lines.append(f"left out, not measured here: {what} of {ours}")
            continue
        ratios = compare(what, ours, theirs, found)
        middle = statistics.median(ratios)
        enough = BOUNDS[bound](middle, wanted)
        verdict = "met" if enough else "NOT met"
        aim = f"{what} of {ours} beside {theirs}, {bound} {wanted}"
        lines.append(f"{verdict}: {aim}: {spread(ratios)}")
    return lines


def holds(found: Results) -> list[str]:
    """What holds the rest: where a step's time goes, and what a forward pass keeps."""
    theirs, ours = (found[f"kept: {v}"][0]["MB"] for v in (SHIPPED, OURS))
    lines = [f"kept for the way back: {ours / theirs:.2f} of what theirs keeps"]
    spent = found[f"profile: {OURS}"][0].items()
    lines += [f"{share:6.1%}  {kind}" for kind, share in spent]
    return lines
