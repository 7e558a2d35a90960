"""Mixup: each image with its neighbour, and a loss that is that of two label sets."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from resattn_tutorial.data.mixup import draw_share, mix

CLASSES = 5


def batch(count: int = 6, dtype: torch.dtype = torch.float64):
    draw = torch.Generator().manual_seed(count)
    inputs = torch.rand(count, 3, 4, 4, generator=draw, dtype=dtype)
    return inputs, torch.randint(CLASSES, (count,), generator=draw)


def neighbour(number: int) -> int:
    """0 and 1 belong together, 2 and 3, and so on."""
    return number + 1 if number % 2 == 0 else number - 1


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_each_image_and_label_is_mixed_with_its_neighbour(share, dtype):
    inputs, labels = batch(6, dtype)
    mixed, parts = mix(inputs, labels, share, CLASSES)
    assert mixed.dtype == parts.dtype == dtype and parts.shape == (6, CLASSES)
    for number in range(6):
        other = neighbour(number)
        wanted = share * inputs[number] + (1 - share) * inputs[other]
        assert torch.allclose(mixed[number], wanted, rtol=0, atol=1e-6)
        told = [0.0] * CLASSES
        told[labels[number]] += share
        told[labels[other]] += 1 - share
        assert parts[number].tolist() == pytest.approx(told, abs=1e-6)
    assert parts.sum(dim=1).tolist() == pytest.approx([1.0] * 6, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_that_of_both_label_sets_in_the_same_ratio(smoothing):
    inputs, labels = batch(8)
    share, logits = 0.27, torch.randn(8, CLASSES, dtype=torch.float64)
    _, parts = mix(inputs, labels, share, CLASSES)
    others = labels[[neighbour(number) for number in range(8)]]
    wanted = sum(
        weight * F.cross_entropy(logits, those, label_smoothing=smoothing)
        for weight, those in ((share, labels), (1 - share, others))
    )
    found = F.cross_entropy(logits, parts, label_smoothing=smoothing)
    assert found.item() == pytest.approx(wanted.item(), rel=1e-12)
    alone = F.cross_entropy(logits, labels, label_smoothing=smoothing)
    assert found.item() != pytest.approx(alone.item(), rel=1e-3)


def test_a_batch_in_two_parts_is_mixed_as_the_whole_is():
    inputs, labels = batch(8)
    whole = mix(inputs, labels, 0.4, CLASSES)
    parts = [
        mix(x, y, 0.4, CLASSES)
        for x, y in zip(inputs.split(4), labels.split(4), strict=True)
    ]
    for of_all, pair in zip(whole, zip(*parts, strict=True), strict=True):
        assert torch.equal(of_all, torch.cat(pair))


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_shares_have_the_mean_and_the_spread_of_a_beta_distribution(alpha):
    shares = torch.tensor([draw_share(alpha, 3, step) for step in range(2000)])
    assert ((shares >= 0) & (shares <= 1)).all()
    assert shares.mean().item() == pytest.approx(0.5, abs=0.03)
    assert shares.var().item() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.1)


@pytest.mark.parametrize("alpha", [1e-3, 1e3])
def test_at_the_bounds_there_are_shares_too(alpha):
    shares = [draw_share(alpha, 0, step) for step in range(200)]
    assert all(0 <= share <= 1 for share in shares)
    near = 0.5 if alpha > 1 else 0.0
    apart = sum(min(abs(s - near), abs(s - 1 + near)) < 0.1 for s in shares)
    assert apart > 190


def test_a_share_depends_on_seed_and_step_and_on_nothing_else():
    first = draw_share(0.4, 7, 2**33 + 5)
    torch.manual_seed(3)
    assert draw_share(0.4, 7, 2**33 + 5) == first
    others = [draw_share(0.4, 8, 2**33 + 5), draw_share(0.4, 7, 5),
              draw_share(0.4, 7, 2**33 + 6)]
    assert first not in others and len(set(others)) == 3


def test_the_same_share_is_drawn_on_every_machine():
    assert draw_share(0.2, 5, 1) == pytest.approx(0.00330285157174, rel=1e-9)


@pytest.mark.parametrize(("alpha", "seed", "step", "error", "words"), [
    (0, 0, 0, ValueError, "alpha must be at least 0.001"),
    (1e4, 0, 0, ValueError, "alpha must be .*at most 1000"),
    (float("nan"), 0, 0, ValueError, "alpha must be a finite number"),
    ("1", 0, 0, TypeError, "alpha must be a number"),
    (1, 2**32, 0, ValueError, "seed must be below"),
    (1, 0, -1, ValueError, "step must be at least 0"),
])
def test_no_share_is_drawn_from_numbers_that_cannot_be(alpha, seed, step, error, words):
    with pytest.raises(error, match=words):
        draw_share(alpha, seed, step)


@pytest.mark.parametrize(("change", "error", "words"), [
    ({"inputs": batch(5)[0], "labels": batch(5)[1]}, ValueError,
     "the number of inputs to mix must be a multiple of 2, got 5"),
    ({"inputs": batch(6)[0].mul(9).byte()}, TypeError, "inputs must hold floating"),
    ({"labels": batch(6)[1].float()}, TypeError, "labels must be a tensor of"),
    ({"labels": batch(8)[1]}, ValueError, r"labels must have shape \(N,\)"),
    ({"share": 1.1}, ValueError, "share must be a number from 0 to 1"),
    ({"classes": 2}, ValueError, "labels must be from 0 to 1"),
    ({"classes": 0}, ValueError, "classes must be at least 1"),
])
def test_what_cannot_be_mixed_is_refused(change, error, words):
    inputs, labels = batch(6)
    good = {"inputs": inputs, "labels": labels, "share": 0.5, "classes": CLASSES}
    with pytest.raises(error, match=words):
        mix(**good | change)
