"""A chapter's live training in a few steps, where what it comes to does not matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.training import runner

STEPS = 8


def shorten() -> None:
    """From now on in this process, let ``run_training`` take 8 steps on one thread.

    A chapter that imports it afterwards gets the short one.
    """
    whole = runner.run_training

    def short(config: TrainingConfig, folder: Path) -> Run:
        recipe = replace(config.recipe, steps=STEPS, milestones=(), warm_up=0)
        return whole(replace(config, recipe=recipe, threads=1), folder)

    runner.run_training = short
