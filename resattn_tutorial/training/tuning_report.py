"""What a fine-tuned network gets wrong: by class, how surely, and worst (chapter 10).

The error by itself says little of a network for one's own classes. Which class is taken
for which, whether it is as often right as it is sure, and what the images look like on
which it is surely wrong (it may be the label that is) say what to do next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.data.held_images import HeldImages
from resattn_tutorial.metrics.by_class import confusion_counts
from resattn_tutorial.metrics.calibration import expected_calibration_error
from resattn_tutorial.metrics.classification import in_evaluation_mode, require_logits
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.finetuning import clean_batches
from resattn_tutorial.validation import require_count, require_fields

WORST = 10


class Mistake(NamedTuple):
    """An image that was taken for another class.

    Attributes:
        number: of the image among those that were looked at.
        image: its file.
        truth: the name of its class.
        answer: the name of the class that it was taken for.
        confidence: the softmax of that answer, from 0 to 1.
    """

    number: int
    image: str
    truth: str
    answer: str
    confidence: float


class Judged(NamedTuple):
    """What a network makes of some images.

    Attributes:
        images: how many there were.
        error: the share that was taken for another class, from 0 to 1.
        loss: the mean cross-entropy.
        calibration_error: the expected calibration error, from 0 to 1. Of few images it
            is far above 0 by chance alone.
        confusion: how often each class (row) was taken for each (column), int64,
            ``(classes, classes)``.
        mistakes: the worst, the surest first.
    """

    images: int
    error: float
    loss: float
    calibration_error: float
    confusion: Tensor
    mistakes: tuple[Mistake, ...]

    def as_dict(self) -> dict[str, Any]:
        """The same as plain values, for a file."""
        told = self._asdict()
        told["confusion"] = self.confusion.tolist()
        told["mistakes"] = [
            {name: value for name, value in one._asdict().items() if name != "number"}
            for one in self.mistakes
        ]
        return told


@torch.inference_mode()
def judge(
    network: nn.Module,
    held: HeldImages,
    classes: Sequence[str],
    as_inputs: Callable[[Tensor], Tensor],
    worst: int = WORST,
) -> Judged:
    """Classify images once, as they are, and look at what is wrong.

    Args:
        network: maps ``(N, 3, S, S)`` to ``(N, classes)``; it keeps its mode.
        held: the images with their labels and files.
        classes: the names of the classes.
        as_inputs: turns bytes into inputs.
        worst: of how many mistakes to tell.

    Raises:
        TypeError: an argument is of another kind; ValueError: there is no image, the
            network has another number of classes, or answers no finite number.
    """
    require_fields("held", held, HeldImages)
    require_count("the number of images", len(held.labels))
    require_count("worst", worst, at_least=0)
    with in_evaluation_mode(network):
        logits = torch.cat([
            network(inputs).cpu()
            for inputs, _ in clean_batches(held, as_inputs, device_of(network))
        ]).double()                                              # (N, classes)
    labels = held.labels
    require_logits(logits, labels)
    if logits.shape[1] != len(classes):
        raise ValueError(
            f"classes must name the network's {logits.shape[1]}, got {len(classes)}."
        )
    confidences, guesses = logits.softmax(dim=1).max(dim=1)      # (N,), twice
    wrong = (guesses != labels).nonzero()[:, 0]
    order = confidences[wrong].argsort(descending=True, stable=True)[:worst]
    return Judged(
        len(labels), len(wrong) / len(labels),
        F.cross_entropy(logits, labels).item(),
        expected_calibration_error(logits, labels),
        confusion_counts(guesses, labels, len(classes)),
        tuple(
            Mistake(
                number, str(held.files[number]), classes[labels[number]],
                classes[guesses[number]], confidences[number].item(),
            )
            for number in wrong[order].tolist()
        ),
    )
