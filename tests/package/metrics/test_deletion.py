"""Deleting pixels: what is replaced, by what, and what stays."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from resattn_tutorial.metrics.deletion import (
    FILLINGS,
    WINDOW,
    blurred,
    delete,
    mean_colour,
)


@pytest.fixture
def inputs() -> Tensor:
    return torch.randn(4, 3, 12, 11, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def marked() -> Tensor:
    return torch.rand(4, 12, 11, generator=torch.Generator().manual_seed(1)) < 0.3


@pytest.mark.parametrize("filling", FILLINGS)
def test_marked_pixels_are_replaced_in_all_channels_and_no_other(
    filling: str, inputs: Tensor, marked: Tensor
) -> None:
    kept = inputs.clone()
    found = delete(inputs, marked, FILLINGS[filling])
    fill = FILLINGS[filling](inputs)
    for channel in range(3):
        ours = found[:, channel]
        assert torch.equal(ours[~marked], inputs[:, channel][~marked])
        assert torch.equal(ours[marked], fill[:, channel][marked])
    assert torch.equal(inputs, kept)


def test_the_mean_colour_is_each_images_own(inputs: Tensor) -> None:
    found = mean_colour(inputs)
    for n in range(4):
        for channel in range(3):
            own = inputs[n, channel].mean()
            torch.testing.assert_close(found[n, channel], own.expand(12, 11))


def test_a_blur_is_the_mean_of_means_of_the_window_inside_the_image() -> None:
    spot = torch.zeros(1, 1, 40, 40)
    spot[0, 0, 20, 20] = 1.0
    found = blurred(spot)
    assert found.sum().item() == pytest.approx(1)
    assert found.amax().item() == pytest.approx(WINDOW**-2)
    reach = (found[0, 0] > 0).nonzero()
    assert reach.amin().item() == 20 - (WINDOW - 1)
    flat = torch.full((1, 2, 12, 12), 0.7)
    torch.testing.assert_close(blurred(flat), flat)


def test_nothing_marked_deletes_nothing_and_all_marked_everything(
    inputs: Tensor, marked: Tensor
) -> None:
    none = torch.zeros_like(marked)
    assert torch.equal(delete(inputs, none), inputs)
    assert torch.equal(delete(inputs, ~none), mean_colour(inputs))


IMAGES, MARKS = torch.rand(2, 3, 4, 4), torch.zeros(2, 4, 4, dtype=torch.bool)
REFUSED = [
    (lambda: delete(IMAGES.byte(), MARKS), TypeError, "inputs must hold floating"),
    (lambda: delete(IMAGES, MARKS.float()), TypeError, "marked must be a tensor of"),
    (lambda: delete(IMAGES, MARKS[:1]), ValueError, "marked must have shape (N, H, W)"),
    (lambda: delete(IMAGES, MARKS, "blur"), TypeError, "filling must be"),
    (lambda: mean_colour(IMAGES[0]), ValueError, "inputs must have shape"),
    (lambda: blurred(IMAGES[0]), ValueError, "inputs must have shape"),
]


@pytest.mark.parametrize(("call", "error", "words"), REFUSED)
def test_what_cannot_be_deleted_is_refused_by_name(call, error, words) -> None:
    with pytest.raises(error) as refusal:
        call()
    assert words in str(refusal.value)
