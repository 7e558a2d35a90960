"""What the file of the GPU's measurements says, as tables in Markdown.

``benchmarks/gpu.json`` is written by ``python -m benchmarks.gpu``. The directive
``gpu`` shows one of ``TABLES`` on the page *On a GPU*.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tools.settings import ROOT

FILE = "benchmarks/gpu.json"
LARGE, MIDDLE = "cifar_attention92", "cifar_attention56"
# With a hyphen at which no line breaks.
NETWORKS = {LARGE: "Attention\u201192", MIDDLE: "Attention\u201156"}
# What each proof asks, in a reader's words.
PROOFS = {
    "inputs": "Does the network see what it sees on a CPU: the same colours, windows "
    "and mirrors?",
    "parity": "Are gradients and running statistics those of float64 on a CPU?",
    "finite": "Do a hundred steps at the paper's rate stay finite in 16 bits?",
    "graphs": "Are replayed steps as near to plain ones as these are to themselves?",
    "graphs_exact": "With `--deterministic`, are replayed steps the plain ones bit for "
    "bit?",
    "memory": "Does a training that runs out of memory go on with micro-batches?",
    "resumed": "Does a run go on from either kind of step with either kind?",
    "uncapturable": "Is a network that no graph can hold refused with the reason?",
    "deterministic": "With `--deterministic`, do two runs, and one that was cut, agree "
    "bit for bit?",
    "torchrun": "Does torchrun train with one process, and refuse two on one GPU?",
}


class GpuError(ValueError):
    """The file lacks something that a table needs."""


def read_found(root: Path = ROOT) -> dict[str, Any]:
    """The whole file."""
    return json.loads((root / FILE).read_text(encoding="utf-8"))


def row(*cells: Any) -> str:
    """A row of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def table(head: tuple[str, ...], rows: list[tuple]) -> str:
    """A table; all columns but the first are numbers, and stand to the right."""
    line = row(":---", *["---:"] * (len(head) - 1))
    return "\n".join([row(*head), line, *(row(*cells) for cells in rows)])


def proofs(told: dict[str, Any]) -> str:
    """Each question and its answer, if the script asked it already."""
    answers = {True: "yes", False: "**no**"}
    found = told["found"]
    rows = [
        (ask, answers[found[name]["holds"]])
        for name, ask in PROOFS.items() if name in found
    ]
    return table(("Question", "Answer"), rows)


def steps(told: dict[str, Any]) -> str:
    """A training step, operation by operation and replayed."""
    found, rows = told["found"]["table"], []
    for name, shown in NETWORKS.items():
        for precision in ("float32", "bfloat16", "float16"):
            eager, graph = (
                found[f"{name}, {precision}, {way}"] for way in ("eager", "graph")
            )
            rows.append((
                shown, precision, f"{eager['ms']:.1f}", f"{graph['ms']:.1f}",
                f"{eager['ms'] / graph['ms']:.1f}", f"{graph['images/s']:,}",
                f"{graph['160,000 steps, minutes']:.0f}",
            ))
    return table((
        "Network", "Computed in", "Plain, ms", "Replayed, ms", "Ratio",
        "Images a second, replayed", "160,000 steps, minutes",
    ), rows)


def sizes(told: dict[str, Any]) -> str:
    """Images a second by the size of the batch."""
    found = told["found"]["sizes"]
    batches = (64, 128, 256, 512, 1024)
    rows = [
        (batch, *(
            f"{found[way]['images/s']:,}" if way in found else "not measured"
            for way in (f"{name}, bfloat16, batch {batch}" for name in NETWORKS)
        ))
        for batch in batches
    ]
    return table(("Batch", *NETWORKS.values()), rows)


def gradients(told: dict[str, Any]) -> str:
    """How far gradients are from float64's."""
    found = told["found"]["parity"]["beside float64"]
    rows = [
        (way, f"{one['gradients']:.4f}", f"{one['statistics']:.0e}")
        for way, one in found.items()
    ]
    return table(("Computed in", "Gradients", "Running statistics"), rows)


def tried(told: dict[str, Any]) -> str:
    """What was tried to make a replayed step faster, beside the step as it is."""
    found = told["found"]
    usual = found["variants"]["bfloat16, as it is"]["ms"]
    middle = found["table"]["cifar_attention56, bfloat16, graph"]["ms"]
    cudnn = found["table"]
    name = "cifar_attention92, bfloat16, graph"
    rows = [
        (change, shown, f"{before:.1f}", f"{after:.1f}")
        for change, shown, before, after in (
            ("values channel by channel (NCHW)", NETWORKS[LARGE], usual,
             found["variants"]["bfloat16, NCHW"]["ms"]),
            ("mask and trunk at the same time", NETWORKS[LARGE], usual,
             found["variants"]["bfloat16, mask and trunk at the same time"]["ms"]),
            ("batches that batch norm does not count", NETWORKS[LARGE], usual,
             found["variants"]["bfloat16, batches not counted"]["ms"]),
            ("cuDNN tries its kernels first", NETWORKS[LARGE], cudnn[name]["ms"],
             cudnn[f"{name}, cudnn.benchmark"]["ms"]),
            (f"`--compile`, after {found['compile']['compiling, s']:.0f} s",
             NETWORKS[MIDDLE], middle, found["compile"]["ms"]),
        )
    ]
    return table(("Change", "Network", "As it is, ms", "With it, ms"), rows)


def machine(told: dict[str, Any]) -> str:
    """Card, versions, day, in a sentence."""
    seen, rates = told["environment"], told["found"]["ceilings"]
    asked, card = rates["microseconds"], rates["card"]
    others = [part["card"] for part in told["found"].values() if part["card"] != card]
    besides = f"; {len(others)} of the answers below come from one {others[0]}"
    return (
        f"Measured on one {card}, {seen['date']}, with PyTorch {seen['torch']} and "
        f"Python {seen['python']}{besides if others else ''}. The card multiplies "
        f"large bfloat16 matrices at {rates['rates']['bfloat16'] / 1e12:.0f} TFLOP/s "
        f"and copies {rates['rates']['copy'] / 1e12:.1f} TB/s. One small operation "
        f"takes it {asked['alone']:.1f} µs if Python asks for each, and "
        f"{asked['in a graph']:.1f} µs in a graph."
    )


TABLES: dict[str, Callable[[dict[str, Any]], str]] = {
    part.__name__: part
    for part in (machine, proofs, steps, sizes, gradients, tried)
}


def as_myst(name: str, root: Path = ROOT) -> str:
    """One of the tables.

    Raises:
        GpuError: there is none of this name, or the file lacks a number of it.
    """
    if name not in TABLES:
        raise GpuError(f"gpu shows one of {', '.join(TABLES)}, not {name!r}")
    try:
        return TABLES[name](read_found(root))
    except KeyError as error:
        raise GpuError(f"{FILE} lacks {error} for {name}") from error
