"""An experiment of seconds, for the queue's tests; its children run this module."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data import datasets
from resattn_tutorial.experiments import queue
from resattn_tutorial.experiments.declaration import Claim, Experiment
from resattn_tutorial.experiments.grid import key_of_run
from resattn_tutorial.recipes import find_recipe

SCENES = {
    "train": 40, "test": 30, "large test": 50, "search": 40, "validation": 20,
}
RECIPE = find_recipe("mini", steps=4, batch_size=8)
BASE = TrainingConfig(
    "mini1", data="builtin-large", recipe=RECIPE, precision="float32", threads=1,
    points=4, save_every=0.001,
)


def tiny(rates: tuple[float, ...] = (0.1, 0.2), seeds: int = 3) -> Experiment:
    """Naive beside residual: with two rates and three seeds, ten runs."""
    return Experiment(
        "tiny", "Table 3", "Is it quick?", "mini", BASE,
        {"residual": {}, "naive": {"attention": "naive"}}, seeds=seeds, rates=rates,
        claims=(Claim("residual errs less than naive", "residual", "naive"),),
    )


def work(folder: Path, shard: tuple[int, int] = (1, 1)) -> bool:
    """Run the tiny experiment; each run that is recorded adds a line to ``log``."""
    datasets.SCENES, queue.PATIENCE = SCENES, 0.05
    torch.set_num_threads(1)
    write = queue.write_run

    def written(run, where):
        path = write(run, where)
        with (where / "log").open("a") as log:
            log.write(f"{key_of_run(run)}\n")
        return path

    queue.write_run = written
    return queue.run_missing([tiny()], folder, shard)


if __name__ == "__main__":
    sys.exit(0 if work(Path(sys.argv[1])) else 1)
