"""``resattn train``: a training, started in a terminal (chapter 10)."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.printable import printable
from resattn_tutorial.training import runner


def train(
    config: TrainingConfig, folder: Path | None, copy_to: Path | None = None
) -> bool:
    """Train as :func:`~resattn_tutorial.training.runner.run_training`; say what came.

    Args:
        config: what to train.
        folder: where; ``runs/<name>-seed<seed>`` if ``None``.
        copy_to: where checkpoint and run file are copied.

    Returns:
        whether it came to its end.
    """
    if folder is None:
        folder = Path("runs") / f"{config.name}-seed{config.seed}"
    run = runner.run_training(config, folder, copy_to)
    if run is None:
        print(f"The checkpoint is {folder / 'checkpoint.pt'}")
        return False
    print(printable(
        f"Test error {run.results.test_error:.2%} on {run.data.name} "
        f"({run.data.form}). The run is in {folder / run.stem}.json"
    ))
    return True
