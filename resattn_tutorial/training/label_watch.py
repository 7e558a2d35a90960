"""What a training with noisy labels is watched for, at each point of its curve.

How many of the changed labels it has memorised, and which error two validation sets
would show: a clean one, which few who have noisy labels can make, and one whose labels
are as noisy as those learned from. The test images are shared for that: one half is the
validation set, and what was chosen on it is judged on the other (chapter 14).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.label_noise import add_label_noise
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.metrics.classification import guessed
from resattn_tutorial.metrics.memorisation import count_labels

# The first of the training images, and as many test images in each half: enough for
# shares to about one in a hundred, and little beside the test itself.
WATCHED = 4_000
HALF = 2_000
# Far from any seed of a training, so that its labels are drawn by themselves.
VALIDATION_SEED = 2**31
DIGITS = 6


def label_watch(
    network: nn.Module,
    truth: ImageSet,
    given: Tensor,
    test: ImageSet,
    transform: SmallImageInputs,
    noise: float,
    device: torch.device,
    precision: str,
) -> Callable[[], dict[str, float]]:
    """What looks at a network in training; each call returns shares by name.

    ``memorised`` and ``corrected`` of the changed labels, ``learned`` of the others;
    ``clean validation`` and ``noisy validation`` are errors on one half of the test
    images, ``other half`` is the error on the other, with true labels.

    Args:
        network: that trains, on ``device``.
        truth: the training images with their true labels.
        given: the labels that it learns from, ``(N,)``.
        test: images with true labels.
        transform: what the network learned to see.
        noise: the ratio of labels that were changed.
        device: where the network is.
        precision: what to compute in.
    """
    few, given = _first(truth, WATCHED), given[:WATCHED].cpu()
    validation = _first(test, min(HALF, len(test.labels) // 2))
    other = _first(
        test._replace(images=test.images.flip(0), labels=test.labels.flip(0)),
        len(validation.labels),
    )
    noisy = add_label_noise(
        validation.labels, noise, len(test.classes), VALIDATION_SEED
    )

    def answers(images: ImageSet) -> Tensor:
        batches = images.test_batches(transform, device)
        return guessed(network, batches, precision)

    def watched() -> dict[str, float]:
        shares = count_labels(answers(few), given, few.labels).shares
        chosen, judged = answers(validation), answers(other)
        shares |= {
            "clean validation": _share(chosen != validation.labels),
            "noisy validation": _share(chosen != noisy),
            "other half": _share(judged != other.labels),
        }
        return {name: round(share, DIGITS) for name, share in shares.items()}

    return watched


def _first(images: ImageSet, count: int) -> ImageSet:
    return images._replace(images=images.images[:count], labels=images.labels[:count])


def _share(wrong: Tensor) -> float:
    return float(wrong.double().mean())
