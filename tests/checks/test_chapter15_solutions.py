"""The solutions of chapter 15's exercises are what the package computes."""

from __future__ import annotations

import pytest
import torch

from resattn_tutorial.checks.chapter15.calibration_errors import calibration_error
from resattn_tutorial.checks.chapter15.rare_classes import class_weights
from resattn_tutorial.data import long_tail
from resattn_tutorial.metrics.calibration import expected_calibration_error


@pytest.mark.parametrize("bins", [1, 4, 15])
@pytest.mark.parametrize("scale", [0.3, 4.0])
def test_the_calibration_error_is_that_of_the_package(bins: int, scale: float) -> None:
    draw = torch.Generator().manual_seed(bins)
    logits = scale * torch.randn(300, 5, generator=draw)
    labels = torch.randint(5, (300,), generator=draw)
    confidences, guesses = logits.softmax(dim=1).max(dim=1)
    found = calibration_error(confidences, guesses == labels, bins)
    assert found == pytest.approx(
        expected_calibration_error(logits, labels, bins), abs=1e-6)


def test_on_an_edge_solution_and_package_choose_the_same_bin() -> None:
    logits = torch.tensor([[0.0, 0.0], [0.0, 0.4], [800.0, 0.0]])
    labels = torch.tensor([0, 0, 1])                          # right, wrong, wrong
    confidences, guesses = logits.softmax(dim=1).max(dim=1)   # 0.5, 0.6 and 1.0
    found = calibration_error(confidences, guesses == labels, 2)
    by_hand = (1 - 0.5) / 3 + confidences[1:].sum().item() / 3
    assert found == pytest.approx(by_hand)
    assert found == pytest.approx(expected_calibration_error(logits, labels, 2))


def test_the_weights_of_classes_are_those_of_the_package() -> None:
    draw = torch.Generator().manual_seed(0)
    labels = torch.randint(7, (300,), generator=draw) % 5
    assert torch.equal(class_weights(labels, 5), long_tail.class_weights(labels))
