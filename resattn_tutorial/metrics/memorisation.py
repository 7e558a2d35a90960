"""What a network makes of training labels that are wrong (chapter 14).

An image whose label was changed can be answered in three ways: with the label that it
was given, which the network can only have memorised; with its true class, which the
images around it taught; or with a third. Chance gives the wrong label, too, now and
then: one answer in nine that are not the true class, where there are ten classes.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import in_evaluation_mode
from resattn_tutorial.runtime.precision import autocast, strict_float32
from resattn_tutorial.validation import require_count


class LabelCounts(NamedTuple):
    """How many training images a network answers with which of their two labels.

    Attributes:
        changed: images whose label was changed.
        memorised: of them, those that are answered with the changed label.
        corrected: of them, those that are answered with their true class.
        kept: images whose label is their true class.
        learned: of these, those that are answered with it.
    """

    changed: int
    memorised: int
    corrected: int
    kept: int
    learned: int

    @property
    def shares(self) -> dict[str, float]:
        """``memorised`` and ``corrected`` of the changed, ``learned`` of the kept.

        Raises:
            ValueError: there is no image of a kind, and so no share.
        """
        require_count("changed", self.changed)
        require_count("kept", self.kept)
        return {
            "memorised": self.memorised / self.changed,
            "corrected": self.corrected / self.changed,
            "learned": self.learned / self.kept,
        }


def count_labels(guesses: Tensor, given: Tensor, truth: Tensor) -> LabelCounts:
    """Count what guesses make of given and true labels.

    Args:
        guesses: classes, int64, ``(N,)``.
        given: the labels that were learned from, ``(N,)``.
        truth: the true classes, ``(N,)``.

    Raises:
        ValueError: the three are not as many.
    """
    if not guesses.shape == given.shape == truth.shape:
        shapes = [tuple(each.shape) for each in (guesses, given, truth)]
        raise ValueError(
            f"guesses, given and truth must have one shape, got {shapes}."
        )
    changed = given != truth
    return LabelCounts(*(
        int(each.sum()) for each in (
            changed, changed & (guesses == given), changed & (guesses == truth),
            ~changed, ~changed & (guesses == truth),
        )
    ))


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
