"""What a trained network gets wrong: top-1 and top-5 error (chapter 10)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.runtime.distributed import sum_over_processes
from resattn_tutorial.runtime.precision import autocast


class Errors(NamedTuple):
    """Shares of images from 0 to 1 whose class is not the network's first guess, or
    not among its first five; the mean loss; how many images there were.
    """

    top1: float
    top5: float
    loss: float
    images: int


@torch.inference_mode()
def evaluate(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    precision: str = "float32",
) -> Errors:
    """Classify every image once, as it is, and count the errors.

    Batch norm uses its running statistics; the network's mode is put back afterwards.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``.
        batches: inputs ``(n, 3, H, W)`` and labels ``(n,)``, where the network is. Of
            several processes each gives its own images; the errors are everybody's.
        precision: what to compute in.

    Raises:
        ValueError: there is no image.
    """
    device = next(network.parameters()).device
    sums = torch.zeros(4, dtype=torch.float64)
    with in_evaluation_mode(network):
        for inputs, truth in batches:
            with autocast(device, precision):
                logits = network(inputs).float()                 # (n, classes)
            sums += torch.tensor(_counted(logits, truth))
    wrong, far, loss, images = sum_over_processes(sums.tolist(), device).tolist()
    if not images:
        raise ValueError("batches must hold at least one image, got none.")
    return Errors(wrong / images, far / images, loss / images, int(images))


@contextlib.contextmanager
def in_evaluation_mode(network: nn.Module) -> Iterator[None]:
    """Put a network, and all that it consists of, into evaluation mode, and back."""
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def _counted(logits: Tensor, truth: Tensor) -> list[float]:
    """Wrong at the first guess, wrong at all five, the summed loss, images."""
    ranked = logits.topk(min(5, logits.shape[1])).indices        # (n, 5)
    hits = ranked == truth[:, None]
    return [
        (~hits[:, 0]).sum().item(), (~hits.any(dim=1)).sum().item(),
        F.cross_entropy(logits, truth, reduction="sum").item(), len(truth),
    ]
