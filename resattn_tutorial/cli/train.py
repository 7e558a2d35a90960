"""A training, started from words typed in a terminal (chapter 10)."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from resattn_tutorial.recipes import Recipe, find_recipe
from resattn_tutorial.training import runner
from resattn_tutorial.training.plans import Experiment


def chosen_recipe(
    name: str,
    steps: int | None = None,
    batch_size: int | None = None,
    learning_rate: float | None = None,
) -> Recipe:
    """A recipe by its name, and what is to differ from it.

    Raises:
        ValueError: there is no such recipe, or a number cannot be.
    """
    recipe = find_recipe(name)
    if steps is not None:
        recipe = recipe.lasting(steps)
    other = {"batch_size": batch_size, "learning_rate": learning_rate}
    return replace(recipe, **{k: v for k, v in other.items() if v is not None})


def preparation(
    compiled: bool, synchronised: bool, shares: int = 1
) -> Callable[[nn.Module], nn.Module]:
    """What a trainer does to the network before it runs.

    Args:
        compiled: whether ``torch.compile`` makes it faster.
        synchronised: whether batch norm takes its mean over all processes' images.
        shares: parts of a batch. CUDA graphs reuse the memory of their outputs, so
            gradients cannot add up in it: several shares are compiled without graphs.

    Raises:
        ValueError: batch norm cannot be synchronised here.
    """
    alone = int(os.environ.get("WORLD_SIZE", "1")) < 2
    if synchronised and (alone or not torch.cuda.is_available()):
        raise ValueError(
            "sync-batch-norm needs several processes with a GPU each, started by "
            f"torchrun; got {'one process' if alone else 'processes without a GPU'}."
        )

    def prepare(network: nn.Module) -> nn.Module:
        if synchronised:
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        if compiled:
            on_gpu = next(network.parameters()).is_cuda
            graphs = on_gpu and shares == 1
            network = torch.compile(network, mode="reduce-overhead" if graphs else None)
        return network

    return prepare


def make_deterministic() -> None:
    """Ask torch for operations that give the same bits every time, and say so."""
    # cuBLAS reads it once, at its first use.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    print("Deterministic: the same bits on the same hardware, at some cost of time.")


def train(
    experiment: Experiment, folder: Path | None, threads: int | None, **how: Any
) -> bool:
    """Train as :func:`~resattn_tutorial.training.runner.train_named`; say what came.

    Args:
        experiment: what to train.
        folder: where; ``runs/<name>-seed<seed>`` if ``None``.
        threads: of the processor; ``None`` leaves the choice to torch.
        how: further arguments of ``train_named``.

    Returns:
        whether it came to its end.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    stem = f"{experiment.name}-seed{experiment.seed}"
    folder = Path("runs") / stem if folder is None else folder
    run = runner.train_named(experiment, folder, **how)
    if run is None:
        print(f"The checkpoint is {folder / 'checkpoint.pt'}")
        return False
    print(
        f"Test error {run['results']['test error']:.2%} on {run['data']['name']} "
        f"({run['data']['form']}). The run is in {folder / stem}.json"
    )
    return True
