"""Kill a training at random moments, let it go on, and compare it with one left alone.

Chapter 3's network learns from built-in scenes, or from photographs that worker
processes read, and writes a checkpoint after every step, so that many kills fall into
the writing of one. Each life of a run is a process group, ended after a random time by
a random signal, which goes to the training or to all of its group. At last the run's
whole checkpoint is compared with that of a run that nobody killed, bit for bit; only
seconds may differ.

This needs a system that forks, such as Linux: a process that has to load PyTorch first
would take ten seconds for each life.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from PIL import Image

from benchmarks.records import chosen, circumstances, write
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, PhotoSet, open_set
from resattn_tutorial.files import DRAFT
from resattn_tutorial.metrics.classification import Errors
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.recipes import Recipe
from resattn_tutorial.training import trainer
from resattn_tutorial.training.checkpoint import load_checkpoint

EXAMPLES = """\
examples:
  python -m benchmarks.kills
  python -m benchmarks.kills --runs 1 --kills 5 --steps 30
  python -m benchmarks.kills --photographs --runs 2
"""
CPU = torch.device("cpu")
SIGNALS = ("SIGHUP", "SIGINT", "SIGKILL", "SIGTERM")
# What each test of a run finds: to test takes time, and shows nothing here.
UNTESTED = Errors(top1=0.5, top5=0.5, loss=1.0, images=1)


class Killed(NamedTuple):
    """One life that was cut off.

    Attributes:
        signal: by which.
        group: whether all processes of its group got it, workers too.
        seconds: how long it lasted.
        step: of the checkpoint that it left; 0 if there is none yet.
        writing: whether it died while it wrote one.
    """

    signal: str
    group: bool
    seconds: float
    step: int
    writing: bool


def live(folder: Path, images: ImageSet | PhotoSet, steps: int) -> None:
    """A life of the run in a folder: begin it, or go on, to the end."""
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_DFL)     # until the trainer listens
    trainer.CHECK_EVERY = 1                          # look at the clock at every step
    torch.set_num_threads(1)
    recipe = Recipe("kills", steps, 8, 0.05, crop=images.crop, size=32)
    config = TrainingConfig("first_attention", recipe=recipe, points=3, save_every=0.0)
    network = build_network(config.network, len(images.classes), config.seed)
    batches = images.loader(recipe, config.seed, CPU)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        trainer.Trainer(network, batches, lambda: UNTESTED, config, folder).run()


def write_photographs(root: Path, count: int = 80) -> PhotoSet:
    """Noise of 70 by 90 pixels, as files of two classes, to be read by workers."""
    draw = np.random.default_rng(0)
    for number in range(count):
        folder = root / "train" / ("ant", "bee")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(256, size=(70, 90, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return open_set(root, "train")


def draft_of(folder: Path) -> int | None:
    """When the checkpoint that is being written was last changed; ``None`` if none is.
    """
    drafts = [path for path in folder.glob(".*") if DRAFT.fullmatch(path.name)]
    return max((draft.stat().st_mtime_ns for draft in drafts), default=None)


def one_kill(life: Any, folder: Path, after: float, by: str, group: bool) -> Killed:
    """Start a life and end it by a signal, if it has not ended by then."""
    before = draft_of(folder)
    life.start()
    life.join(after)
    if life.exitcode is None:
        with suppress(ProcessLookupError):           # it ends just now, or has no group
            (os.killpg if group else os.kill)(life.pid, getattr(signal, by))
    life.join()
    # Asked politely, it saves and ends well; before it listens, it dies.
    if life.exitcode not in (0, -getattr(signal, by)):
        raise RuntimeError(f"a life ended by itself, with status {life.exitcode}.")
    path = folder / "checkpoint.pt"
    step = load_checkpoint(path)["step"] if path.exists() else 0
    writing = draft_of(folder) not in (None, before)
    return Killed(by, group, round(after, 4), step, writing)


def content(folder: Path) -> dict[str, Any]:
    """A run's checkpoint, without the seconds, which no two runs share."""
    state = load_checkpoint(folder / "checkpoint.pt")
    del state["seconds"], state["testing"]
    state["curve"] = [point[:2] + point[3:] for point in state["curve"]]
    return state


