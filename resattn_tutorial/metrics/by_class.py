"""Right answers class by class (chapter 15).

The share of right answers over all images says little where classes are of unlike size
or difficulty: a network that never answers with a rare class hardly loses by it. So
each class is looked at by itself. The mean of the recalls is the balanced accuracy; on
a balanced test set it equals the share of right answers.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import (
    require_dtype,
    require_labels,
    require_values,
)
from resattn_tutorial.validation import require_count

MOST_CLASSES = 10_000


def confusion_counts(guesses: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The confusion matrix: how often each class (row) was taken for each (column).

    Args:
        guesses: the class that a network answers to each image, int64, ``(N,)``.
        labels: the true classes, int64, ``(N,)``.
        classes: how many there are.

    Returns:
        int64, ``(classes, classes)``, on the labels' device.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: the two are not as many, or a class is out of range.
    """
    require_count("classes", classes, at_most=MOST_CLASSES)
    require_labels(labels, classes)
    require_dtype("guesses", guesses, torch.int64)
    if guesses.shape != labels.shape:
        raise ValueError(
            f"guesses must have shape (N,), one for each of {len(labels)} labels, "
            f"got {tuple(guesses.shape)}."
        )
    require_values("guesses", guesses)
    outside = guesses[(guesses < 0) | (guesses >= classes)]
    if len(outside):
        found = outside[0].item()
        raise ValueError(f"guesses must be from 0 to {classes - 1}, got {found}.")
    pairs = labels * classes + guesses.to(labels.device)             # (N,)
    return pairs.bincount(minlength=classes**2).view(classes, classes)


def recall_by_class(guesses: Tensor, labels: Tensor, classes: int) -> Tensor:
    """The share of each class's images that are answered with their class.

    Args:
        guesses: as :func:`confusion_counts` takes them.
        labels: the same.
        classes: the same.

    Returns:
        float64, ``(classes,)``; NaN for a class that has no image.

    Raises:
        TypeError, ValueError: as :func:`confusion_counts`.
    """
    counts = confusion_counts(guesses, labels, classes).double()
    return counts.diagonal() / counts.sum(dim=1)
