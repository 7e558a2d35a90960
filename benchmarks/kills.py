"""Kill a training at random moments, let it go on, and compare it with one left alone.

Chapter 3's network learns from built-in scenes, and writes a checkpoint after every
step, so that many kills fall into the writing of one. Each life of a run is a process,
ended by SIGKILL after a random time. At last the run's whole checkpoint is compared
with that of a run that nobody killed, bit for bit; only seconds may differ.

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
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import torch

from benchmarks.records import chosen, circumstances, write
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import ImageSet, open_set
from resattn_tutorial.data.loaders import ByteBatches
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
"""
CPU = torch.device("cpu")
# What each test of a run finds: to test takes time, and shows nothing here.
UNTESTED = Errors(top1=0.5, top5=0.5, loss=1.0, images=1)


class Killed(NamedTuple):
    """One life that was cut off.

    Attributes:
        seconds: how long it lasted.
        step: of the checkpoint that it left; 0 if there is none yet.
        writing: whether it died while it wrote one.
    """

    seconds: float
    step: int
    writing: bool


def live(folder: Path, images: ImageSet, steps: int) -> None:
    """A life of the run in a folder: begin it, or go on, to the end."""
    trainer.CHECK_EVERY = 1                          # look at the clock at every step
    torch.set_num_threads(1)
    recipe = Recipe("kills", steps, batch_size=8, learning_rate=0.05)
    config = TrainingConfig("first_attention", recipe=recipe, points=3, save_every=0.0)
    network = build_network(config.network, len(images.classes), config.seed)
    batches = ByteBatches(images, recipe.batch_size, config.seed, CPU)
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        trainer.Trainer(network, batches, lambda: UNTESTED, config, folder).run()


def draft_of(folder: Path) -> int | None:
    """When the checkpoint that is being written was last changed; ``None`` if none is.
    """
    drafts = [path for path in folder.glob(".*") if DRAFT.fullmatch(path.name)]
    return max((draft.stat().st_mtime_ns for draft in drafts), default=None)


def one_kill(life: Any, folder: Path, after: float) -> Killed | None:
    """Start a life and kill it; ``None`` if it came to its end before."""
    before = draft_of(folder)
    life.start()
    life.join(after)
    life.kill()
    life.join()
    if life.exitcode == 0:
        return None
    if life.exitcode != -signal.SIGKILL:
        raise RuntimeError(f"a life ended by itself, with status {life.exitcode}.")
    path = folder / "checkpoint.pt"
    step = load_checkpoint(path)["step"] if path.exists() else 0
    return Killed(round(after, 4), step, draft_of(folder) not in (None, before))


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
    images: ImageSet, options: argparse.Namespace, seed: int, root: Path
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
    kills = [one_kill(life(often), often, after) for after in moments]
    last = life(often)
    last.start()
    last.join()
    found = [content(folder) for folder in (often, alone)]
    return {
        "seed": seed, "kills": [kill._asdict() for kill in kills if kill],
        "step": found[0]["step"], "identical": same(*found),
    }


def report(runs: Sequence[dict[str, Any]]) -> list[str]:
    """A line for each run, and one for all."""
    lines = [
        f"run {run['seed']}: killed {len(run['kills'])} times, "
        f"{sum(kill['writing'] for kill in run['kills'])} of them while it wrote a "
        f"checkpoint; after step {run['step']} "
        f"{'identical' if run['identical'] else 'NOT identical'}"
        for run in runs
    ]
    kills = [kill for run in runs for kill in run["kills"]]
    return [*lines, (
        f"{len(kills)} kills, {sum(kill['writing'] for kill in kills)} while writing; "
        f"{sum(run['identical'] for run in runs)} of {len(runs)} runs identical"
    )]


def read_options(words: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.kills", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, help="where to write the result, as JSON")
    parser.add_argument("--runs", type=int, default=3, help="(default 3)")
    parser.add_argument("--kills", type=int, default=20, help="of a run (default 20)")
    parser.add_argument("--steps", type=int, default=200, help="(default 200)")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Kill, compare, tell; the status is 1 if a run came out otherwise."""
    options = read_options(words)
    torch.set_num_threads(1)                         # no threads: the children fork
    torch.optim.SGD([torch.zeros(1)], 0.1)           # the first one takes seconds
    images = open_set("builtin", "train")
    images = images._replace(images=images.images[:500], labels=images.labels[:500])
    with tempfile.TemporaryDirectory() as root:
        runs = [one_run(images, options, k, Path(root)) for k in range(options.runs)]
    lines = report(runs)
    print("\n".join(lines))
    if options.out:
        settings = chosen(options, "runs", "kills", "steps") | {"threads": 1}
        told = circumstances("kills", settings, CPU)
        write(options.out, told | {"report": lines, "measured": runs})
    return 0 if all(run["identical"] for run in runs) else 1


if __name__ == "__main__":
    sys.exit(main())
