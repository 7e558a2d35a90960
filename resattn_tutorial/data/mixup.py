"""Mixup: two training images and their labels, mixed in one ratio.

Not the paper's. It is that of Zhang, Cisse, Dauphin and Lopez-Paz, "mixup: beyond
empirical risk minimization", ICLR 2018, arXiv:1710.09412. Of two images the network is
shown ``share * one + (1 - share) * other``, and is asked for the same mixture of their
labels. As there, the share is drawn from Beta(alpha, alpha), once for each batch.

There each image is mixed with another one of the batch, at random. The order of our
batches is random already, so each is mixed with its neighbour: the first with the
second and the second with the first, and so on. No pair lies in two processes then, and
several processes that share a batch mix it as one does.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import (
    require_batch,
    require_features,
    require_labels,
)
from resattn_tutorial.validation import (
    require_count,
    require_number,
    require_ratio,
    require_seed,
)

# Apart from all else that a seed and a step draw.
STREAM = 0x85EBCA6B


def draw_share(alpha: float, seed: int, step: int) -> float:
    """In which ratio a step's images are mixed, from Beta(alpha, alpha): 0 to 1.

    It depends on these three numbers only. NumPy has promised that this generator's
    numbers stay the same from version to version.

    Args:
        alpha: from 0.001 to 1,000; at 1 all ratios are equally likely, below that those
            near 0 and 1 are likelier.
        seed: from 0 to ``2**32 - 1``.
        step: counted from 0.

    Raises:
        TypeError, ValueError: a number is invalid.
    """
    require_number("alpha", alpha, at_least=1e-3, at_most=1e3)
    require_seed(seed)
    require_count("step", step, at_least=0, at_most=2**40)
    high, low = divmod(step, 2**32)
    return float(np.random.RandomState([STREAM, seed, high, low]).beta(alpha, alpha))


def mix(
    inputs: Tensor, labels: Tensor, share: float, classes: int
) -> tuple[Tensor, Tensor]:
    """A batch in which each image is mixed with its neighbour, and so are the labels.

    Args:
        inputs: ``(N, C, H, W)``, an even number of them.
        labels: int64, ``(N,)``.
        share: how much of each image stays; the rest is its neighbour's.
        classes: how many there are.

    Returns:
        inputs of the same shape; and how much of each class is in them,
        ``(N, classes)``, of the inputs' type: each row sums to 1.

    Raises:
        TypeError, ValueError: the number of images is odd, or an argument is of another
            kind or shape.
    """
    require_features("inputs", inputs)
    require_batch(inputs, labels)
    require_count("the number of inputs to mix", len(inputs), multiple_of=2)
    require_ratio("share", share)
    require_count("classes", classes)
    if labels.is_cpu:                                # on a GPU to look would be to wait
        require_labels(labels, classes)
    parts = labels[:, None] == torch.arange(classes, device=labels.device)
    return _mixed(inputs, share), _mixed(parts.to(inputs.dtype), share)


def _mixed(values: Tensor, share: float) -> Tensor:
    """Each value with its neighbour's: 0 and 1, 2 and 3, and so on; ``(N, ...)``."""
    neighbours = values.unflatten(0, (-1, 2)).flip(1).flatten(0, 1)
    return share * values + (1 - share) * neighbours
