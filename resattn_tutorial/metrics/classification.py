"""What a trained network gets wrong: top-1 and top-5 error (chapter 10)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.runtime.distributed import sum_over_processes
from resattn_tutorial.runtime.memory import InParts
from resattn_tutorial.runtime.precision import autocast, strict_float32
from resattn_tutorial.tensor_validation import (
    device_of,
    require_batch,
    require_labels,
    require_network,
)
from resattn_tutorial.validation import require_sequence


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

    Batch norm uses its running statistics; each part of the network has its own mode
    back afterwards. A batch that does not fit into memory goes through in parts.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``.
        batches: inputs ``(n, 3, H, W)`` and labels ``(n,)``, where the network is. Of
            several processes each gives its own images; the errors are everybody's.
        precision: what to compute in.

    Raises:
        TypeError: an argument is of another kind, or the labels are not int64.
        ValueError: there is no image, no such precision, a label is none of the
            network's classes.
    """
    device = device_of(network)
    require_batches(batches)
    sums = torch.zeros(4, dtype=torch.float64)
    fitting = InParts(network, device)
    with in_evaluation_mode(network):
        for batch in batches:
            inputs, truth = require_sequence("a batch", batch, 2)
            require_batch(inputs, truth)
            with strict_float32(precision), autocast(device, precision):
                logits = fitting(inputs).float()                 # (n, classes)
            require_logits(logits, truth)
            sums += torch.tensor(_counted(logits, truth), dtype=torch.float64)
    wrong, far, loss, images = sum_over_processes(sums.tolist(), device).tolist()
    if not images:
        raise ValueError("batches must hold at least one image, got none.")
    return Errors(wrong / images, far / images, loss / images, int(images))


@torch.inference_mode()
def guessed(
    network: nn.Module,
    batches: Iterable[tuple[Tensor, Tensor]],
    precision: str = "float32",
) -> Tensor:
    """The class that a network answers to each image, in their order: ``(N,)``.

    Args:
        network: maps ``(N, 3, H, W)`` to ``(N, classes)``; it keeps its mode.
        batches: inputs ``(n, 3, H, W)`` and labels, which are not looked at.
        precision: what to compute in.
    """
    found = []
    with in_evaluation_mode(network), strict_float32(precision):
        for inputs, _ in batches:
            with autocast(inputs.device, precision):
                found.append(network(inputs).argmax(dim=1).cpu())
    return torch.cat(found)


@contextlib.contextmanager
def in_evaluation_mode(network: nn.Module) -> Iterator[None]:
    """Inside, all parts of a network are in evaluation mode.

    Afterwards each is in the mode that it was in: what the caller froze stays frozen.
    """
    require_network(network)
    training = [module for module in network.modules() if module.training]
    network.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def require_batches(batches: Iterable[tuple[Tensor, Tensor]]) -> None:
    """Refuse with a TypeError what gives no pairs of inputs and labels."""
    wrong = isinstance(batches, (str, bytes, Tensor, Mapping))
    if wrong or not isinstance(batches, Iterable):
        kind = type(batches).__name__
        raise TypeError(f"batches must give pairs of inputs and labels, got {kind}.")


def require_logits(logits: Tensor, truth: Tensor) -> None:
    """Refuse answers that are no number for each class, and labels of no class.

    Raises:
        ValueError: says what came.
    """
    if logits.dim() != 2 or len(logits) != len(truth):
        raise ValueError(
            f"network must give (n, classes) for {len(truth)} inputs, "
            f"got {tuple(logits.shape)}."
        )
    require_labels(truth, logits.shape[1])


def _counted(logits: Tensor, truth: Tensor) -> list[float]:
    """Wrong at the first guess, wrong at all five, the summed loss, images.

    The loss is computed in float64: in float32 its last digits would depend on how
    images are divided into batches and over processes.
    """
    ranked = logits.topk(min(5, logits.shape[1])).indices        # (n, 5)
    hits = ranked == truth[:, None]
    exact = logits.cpu().double()                                # MPS has no float64
    return [
        (~hits[:, 0]).sum().item(), (~hits.any(dim=1)).sum().item(),
        F.cross_entropy(exact, truth.cpu(), reduction="sum").item(), len(truth),
    ]
