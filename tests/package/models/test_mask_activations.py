"""What a mask may say: the three activations, against plain loops over numbers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.mask_activations import (
    channel_attention,
    mixed_attention,
    spatial_attention,
)
from resattn_tutorial.models.soft_mask import SoftMaskBranch

Values = list[list[float]]  # of one image: for each channel, its positions


def sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))


def mixed(image: Values) -> Values:
    return [[sigmoid(value) for value in channel] for channel in image]


def by_channel(image: Values) -> Values:
    lengths = [math.hypot(*position) for position in zip(*image, strict=True)]
    return [
        [value / length for value, length in zip(channel, lengths, strict=True)]
        for channel in image
    ]


def by_position(image: Values) -> Values:
    result = []
    for channel in image:
        mean = math.fsum(channel) / len(channel)
        variance = math.fsum((value - mean) ** 2 for value in channel) / len(channel)
        deviation = math.sqrt(variance + 1e-5)
        result.append([sigmoid((value - mean) / deviation) for value in channel])
    return result


SLOW = {
    mixed_attention: mixed,
    channel_attention: by_channel,
    spatial_attention: by_position,
}


def slowly(activation: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """The same activation of each image by itself, in loops."""
    images = [SLOW[activation](image.flatten(1).tolist()) for image in x.double()]
    return torch.tensor(images, dtype=torch.float64).view(x.shape)


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=SLOW, ids=lambda activation: activation.__name__)
def activation(request: pytest.FixtureRequest) -> Callable[[Tensor], Tensor]:
    """Each activation in turn."""
    return request.param


@pytest.mark.parametrize("scale", [0.01, 1.0, 30.0])
@pytest.mark.parametrize("shape", [(2, 4, 5, 3), (1, 1, 2, 2), (3, 5, 1, 1)])
def test_an_activation_is_what_the_loops_say(
    activation: Callable, shape: tuple, scale: float
) -> None:
    x = scale * torch.randn(shape, dtype=torch.float64) + 0.3
    found = activation(x)
    torch.testing.assert_close(found, slowly(activation, x), atol=1e-12, rtol=1e-12)


def test_an_activation_treats_each_image_by_itself(activation: Callable) -> None:
    x = torch.randn(3, 4, 6, 6) * torch.tensor([1.0, 5.0, 20.0]).view(3, 1, 1, 1)
    alone = torch.cat([activation(image) for image in x.split(1)])
    torch.testing.assert_close(activation(x), alone)


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
def test_an_activation_keeps_the_kind_of_number(
    activation: Callable, kind: torch.dtype
) -> None:
    x = (2 * torch.randn(2, 64, 7, 7)).to(kind)
    found = activation(x)
    assert found.dtype == kind and found.shape == x.shape
    close = 8 * torch.finfo(kind).eps
    torch.testing.assert_close(
        found.double(), slowly(activation, x), atol=close, rtol=close
    )


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float32])
@pytest.mark.parametrize("level", [0.0, 1e-4, -3.0])
def test_a_flat_map_gives_numbers_and_gradients(
    activation: Callable, level: float, kind: torch.dtype
) -> None:
    x = torch.full((1, 4, 3, 3), level, dtype=kind, requires_grad=True)
    found = activation(x)
    found.sum().backward()
    assert found.isfinite().all()
    steep = activation is channel_attention and level == 0  # a million, not in float16
    assert x.grad.isfinite().all() or steep and kind == torch.float16


def test_mixed_and_spatial_attention_lie_between_0_and_1() -> None:
    x = 3 * torch.randn(2, 8, 9, 9)
    for activation in (mixed_attention, spatial_attention):
        assert 0 < activation(x).min() and activation(x).max() < 1


def test_channel_attention_may_be_negative_and_has_length_1_at_each_position() -> None:
    found = channel_attention(torch.randn(2, 8, 9, 9, dtype=torch.float64))
    assert found.min() < -0.3 and found.abs().max() <= 1
    torch.testing.assert_close(
        found.square().sum(dim=1), torch.ones(2, 9, 9, dtype=torch.float64)
    )


def test_a_single_channel_can_only_say_minus_1_or_1() -> None:
    x = torch.randn(2, 1, 4, 4)
    assert torch.equal(channel_attention(x), x.sign())


def test_a_position_where_all_channels_are_0_stays_0() -> None:
    x = torch.randn(1, 5, 2, 2, dtype=torch.float64)
    x[..., 0, 1] = 0
    found = channel_attention(x)
    assert not found[..., 0, 1].any()
    others = x[..., 1, 1][..., None, None]
    assert torch.equal(found[..., 1, 1], channel_attention(others)[..., 0, 0])


def test_a_length_below_a_millionth_counts_as_a_millionth() -> None:
    x = torch.zeros(1, 2, 1, 1, dtype=torch.float64)
    x[0, 0] = 1e-8
    assert channel_attention(x)[0, 0].item() == pytest.approx(0.01)
    x[0, 0] = 1e-5
    assert channel_attention(x)[0, 0].item() == pytest.approx(1)


@pytest.mark.parametrize("level", [0.0, -7.0, 1e4])
def test_a_flat_map_says_a_half_to_spatial_attention(level: float) -> None:
    x = torch.full((2, 3, 4, 5), level, dtype=torch.float64)
    assert torch.equal(spatial_attention(x), torch.full_like(x, 0.5))


def test_spatial_attention_does_not_see_how_high_a_map_is() -> None:
    x = torch.randn(2, 4, 6, 6, dtype=torch.float64)
    levels = torch.tensor([0.0, 5.0, -3.0, 100.0], dtype=torch.float64).view(4, 1, 1)
    torch.testing.assert_close(spatial_attention(x + levels), spatial_attention(x))


def test_the_gradients_of_an_activation_are_right(activation: Callable) -> None:
    x = torch.randn(2, 3, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(activation, x)
    assert torch.autograd.gradgradcheck(activation, x)


def test_an_activation_leaves_its_input_alone(activation: Callable) -> None:
    x = torch.randn(2, 4, 5, 5)
    before = x.clone()
    activation(x)
    assert torch.equal(x, before)


def test_a_mask_says_what_its_activation_makes_of_the_last_map(
    activation: Callable,
) -> None:
    mask = SoftMaskBranch(8, 2, activation=activation).eval()
    raw = SoftMaskBranch(8, 2, activation=nn.Identity()).eval()
    raw.load_state_dict(mask.state_dict())
    x = torch.randn(2, 8, 9, 12)
    assert torch.equal(mask(x), activation(raw(x)))
