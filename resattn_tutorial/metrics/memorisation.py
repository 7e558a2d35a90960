"""What a network makes of training labels that are wrong (chapter 14).

An image whose label was changed can be answered in three ways: with the label that it
was given, which the network can only have memorised; with its true class, which the
images around it taught; or with a third. Chance gives the wrong label, too, now and
then: one answer in nine that are not the true class, where there are ten classes.
"""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

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
