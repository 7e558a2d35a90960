"""The tables that the command line prints: runs, one run's curve, a network's cost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from resattn_tutorial.cost.flops import operations, parameter_counts
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.ledger.store import readable_runs
from resattn_tutorial.limits import MOST
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import AttentionName, NetworkName, did_you_mean
from resattn_tutorial.printable import printable
from resattn_tutorial.validation import require_count

# Letters of the reason why a file is left out: it may repeat what the file holds.
LONGEST = 300
# What the paper's Tables 6 and 7 print, at 224 pixels where the cost is given.
PRINTED = {
    "attention56": "31.9 million parameters, 6.3 billion multiply-adds",
    "attention92": "51.3 million parameters, 10.4 billion multiply-adds",
    "attentionnext56": "31.9 million parameters, 6.3 billion multiply-adds",
    "imagenet_resnet152": "60.2 million parameters, 11.3 billion multiply-adds",
    "imagenet_resnet200": "64.7 million parameters, 15.0 billion multiply-adds",
    "cifar_attention92": "1.9 million parameters",
    "cifar_attention236": "5.1 million parameters",
    "cifar_attention452": "8.6 million parameters",
    "cifar_resnet164": "1.7 million parameters",
}


def aligned(
    rows: list[tuple[str, ...]], numbers: Sequence[int] | None = None
) -> list[str]:
    """Lines of a table: columns of numbers to the right, the others to the left.

    Args:
        rows: the cells; the first row is the head.
        numbers: which columns hold numbers; all but the first if left out.
    """
    right = range(1, len(rows[0])) if numbers is None else numbers
    rows = [tuple(map(printable, row)) for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if number in right else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def cost_lines(
    name: str, attention: str, size: int | None, classes: int | None
) -> list[str]:
    """A network's parameters and multiply-adds, and the paper's where it tells them.

    Args:
        name: of the network.
        attention: an :class:`~resattn_tutorial.names.AttentionName`.
        size: height and width of an image; what the network is meant for if ``None``.
        classes: number of classes; what the network is meant for if ``None``.

    Raises:
        TypeError, ValueError: there is no such network or attention, a number cannot
            be, or the image is too small for it.
    """
    name = NetworkName(name)
    size = name.size if size is None else size
    classes = name.classes if classes is None else classes
    require_count("size", size, at_most=MOST["size"])
    require_count("classes", classes, at_most=MOST["classes"])
    with torch.device("meta"):                       # shapes are enough
        network = build_network(name, classes, attention=attention)
        done = operations(network, torch.empty(1, 3, size, size))
    counts = parameter_counts(network)
    lines = [
        f"{name}, one image of {size} x {size} pixels, {classes:,} classes",
        f"parameters     {counts.learnable:,} learned, {counts.stored:,} stored",
        f"multiply-adds  {sum(one.multiply_adds for one in done):,}",
    ]
    if attention != AttentionName.RESIDUAL:
        lines.insert(1, f"attention      {attention}")
    elif name in PRINTED:
        lines.append(f"paper          {PRINTED[name]}")
    return lines


def found_runs(folder: Path) -> tuple[dict[Path, Run], list[str]]:
    """Every run in a folder and below it, by path, and a line for each file left out.

    Raises:
        FileNotFoundError: there is no run file.
        ValueError: none of those that there are can be read.
    """
    runs, reasons = readable_runs(folder)
    left_out = [
        f"left out: {path}: {shortened(reason)}" for path, reason in reasons.items()
    ]
    if not runs and not left_out:
        raise FileNotFoundError(f"{folder} holds no run file.")
    if not runs:
        raise ValueError(f"{folder} holds no run file that can be read; "
                         + "; ".join(left_out))
    return runs, left_out


def shortened(text: str) -> str:
    """The beginning of a long text, which may be a damaged file's."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"


def runs_table(folder: Path) -> list[str]:
    """All runs of a folder, one line each, then what is left out, and why."""
    rows = [("run", "data", "minutes", "images/s", "test error")]
    runs, left_out = found_runs(folder)
    for path, run in runs.items():
        told = run.results
        rows.append((
            path.stem, run.data.name, f"{told.minutes:.1f}",
            f"{told.images_per_second:,.0f}", figure(told.test_error, ".1%"),
        ))
    return [*aligned(rows), *left_out, f"The run files are in {folder}"]


def run_lines(name: str, folder: Path) -> list[str]:
    """The runs of one name: each one's curve and the command that repeats it.

    Raises:
        FileNotFoundError: there is none; says which is nearest.
        ValueError: none of the folder's run files can be read.
    """
    runs, left_out = found_runs(folder)
    names = sorted({run.name for run in runs.values()})
    if name not in names:
        raise FileNotFoundError("; ".join([
            f"no run in {folder} is named {name!r}." + did_you_mean(name, names)
            + f" resattn ledger lists all {len(names)}", *left_out,
        ]))
    found = [(path, run) for path, run in runs.items() if run.name == name]
    return [*(line for path, run in found for line in _one_run(path, run)), *left_out]


def _one_run(path: Path, run: Run) -> list[str]:
    results = run.results
    rows = [("step", "images", "seconds", "loss", results.curve[-1].judged[0])]
    rows += [
        (
            f"{point.step:,}", f"{point.images:,}", f"{point.seconds:,.0f}",
            figure(point.loss, ".3f"), figure(point.judged[1], ".1%"),
        )
        for point in results.curve
    ]
    return [
        f"{path.stem}: {run.data.name} ({run.data.form}), {run.environment.date}, "
        f"{run.environment.machine}",
        *aligned(rows),
        f"test error {figure(results.test_error, '.1%')} after "
        f"{results.minutes:.1f} minutes",
        *(f"changed {line}" for line in run.changes),
        how_to_repeat(run),
        f"in {path}",
        "",
    ]


def figure(value: float | None, form: str) -> str:
    """A number in one of Python's formats; a dash where a run has none."""
    return "-" if value is None else format(value, form)


def how_to_repeat(run: Run) -> str:
    """The command that repeats a run, or began an older one."""
    if run.command is None:
        return "no command repeats it: its recipe has no name"
    if run.repeatable:
        return f"to repeat it: {run.command}"
    missing = [name.rpartition("/")[2] for name in run.not_recorded]
    why = f"; not recorded: {', '.join(missing)}" if missing else ""
    return f"it was run by: {run.command}{why}"
