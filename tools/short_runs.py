"""A chapter's live training in a few steps, where what it comes to does not matter.

The text of this module is itself the cell that a notebook begins with, so that it also
works where these tools are not: it imports the package alone.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.training import runner

STEPS = 8
# What these chapters train while they run shows nothing of an answer or of versions,
# and is slow.
LIVE = ("05", "06", "07", "14", "15")


def shorten() -> None:
    """From now on in this process, let ``run_training`` take 8 steps on one thread.

    A chapter that imports it afterwards gets the short one.
    """
    whole = runner.run_training

    def short(config: TrainingConfig, folder: Path) -> Run:
        recipe = replace(config.recipe, steps=STEPS, milestones=(), warm_up=0)
        return whole(replace(config, recipe=recipe, threads=1), folder)

    runner.run_training = short


def first_cell(name: str) -> str:
    """The cell that shortens the training of a chapter or notebook; or nothing.

    Args:
        name: of the file, which begins with the chapter's number.
    """
    text = Path(__file__).read_text(encoding="utf-8")
    return f"{text}\n\nshorten()" if name.startswith(LIVE) else ""
