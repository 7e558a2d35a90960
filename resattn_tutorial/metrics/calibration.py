"""Calibration: is a network right as often as it is sure (chapter 15)?

A network's confidence is the largest of its probabilities. It is calibrated if of all
images with a confidence of 0.8, a share of 0.8 is right, and so on for every other
confidence. The expected calibration error (Naeini et al. 2015) says how far from it a
network is. Guo et al. (2017) found deep networks far too sure, and mended that by one
number: the logits are divided by a temperature T before the softmax. The order of the
logits stays, and so does every guess; only the confidences change.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_labels, require_values
from resattn_tutorial.validation import require_count

BINS = 15
# Powers of two between which a temperature is sought, beside the logits' own scale, and
# how often the interval is halved: until a float has no more digits.
WIDEST, HALVINGS = 64, 60


class Reliability(NamedTuple):
    """The table behind a reliability diagram, a row for each bin of confidences.

    Attributes:
        counts: images in each bin, int64, ``(B,)``; bin b holds confidences above
            ``b / B`` up to ``(b + 1) / B``.
        confidences: their mean confidence, float64, ``(B,)``; NaN in an empty bin.
        accuracies: the share of them that is right, float64, ``(B,)``; likewise.
    """

    counts: Tensor
    confidences: Tensor
    accuracies: Tensor


def reliability(logits: Tensor, labels: Tensor, bins: int = BINS) -> Reliability:
    """Sort images by confidence into bins of equal width, and look at each bin.

    Args:
        logits: ``(N, classes)``, N at least 1, any floating-point numbers.
        labels: the true classes, int64, ``(N,)``.
        bins: how many, at least 1.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: a shape does not fit, there is no image, a logit is not finite, or a
            label is no class.
    """
    require_answers(logits, labels)
    require_count("bins", bins, at_most=10_000)
    confidence, guesses = logits.double().softmax(dim=1).max(dim=1)  # (N,)
    edges = torch.arange(1, bins, device=logits.device).double() / bins
    places = torch.bucketize(confidence, edges)      # an edge belongs to the bin below
    counts = places.bincount(minlength=bins)
    right = (guesses == labels.to(logits.device)).double()
    return Reliability(counts, *(
        places.bincount(values, minlength=bins) / counts
        for values in (confidence, right)
    ))


def expected_calibration_error(
    logits: Tensor, labels: Tensor, bins: int = BINS
) -> float:
    """How far confidence and accuracy lie apart in a bin, on average over the images.

    A calibrated network does not come out at 0: by chance alone each bin's accuracy
    misses its confidence a little, the more, the fewer images there are.

    Args:
        logits: as :func:`reliability` takes them.
        labels: the same.
        bins: the same.

    Returns:
        From 0 to 1.

    Raises:
        TypeError, ValueError: as :func:`reliability`.
    """
    counts, confidences, accuracies = reliability(logits, labels, bins)
    apart = (accuracies - confidences).abs().nan_to_num(0)           # (B,)
    return ((counts * apart).sum() / counts.sum()).item()


def best_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature T at which ``logits / T`` has the smallest cross-entropy.

    To be chosen on validation images, never on those that the calibration is then
    measured on. The cross-entropy is convex in ``1 / T``: it is a log-sum-exp of
    multiples of ``1 / T``, less another multiple. So its slope changes sign once, and
    halving an interval finds that place, with no step size and no starting point to
    choose. Comparing losses instead of slopes would settle half of the digits only.

    Args:
        logits: as :func:`reliability` takes them, of two classes or more.
        labels: the same.

    Raises:
        TypeError: as :func:`reliability`.
        ValueError: as there; or no temperature is best. Where every image is right, the
            lower, the better; where the logits do not favour the true classes on
            average, the higher, the better.
    """
    require_answers(logits, labels)
    gaps = logits.double() - logits.double().amax(dim=1, keepdim=True)
    truth = gaps.gather(1, labels.to(logits.device)[:, None])[:, 0]  # (N,)
    if truth.mean() <= gaps.mean():
        raise ValueError(
            "logits must favour the true classes on average; where they do not, no "
            "temperature is best: the higher, the better."
        )
    if not truth.any():
        raise ValueError(
            "logits must be wrong for at least one image; where all are right, no "
            "temperature is best: the lower, the better."
        )
    scale = -gaps.min()
    scaled = gaps / scale                            # from -1 to 0
    low, high = -float(WIDEST), float(WIDEST)        # of the logarithm of scale / T
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        likely = (scaled * 2**middle).softmax(dim=1)
        slope = ((likely * gaps).sum(dim=1) - truth).mean()
        low, high = (middle, high) if slope < 0 else (low, middle)
    return scale.item() * 2 ** -((low + high) / 2)


def require_answers(logits: Tensor, labels: Tensor) -> None:
    """Refuse what is no network's answers, and labels that do not fit to them.

    Raises:
        TypeError, ValueError: as :func:`reliability`.
    """
    require_values("logits", logits)
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating-point numbers, got {logits.dtype}.")
    if logits.dim() != 2 or 0 in logits.shape:
        raise ValueError(
            "logits must have shape (N, classes), N at least 1, got "
            f"{tuple(logits.shape)}."
        )
    if not logits.isfinite().all():
        raise ValueError("logits must be finite numbers.")
    require_labels(labels, logits.shape[1])
    if len(labels) != len(logits):
        raise ValueError(
            f"labels must be one for each of {len(logits)} images, got {len(labels)}."
        )
