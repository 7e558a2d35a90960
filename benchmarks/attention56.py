"""Time and peak memory of our Attention-56 beside pytorchcv's ``resattnet56``.

What is measured is a training step, forward and backward, at 224 x 224 pixels. Every
variant runs in a process of its own, and the processes take turns; only what comes
from one run is compared. The machine's rate at plain matrix products is measured in
between, as the scale for both.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks import judging, measuring
from benchmarks.judging import Results
from benchmarks.records import chosen, circumstances, write
from benchmarks.variants import (
    BFLOAT16,
    FLOAT32,
    OURS,
    SHIPPED,
    Variant,
    build,
    prepare,
    variant_named,
)

EXAMPLES = """\
examples:
  python -m benchmarks.attention56 --out benchmarks/attention56.json
  python -m benchmarks.attention56 --quick
It needs Linux, and pytorchcv from PyPI. Nothing else should run beside it.
"""


def work(task: str, batch: int, steps: int) -> dict[str, float]:
    """What one process does, by the task's name (see ``collect``)."""
    if task == "matrix products":
        return measuring.matrix_rates()
    kind, _, name = task.partition(": ")
    variant = variant_named(name)
    network = prepare(build(variant.network), variant)
    step = measuring.stepper(network, variant, batch)
    if kind == "kept":
        return {"MB": measuring.kept_for_backward(network, step)}
    if kind == "profile":
        return measuring.profile(step)
    return measuring.measure(step, steps)


def in_process(task: str, options: argparse.Namespace) -> dict[str, float]:
    """Let a new process do one task."""
    print(f"  {task}", flush=True)
    words = [sys.executable, "-m", "benchmarks.attention56", "--task", task]
    words += ["--batch", str(options.batch), "--steps", str(options.steps)]
    threads = {"OMP_NUM_THREADS": str(options.threads)}
    done = subprocess.run(
        words, env=os.environ | threads, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def collect(variants: Sequence[Variant], options: argparse.Namespace) -> Results:
    """Every task's results: one a round, every second round in reverse order."""
    tasks = ["matrix products", *(f"step: {variant}" for variant in variants)]
    found: Results = {task: [] for task in tasks}
    for k in range(options.rounds):
        print(f"round {k + 1} of {options.rounds}", flush=True)
        for task in tasks[:: -1 if k % 2 else 1]:
            found[task].append(in_process(task, options))
    for task in (f"kept: {SHIPPED}", f"kept: {OURS}", f"profile: {OURS}"):
        found[task] = [in_process(task, options)]
    return found


def record(found: Results, lines: list[str], options: argparse.Namespace) -> dict:
    """All that is needed to read the result later."""
    settings = chosen(options, "batch", "steps", "rounds", "threads")
    packages = "pytorchcv", "torchvision"
    told = circumstances("attention56", settings, torch.device("cpu"), packages)
    return told | {"report": lines, "measured": found}


def has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 matrices itself."""
    words = Path("/proc/cpuinfo").read_text().split()
    return not {"avx512_bf16", "amx_bf16", "bf16"}.isdisjoint(words)


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.attention56",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="where to write the result, as JSON")
    parser.add_argument("--batch", type=int, default=4, help="images (default 4)")
    parser.add_argument("--steps", type=int, default=5, help="timed steps (default 5)")
    parser.add_argument("--rounds", type=int, default=5, help="(default 5)")
    parser.add_argument("--threads", type=int, default=2, help="(default 2)")
    parser.add_argument("--quick", action="store_true", help="one round, one image")
    parser.add_argument("--task", help="used by the script itself: one process's work")
    options = parser.parse_args(words)
    if options.quick:
        options.batch = options.steps = options.rounds = 1
    return options


def main(words: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    options = read_options(words)
    if options.task:
        print(json.dumps(work(options.task, options.batch, options.steps)))
        return
    build("theirs")  # or say at once that it is not installed
    variants = FLOAT32 + BFLOAT16 if has_bfloat16() else FLOAT32
    found = collect(variants, options)
    lines = judging.table(variants, options.batch, found)
    lines += ["", *judging.judge(variants, found), "", *judging.holds(found)]
    print("\n".join(["", *lines]))
    if options.out:
        write(options.out, record(found, lines, options))


if __name__ == "__main__":
    main()
