"""The two networks of chapter 3: shapes, masks, cost, and what they refuse."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from resattn_tutorial.models.small_networks import (
    FirstAttentionNetwork,
    FirstAttentionStage,
    FirstResidualNetwork,
)
from resattn_tutorial.models.stem_and_head import Head

BOTH = [FirstAttentionNetwork, FirstResidualNetwork]


def multiply_adds(network: nn.Module, size: int = 32) -> int:
    """Multiply-adds of one image, counted while it passes the layers."""
    counts = []

    def count(layer: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        counts.append(output.numel() * layer.weight[0].numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.inference_mode():
        network.eval()(torch.zeros(1, 3, size, size))
    return sum(counts)


def unit(channels: int, side: int) -> int:
    """Multiply-adds of an identity unit: 1x1 down, 3x3, 1x1 up."""
    width = channels // 4
    return side**2 * (channels * width + 9 * width * width + width * channels)


def widening(before: int, after: int, side: int) -> int:
    """Multiply-adds of a unit that halves the map to ``side`` and widens it."""
    width = after // 4
    first = (2 * side) ** 2 * before * width
    return first + side**2 * (9 * width**2 + width * after + before * after)


STEM = 16**2 * 3 * 9 * 32
LAST = widening(64, 128, 4) + unit(128, 4) + 128 * 10


def test_the_attention_network_costs_what_its_layers_add_up_to():
    mask1 = 3 * unit(32, 8) + 2 * unit(32, 4) + 2 * 16**2 * 32**2
    mask2 = 2 * unit(64, 4) + 2 * 8**2 * 64**2
    stage1 = 3 * unit(32, 16) + mask1
    stage2 = widening(32, 64, 8) + 2 * unit(64, 8) + mask2
    wanted = STEM + stage1 + stage2 + LAST
    assert multiply_adds(FirstAttentionNetwork()) == wanted


def test_the_residual_network_costs_what_its_layers_add_up_to():
    wanted = STEM + 6 * unit(32, 16) + widening(32, 64, 8) + 4 * unit(64, 8) + LAST
    assert multiply_adds(FirstResidualNetwork()) == wanted


def test_the_two_networks_cost_the_same_within_two_percent():
    masks, plain = (multiply_adds(kind()) for kind in BOTH)
    assert abs(masks - plain) <= 0.02 * min(masks, plain)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize("size", [(32, 32), (8, 8), (17, 31), (33, 9), (64, 40)])
def test_images_of_any_size_become_logits(kind, size):
    network = kind(classes=7).eval()
    assert network(torch.randn(2, 3, *size)).shape == (2, 7)


@pytest.mark.parametrize("size", [(32, 32), (8, 8), (17, 31), (33, 9)])
def test_each_mask_has_the_shape_of_its_trunk_and_lies_between_0_and_1(size):
    network = FirstAttentionNetwork()
    images = torch.randn(2, 3, *size)
    logits, masks = network.with_masks(images)
    half = [math.ceil(side / 2) for side in size]
    quarter = [math.ceil(side / 2) for side in half]
    assert logits.shape == (2, 10)
    assert list(masks) == ["stage 1", "stage 2"]
    assert masks["stage 1"].shape == (2, 32, *half)
    assert masks["stage 2"].shape == (2, 64, *quarter)
    for mask in masks.values():
        assert 0 < mask.min() and mask.max() < 1
        assert mask.std() > 0


def test_the_logits_are_the_same_with_and_without_asking_for_masks():
    network = FirstAttentionNetwork().eval()
    images = torch.randn(3, 3, 32, 32)
    assert torch.equal(network(images), network.with_masks(images)[0])


def test_a_stage_weighs_its_trunk_by_one_plus_its_mask():
    stage = FirstAttentionStage(16, poolings=1).eval()
    x = torch.randn(2, 16, 9, 12)
    weighed, mask = stage(x)
    trunk, alone = stage.trunk(x), stage.mask(x)
    assert torch.equal(mask, alone)
    assert torch.allclose(weighed, trunk + alone * trunk, atol=1e-6)
    assert not torch.allclose(weighed, alone * trunk, atol=1e-2)


def test_a_mask_is_used_and_not_only_returned():
    network = FirstAttentionNetwork().eval()
    images = torch.randn(2, 3, 32, 32)
    before = network(images)
    for stage in (network.stage1, network.stage2):
        stage.mask.activation = torch.zeros_like
        after = network(images)
        assert not torch.allclose(before, after, atol=1e-4)
        before = after


def test_the_head_averages_after_batch_norm_and_relu():
    head = Head(4, 3).eval()
    head.bn.running_mean.copy_(torch.tensor([1.0, -1.0, 0.5, 0.0]))
    x = torch.randn(2, 4, 5, 6)
    mean = head.bn.running_mean[None, :, None, None]
    ready = ((x - mean) / (1 + head.bn.eps) ** 0.5).clamp(min=0).sum((2, 3)) / 30
    wanted = ready @ head.classify.weight.T + head.classify.bias
    assert torch.allclose(head(x), wanted, atol=1e-5)


@pytest.mark.parametrize("kind", BOTH)
def test_gradients_reach_every_parameter(kind):
    torch.manual_seed(0)
    network = kind()
    network(torch.randn(4, 3, 32, 32)).square().sum().backward()
    without = [
        name for name, p in network.named_parameters()
        if p.grad is None or not p.grad.any()
    ]
    assert not without


@pytest.mark.parametrize("kind", BOTH)
def test_the_seed_makes_the_weights(kind):
    def weights(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return torch.cat([p.detach().flatten() for p in kind().parameters()])

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize("kind", BOTH)
def test_every_convolution_starts_with_the_variance_of_he(kind):
    torch.manual_seed(0)
    scores = []
    for module in kind().modules():
        if isinstance(module, nn.Conv2d):
            weight = module.weight.detach()
            fan_in = weight[0].numel()
            spread = math.sqrt(2 / weight.numel())  # of a sample variance over the true
            scores.append((weight.var().item() * fan_in / 2 - 1) / spread)
    assert len(scores) > 20
    assert max(map(abs, scores)) < 4.5


@pytest.mark.parametrize("kind", BOTH)
def test_an_empty_batch_passes_in_eval_and_is_refused_in_training(kind):
    network = kind()
    with pytest.raises(ValueError, match="empty batch"):
        network.train()(torch.zeros(0, 3, 32, 32))
    assert network.eval()(torch.zeros(0, 3, 32, 32)).shape == (0, 10)
    assert network(torch.randn(1, 3, 32, 32)).isfinite().all()


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (torch.zeros(1, 3, 7, 32), ValueError, "images .*at least 8 x 8 .*7 x 32"),
        (torch.zeros(1, 3, 32, 5), ValueError, "images .*at least 8 x 8 .*32 x 5"),
        (torch.zeros(1, 1, 32, 32), ValueError, "images .*3 channels, got 1"),
        (torch.zeros(1, 32, 32, 3), ValueError, "images .*3 channels, got 32"),
        (torch.zeros(3, 32, 32), ValueError, r"images .*\(N, C, H, W\)"),
        (torch.zeros(1, 3, 32, 32, dtype=torch.uint8), TypeError, "images .*to_inputs"),
        ("image.png", TypeError, "images .*tensor, got str"),
    ],
)
def test_images_that_do_not_fit_are_refused(kind, images, error, words):
    with pytest.raises(error, match=words):
        kind().eval()(images)


@pytest.mark.parametrize("kind", BOTH)
@pytest.mark.parametrize(
    ("classes", "error"), [(0, ValueError), (-1, ValueError), (2.0, TypeError)]
)
def test_a_number_of_classes_that_is_none_is_refused(kind, classes, error):
    with pytest.raises(error, match="classes"):
        kind(classes=classes)
