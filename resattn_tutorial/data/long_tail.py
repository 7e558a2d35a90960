"""A long tail: training images with few of some classes, and a remedy (chapter 15).

Photographs that are collected show some things often and most things seldom. To measure
what that does, a balanced training set is thinned out: the numbers of images fall from
class to class by the same factor (Cui et al. 2019), from the most frequent class to the
rarest, which has ``1 / ratio`` as many. The test set stays balanced.

The usual remedy weighs each image's loss by how rare its class is.
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_labels
from resattn_tutorial.validation import require_count, require_seed

MOST_CLASSES = 1000
MOST_IMAGES = 10**8


def long_tail_counts(most: int, ratio: int, classes: int) -> list[int]:
    """How many images each of K classes has: ``most * ratio ** (-k / (K - 1))``.

    Cut off to a whole number, as in Cui et al. (2019). Here that is done in whole
    numbers, since the power of a float may miss one by a hair.

    Args:
        most: images of the most frequent class, k = 0; at least ``ratio``, so that the
            rarest one has one.
        ratio: how many times as many it has as the rarest, k = K - 1; a whole number.
        classes: K, at least 2.

    Raises:
        TypeError, ValueError: an argument is not as above.
    """
    require_count("ratio", ratio, at_most=MOST_IMAGES)
    require_count("most", most, at_least=ratio, at_most=MOST_IMAGES)
    last = require_count("classes", classes, at_least=2, at_most=MOST_CLASSES) - 1
    # The largest n with n ** last * ratio ** k <= most ** last.
    return [
        bisect_right(range(1, most + 1), most**last // ratio**k, key=lambda n: n**last)
        for k in range(classes)
    ]


def long_tail(labels: Tensor, ratio: int, seed: int | None = None) -> Tensor:
    """Choose images so that the numbers of the classes fall as ``long_tail_counts``.

    The most frequent class keeps as many images as the smallest one came with: all of
    them, where the set is balanced. Of each class the first images are kept.

    Args:
        labels: int64, ``(N,)``, with an image of each class from 0 to the highest.
        ratio: of the most frequent class to the rarest, a whole number, at least 1.
        seed: ``None`` makes class 0 the most frequent and the last class the rarest. A
            number draws the order of the classes: with several seeds, what a rare class
            loses is told apart from what is hard about it.

    Returns:
        int64, ``(M,)``: which images stay, in rising order, for
        ``images[kept]`` and ``labels[kept]``, on the labels' device.

    Raises:
        TypeError, ValueError: an argument is not as above, or ``ratio`` is larger than
            the smallest class.
    """
    sizes = require_all_classes(labels)
    order = list(range(len(sizes)))
    if seed is not None:
        # Its streams are the same under every version of NumPy.
        random = np.random.RandomState(require_seed(seed))
        order = random.permutation(len(sizes)).tolist()
    require_count("ratio", ratio, at_most=min(sizes))
    counts = long_tail_counts(min(sizes), ratio, len(sizes))
    kept = [
        (labels == label).nonzero()[:count, 0]
        for label, count in zip(order, counts, strict=True)
    ]
    return torch.cat(kept).sort().values


def class_weights(labels: Tensor) -> Tensor:
    """A weight for each class's loss: one over its number of images.

    So the images of each class weigh as much together as those of any other. The
    weights are scaled so that their mean over all images is 1: the loss keeps its
    scale, and the learning rate need not change.

    They go into ``torch.nn.functional.cross_entropy(..., weight=...)``. With its usual
    ``reduction="mean"`` it divides by the sum of the weights in the batch, not by the
    number of images.

    Args:
        labels: of the training images, int64, ``(N,)``, with an image of each class
            from 0 to the highest.

    Returns:
        float32, ``(classes,)``, on the labels' device.

    Raises:
        TypeError, ValueError: the labels are not as above.
    """
    sizes = torch.tensor(require_all_classes(labels), dtype=torch.float64)
    weights = len(labels) / (len(sizes) * sizes)
    return weights.float().to(labels.device)


def require_all_classes(labels: Tensor) -> list[int]:
    """The number of images of each class, of which there must be two or more.

    Raises:
        TypeError, ValueError: these are no labels, or a class is missing.
    """
    sizes = require_labels(labels, MOST_CLASSES).bincount().tolist()
    if len(sizes) < 2:
        raise ValueError(f"labels must be of at least 2 classes, got {len(sizes)}.")
    if 0 in sizes:
        raise ValueError(
            f"labels must have an image of each class from 0 to {len(sizes) - 1}, "
            f"got none of class {sizes.index(0)}."
        )
    return sizes
