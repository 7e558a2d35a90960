"""What a trained network gets wrong: top-1 and top-5 error (chapter 10)."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.runtime.distributed import WHOLE, Share, sum_over_processes
from resattn_tutorial.runtime.precision import autocast
from resattn_tutorial.validation import require_count


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
    batch: Callable[[Tensor], Tensor],
    labels: Tensor,
    *,
    precision: str = "float32",
    batch_size: int = 250,
    share: Share = WHOLE,
) -> Errors:
    """Classify every image once, as it is, and count the errors.

    Batch norm uses its running statistics; the network's mode is put back afterwards.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``.
        batch: gives the inputs of some images by their numbers ``(n,)``, where the
            network is.
        labels: classes of all images, ``(N,)``.
        precision: what to compute in.
        batch_size: images at a time.
        share: which part of the images this process looks at; errors are everybody's.

    Raises:
        TypeError, ValueError: a count does not fit, or a process has no image.
    """
    require_count("the number of images", len(labels), at_least=share.count)
    require_count("batch_size", batch_size)
    device = next(network.parameters()).device
    ours = torch.arange(share.rank, len(labels), share.count)
    sums = torch.zeros(4, dtype=torch.float64)
    with in_evaluation_mode(network):
        for numbers in ours.split(batch_size):
            truth = labels[numbers.to(labels.device)].to(device)
            with autocast(device, precision):
                logits = network(batch(numbers)).float()     # (n, classes)
            sums += torch.tensor(_counted(logits, truth))
    joined = sum_over_processes(sums.tolist(), device)
    wrong, far, loss, images = joined.tolist()
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
