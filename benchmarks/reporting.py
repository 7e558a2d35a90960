"""From what the training benchmark measured to tables, and an aim met or not met."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.feeding import ORDINARY, OURS
from benchmarks.limits import arithmetic
from resattn_tutorial.recipes import find_recipe

# The trainer may add this part of a bare step's time.
ALLOWED = 0.03


def spread(values: list[float], form: str = "") -> str:
    """The median, and between what bounds it lies; three digits if no form is given."""
    middle, low, high = (
        f"{value:{form}}" if form else f"{float(f'{value:.3g}'):,g}"
        for value in (statistics.median(values), min(values), max(values))
    )
    return f"{middle} ({low} to {high})"


def report(found: dict[str, Any], batch: int, schedule: bool) -> list[str]:
    """All lines, for the parts that there are.

    Args:
        found: by part, what it measured.
        batch: images in a batch.
        schedule: whether to tell how long the paper's would take.
    """
    lines = []
    if "speed" in found:
        lines += [*speed_lines(found["speed"], batch), ""]
        if schedule:
            lines += [*schedule_lines(found["speed"]), ""]
    if "feeding" in found:
        lines += [*feeding_lines(found["feeding"]), ""]
    if "overhead" in found:
        lines += [*overhead_lines(found["overhead"]), ""]
    return lines[:-1]


def ratios(mine: list[float], other: list[float]) -> list[float]:
    """Round by round, one beside the other."""
    return [a / b for a, b in zip(mine, other, strict=True)]


def speed_lines(speed: dict[str, Any], batch: int) -> list[str]:
    """Each way's images a second, beside the first one's and beside the limits."""
    row = "{:46} {:24} {:21} {:23} {:23} {}".format
    plain = next(iter(speed["ways"].values()))["images per second"]
    lines = [row(
        speed["network"], "images/s", "beside the first", "of matrix products",
        "of copies", "compiling",
    )]
    for name, way in speed["ways"].items():
        rates = way["images per second"]
        matrix, copies = shares(speed, name, batch)
        compiling = f"{way['compiling']:.0f} s" if "compiling" in way else ""
        lines.append(row(
            name, spread(rates), spread(ratios(rates, plain), ".2f"),
            spread(matrix, ".1%"), spread(copies, ".1%") if copies else "", compiling,
        ).rstrip())
    steps = [way["operations"] for way in speed["ways"].values() if "bytes" in way]
    return [*lines, f"operations in an eager step: {min(steps):,} to {max(steps):,}"]


def shares(speed: dict[str, Any], name: str, batch: int) -> tuple[list, list]:
    """Round by round, a way's share of the matrix products' and of the copies' rate.

    The second is empty where the traffic is not known.
    """
    way, precision = speed["ways"][name], name.split(", ")[1]
    rates, limits = way["images per second"], speed["limits"]
    count = arithmetic(speed["network"])
    matrix = [
        count * rate / limit[precision]
        for rate, limit in zip(rates, limits, strict=True)
    ]
    if "bytes" not in way:
        return matrix, []
    return matrix, [
        way["bytes"] * rate / batch / limit["copy"]
        for rate, limit in zip(rates, limits, strict=True)
    ]


def schedule_lines(speed: dict[str, Any]) -> list[str]:
    """How long the paper's CIFAR schedule would take: an estimate, steps only."""
    recipe = find_recipe("paper-cifar")
    images = recipe.steps * recipe.batch_size
    lines = [f"{images:,} images, estimated, without tests and checkpoints:"]
    for name, way in speed["ways"].items():
        minutes = images / statistics.median(way["images per second"]) / 60
        lines.append(f"{name:46} {minutes:,.1f} minutes")
    return lines


def feeding_lines(feeding: dict[str, Any]) -> list[str]:
    """Both feeders' images a second, and one beside the other."""
    row = "{:46} {:26} {:26} {}".format
    lines = [row("images/s", OURS, ORDINARY, "the first beside the second")]
    for user, by_feeder in feeding.items():
        ours, ordinary = by_feeder[OURS], by_feeder[ORDINARY]
        beside = spread(ratios(ours, ordinary), ".2f")
        lines.append(row(user, spread(ours), spread(ordinary), beside))
    return lines


def overhead_lines(overhead: dict[str, Any]) -> list[str]:
    """What part of a bare step's time the trainer adds, and whether that is enough."""
    lines = []
    for case, found in overhead.items():
        beside = ratios(found["trainer"], found["bare"])
        verdict = "met" if statistics.median(beside) <= 1 + ALLOWED else "NOT met"
        added = [ratio - 1 for ratio in beside]
        bare = statistics.median(found["bare"])
        lines.append(
            f"{verdict}: the trainer adds at most {ALLOWED:.0%}: {case}: "
            f"{spread(added, '.1%')} of {1000 * bare:.3g} ms"
        )
    return lines
