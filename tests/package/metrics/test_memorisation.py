"""What a network makes of training labels that are wrong."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.metrics.classification import guessed
from resattn_tutorial.metrics.memorisation import LabelCounts, count_labels

TRUTH = torch.tensor([0, 1, 2, 0, 1, 2, 0])
GIVEN = torch.tensor([0, 2, 2, 1, 1, 0, 2])          # the 2nd, 4th, 6th and 7th changed
GUESSES = torch.tensor([0, 2, 1, 0, 1, 1, 2])


def test_each_kind_of_answer_is_counted_as_by_hand() -> None:
    found = count_labels(GUESSES, GIVEN, TRUTH)
    assert found == LabelCounts(changed=4, memorised=2, corrected=1, kept=3, learned=2)
    assert found.shares == {"memorised": 0.5, "corrected": 0.25, "learned": 2 / 3}


def test_who_answers_the_given_labels_has_memorised_all_of_them() -> None:
    shares = count_labels(GIVEN, GIVEN, TRUTH).shares
    assert shares == {"memorised": 1, "corrected": 0, "learned": 1}
    shares = count_labels(TRUTH, GIVEN, TRUTH).shares
    assert shares == {"memorised": 0, "corrected": 1, "learned": 1}


@pytest.mark.parametrize(("given", "word"), [
    (TRUTH, "changed must be at least 1"), ((TRUTH + 1) % 3, "kept must be at least 1"),
])
def test_without_images_of_a_kind_there_is_no_share(given: Tensor, word: str) -> None:
    counts = count_labels(GUESSES, given, TRUTH)
    with pytest.raises(ValueError, match=word):
        counts.shares  # noqa: B018


def test_labels_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must have one shape, got \[\(7,\), \(6,\)"):
        count_labels(GUESSES, GIVEN[:6], TRUTH)


def test_guesses_come_in_the_order_of_the_images_and_leave_the_modes_alone() -> None:
    class Argmax(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            assert not self.training
            return x.flatten(1)                      # (N, 3)

    images = torch.eye(3)[GUESSES].view(7, 3, 1, 1)
    network = Argmax().train()
    found = guessed(network, zip(images.split(3), GIVEN.split(3), strict=True))
    assert torch.equal(found, GUESSES) and network.training