def same(ours: Any, theirs: Any) -> bool:
    """Whether two checkpoints hold the same bits."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(
            same(part, theirs[name]) for name, part in ours.items()
        )
    if isinstance(ours, (list, tuple)):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, torch.Tensor):
        return torch.equal(ours, theirs)
    return ours == theirs


def one_run(
    images: ImageSet | PhotoSet, options: argparse.Namespace, seed: int, root: Path
) -> dict[str, Any]:
    """A run left alone, one that is killed again and again, and the comparison."""
    fork, draw = multiprocessing.get_context("fork"), random.Random(seed)

    def life(folder: Path) -> Any:
        return fork.Process(target=live, args=(folder, images, options.steps))

    alone, often = root / f"alone{seed}", root / f"killed{seed}"
    began, whole = time.monotonic(), life(alone)
    whole.start()
    whole.join()
    # Half of the time that is needed, so that all kills come before the end.
    longest = (time.monotonic() - began) / options.kills
    moments = [draw.uniform(0, longest) for _ in range(options.kills)]
    kills = [
        one_kill(
            life(often), often, after, draw.choice(options.signals), draw.random() < 0.5
        )
        for after in moments
    ]
    last = life(often)
    last.start()
    last.join()
    found = [content(folder) for folder in (often, alone)]
    return {
        "seed": seed, "photographs": isinstance(images, PhotoSet),
        "kills": [kill._asdict() for kill in kills],
        "step": found[0]["step"], "identical": same(*found),
    }


def report(runs: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each run, and one for all."""
    lines = [
        f"run {run['seed']} on {'photographs' if run['photographs'] else 'scenes'}: "
        f"killed {len(run['kills'])} times, "
        f"{sum(kill['writing'] for kill in run['kills'])} of them while it wrote a "
        f"checkpoint; after step {run['step']} "
        f"{'identical' if run['identical'] else 'NOT identical'}"
        for run in runs
    ]
    kills = [kill for run in runs for kill in run["kills"]]
    by = Counter(kill["signal"] for kill in kills)
    told = ", ".join(f"{by[name]} {name}" for name in sorted(by))
    return [*lines, (
        f"{len(kills)} kills ({told}; "
        f"{sum(kill['group'] for kill in kills)} of the whole group), "
        f"{sum(kill['writing'] for kill in kills)} while writing; "
        f"{sum(run['identical'] for run in runs)} of {len(runs)} runs identical"
    )]


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="where to write the result, as JSON")
    parser.add_argument(
        "--photographs", action="store_true", help="learn from files, with workers"
    )
    parser.add_argument(
        "--signals", nargs="+", choices=SIGNALS, default=SIGNALS, help="(default all)"
    )
    parser.add_argument("--runs", type=int, default=3, help="(default 3)")
    parser.add_argument("--kills", type=int, default=20, help="of a run (default 20)")
    parser.add_argument("--steps", type=int, default=200, help="(default 200)")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Kill, compare, tell; the status is 1 if a run came out otherwise."""
    options = read_options(words)
    torch.set_num_threads(1)                         # no threads: the children fork
    torch.optim.SGD([torch.zeros(1)], 0.1)           # the first one takes seconds
    with tempfile.TemporaryDirectory() as root:
        if options.photographs:
            images = write_photographs(Path(root) / "photographs")
        else:
            images = open_set("builtin", "train")
            images = images._replace(
                images=images.images[:500], labels=images.labels[:500]
            )
        runs = [one_run(images, options, k, Path(root)) for k in range(options.runs)]
    lines = report(runs)
    print("\n".join(lines))
    if options.out:
        settings = chosen(options, "runs", "kills", "steps", "signals") | {"threads": 1}
        told = circumstances("kills", settings, CPU)
        write(options.out, told | {"report": lines, "measured": runs})
    return 0 if all(run["identical"] for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
