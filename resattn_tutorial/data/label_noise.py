"""Label noise: training labels that are changed at random, as in the paper (chapter 9).

With the ratio ``noise`` a label becomes one of the other classes, each as likely as the
next; otherwise it stays as it is. Equation 7 writes this as a matrix, with the ratio of
clean labels ``r = 1 - noise``. The paper does not say whether labels are drawn once or
anew in every epoch, nor whether the number of noisy ones is exact. Here every label is
drawn by itself, once, from the seed.
"""

from __future__ import annotations

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_labels
from resattn_tutorial.validation import require_count, require_ratio, require_seed


def noise_matrix(noise: float, classes: int = 10) -> Tensor:
    """The matrix Q: how likely each true class (row) is to be labelled as each class.

    ``1 - noise`` stands on the diagonal, ``noise / (classes - 1)`` everywhere else.

    Args:
        noise: the ratio of labels that are changed, ``1 - r`` in the paper, 0 to 1.
        classes: at least 2.

    Returns:
        ``(classes, classes)``, float64; every row sums to 1.

    Raises:
        TypeError, ValueError: an argument is not as above.

    Paper: Equation 7.
    """
    require_ratio("noise", noise)
    require_count("classes", classes, at_least=2, at_most=10_000)
    beside = noise / (classes - 1)
    matrix = torch.full((classes, classes), beside, dtype=torch.float64)
    return matrix.fill_diagonal_(1 - noise)


def add_label_noise(
    labels: Tensor, noise: float, classes: int, seed: int
) -> Tensor:
    """Draw new labels by the matrix Q; the same ones for the same seed, anywhere.

    Args:
        labels: the true classes, int64, ``(N,)``.
        noise: the ratio of labels that are changed, from 0 to 1.
        classes: at least 2.
        seed: from 0 to ``2**32 - 1``.

    Returns:
        int64, ``(N,)``, on the labels' device; ``labels`` stays as it is.

    Raises:
        TypeError, ValueError: an argument is not as above.

    Paper: Equation 7, Table 5.
    """
    require_ratio("noise", noise)
    require_count("classes", classes, at_least=2, at_most=10**6)
    require_seed(seed)
    require_labels(labels, classes)
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.rand(len(labels), generator=generator)             # (N,)
    noisy = drawn >= 1 - noise
    away = torch.randint(1, classes, (len(labels),), generator=generator)
    moved = (labels + away.to(labels.device)) % classes
    return torch.where(noisy.to(labels.device), moved, labels)
