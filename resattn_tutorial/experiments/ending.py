"""What an experiment adds to a run that has ended: each answer, responses, a probe.

The trainer keeps how often a network errs. To compare two networks item by item we
need to know where; and Figure 4 asks how strongly each stage responds. Both are read
from the run's last checkpoint.
"""

from __future__ import annotations

import base64
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.data.datasets import open_set
from resattn_tutorial.experiments.grid import run_name
from resattn_tutorial.experiments.probe import probe
from resattn_tutorial.experiments.responses import mean_responses
from resattn_tutorial.ledger.run import Run
from resattn_tutorial.metrics.classification import guessed
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork
from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.training.trained_network import load_run

# Figure 4 is about means; a thousand images give them to three digits.
RESPONSE_IMAGES = 1_000
# The share of answers that may turn; another network, or other data, moves far more.
TURNED = 0.002


def completed_run(run: Run, config: TrainingConfig, folder: Path) -> Run:
    """A run with all that an experiment needs to know of it.

    Args:
        run: as the trainer recorded it.
        config: what was trained.
        folder: the run's, with its last checkpoint.

    Raises:
        ValueError: the checkpoint's network errs clearly otherwise than the run says.
    """
    device = choose_device()
    test = open_set(config.data, "test", config.data_name)
    network, _, transform, *_ = load_run(folder)
    network.to(device, memory_format=getattr(torch, config.memory_format))
    precision = run.configuration["precision"]
    batches = test.test_batches(transform, device)
    right = (guessed(network, batches, precision) == test.labels).numpy()
    error = 1 - float(right.mean())
    # A GPU may choose other kernels than in the run, and nearly equal answers turn.
    if abs(error - run.results.test_error) > TURNED:
        raise ValueError(
            f"{run.stem} says a test error of {run.results.test_error:.4%}, its "
            f"checkpoint's network has {error:.4%}."
        )
    scores = dict(run.results.scores) | {"probe": probe(config)}
    if isinstance(network, ResidualAttentionNetwork):
        few = test._replace(
            images=test.images[:RESPONSE_IMAGES], labels=test.labels[:RESPONSE_IMAGES]
        )
        scores["response"] = mean_responses(
            network, few.test_batches(transform, device)
        )
    results = replace(run.results, scores=scores, right_answers=packed(right))
    return replace(run, name=run_name(config), results=results)


def packed(right: np.ndarray) -> str:
    """Right and wrong answers as text, eight of them a byte."""
    return base64.b64encode(np.packbits(right).tobytes()).decode()


def unpacked(text: str, count: int) -> np.ndarray:
    """The answers that :func:`packed` wrote: bool, ``(count,)``.

    Raises:
        ValueError: the text is no such answers, or holds another number of them.
    """
    try:
        held = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except ValueError as error:
        raise ValueError(f"right_answers are not packed answers: {error}.") from error
    if len(held) != -(-count // 8):
        raise ValueError(
            f"right_answers must be those of {count} images, got {len(held)} bytes."
        )
    return np.unpackbits(held, count=count).astype(bool)
