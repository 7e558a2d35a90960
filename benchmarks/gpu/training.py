"""A real training in the time that is left: Attention-92 by the paper's recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.gpu.machine import LARGE, Machine
from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.recipes import find_recipe
from resattn_tutorial.training.runner import run_training

NAME = "CIFAR-10, JPEG q75"
# Seconds for images, tests, and what comes home.
ASIDE = 45.0


def steps_for(machine: Machine, found: dict[str, Any]) -> int:
    """How many steps of the large network fit into the time that is left."""
    if machine.dry:
        return 12
    ways = found.get("table", {})
    paces = [
        told["ms"] for way, told in ways.items()
        if way.startswith(LARGE) and way.endswith("graph")
    ]
    possible = (machine.left - ASIDE) * 1e3 / min(paces, default=12.0)
    return int(min(160_000, max(1_000, possible)) // 1_000 * 1_000)


def train(
    machine: Machine, found: dict[str, Any], folder: Path, images: str | None
) -> dict[str, Any]:
    """Train, or go on where an earlier call ended; tell what came of it.

    Args:
        machine: where.
        found: what the parts before have told.
        folder: where checkpoint and run file go.
        images: a folder of images; the built-in scenes without one.
    """
    paper = find_recipe("paper-cifar", steps_for(machine, found), machine.batch)
    run = run_training(TrainingConfig(
        machine.name(LARGE), images or "builtin", paper,
        data_name=NAME if images else None, points=machine.many(10),
    ), folder)
    told = run.results
    return {
        "steps": paper.steps, "precision": run.configuration["precision"],
        "test error": told.test_error, "minutes": told.minutes,
        "images/s": told.images_per_second, "data": run.data.name,
        "curve": [list(point) for point in told.curve],
    }
