"""What a trained network gets wrong: top-1 and top-5 error (chapter 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.batches import WHOLE, Share
from resattn_tutorial.guards import require_count
from resattn_tutorial.precision import autocast
from resattn_tutorial.processes import sum_over_processes


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
        TypeError, ValueError: a count does not fit, or there is no image.
    """
    require_count("the number of images", len(labels))
    require_count("batch_size", batch_size)
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    sums = [0.0, 0.0, 0.0, 0.0]
    for numbers in torch.arange(share.rank, len(labels), share.count).split(batch_size):
        truth = labels[numbers.to(labels.device)].to(device)
        with autocast(device, precision):
            logits = network(batch(numbers)).float()             # (n, classes)
        ranked = logits.topk(min(5, logits.shape[1])).indices    # (n, 5)
        hits = ranked == truth[:, None]
        sums[0] += (~hits[:, 0]).sum().item()
        sums[1] += (~hits.any(dim=1)).sum().item()
        sums[2] += F.cross_entropy(logits, truth, reduction="sum").item()
        sums[3] += len(truth)
    network.train(was_training)
    wrong, far, loss, images = sum_over_processes(sums, device).tolist()
    return Errors(wrong / images, far / images, loss / images, int(images))
