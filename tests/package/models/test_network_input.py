"""What the whole networks refuse, in whose words, and the other forms of number and
memory in which they run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem


def attention(**options: object) -> ResidualAttentionNetwork:
    stages = [Stage(16, 1, poolings=2), Stage(32, 1, poolings=1)]
    return ResidualAttentionNetwork(CifarStem(), stages, num_classes=5, **options)


def attention_next() -> nn.Module:
    return exchange_units(attention(), PostActivationUnit)


def residual() -> ResidualNetwork:
    return ResidualNetwork(ImageNetStem(), [(16, 1), (32, 2)], num_classes=5)


@pytest.fixture(params=[attention, attention_next, residual])
def build(request: pytest.FixtureRequest) -> Callable[[], nn.Module]:
    """What makes each kind of network in turn."""
    torch.manual_seed(0)
    return request.param


@pytest.mark.parametrize(
    ("images", "error", "words"),
    [
        (torch.zeros(1, 1, 32, 32), ValueError, "3 channels, got 1"),
        (torch.zeros(1, 32, 32, 3), ValueError, "3 channels, got 32"),
        (torch.zeros(3, 32, 32), ValueError, r"\(N, C, H, W\), got \(3, 32, 32\)"),
        (torch.zeros(1, 3, 32, 32).byte(), TypeError, "numbers, got torch.uint8"),
        (torch.zeros(1, 3, 32, 2), ValueError, "at least . x . pixels, got 32 x 2"),
        ("image.png", TypeError, "a tensor, got str"),
    ],
)
def test_images_that_do_not_fit_are_refused_by_their_name(
    build: Callable, images: object, error: type[Exception], words: str
) -> None:
    network = build().eval()
    with pytest.raises(error, match=f"^images must .*{words}"):
        network(images)
    if hasattr(network, "with_masks"):
        with pytest.raises(error, match=f"^images must .*{words}"):
            network.with_masks(images)


def test_an_empty_batch_passes_in_eval_and_is_refused_in_training(
    build: Callable,
) -> None:
    network = build()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(ValueError, match="^images is an empty batch"):
        network(torch.zeros(0, 3, 32, 32))
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert network.eval()(torch.zeros(0, 3, 32, 32)).shape == (0, 5)


@pytest.mark.parametrize("classes", [0, -1, 2.0, True, "10", None])
def test_a_number_of_classes_that_is_none_is_refused(classes: object) -> None:
    kinds = (
        lambda: ResidualAttentionNetwork(CifarStem(), [Stage(16)], classes),
        lambda: ResidualNetwork(CifarStem(), [(16, 1)], classes),
    )
    for build in kinds:
        with pytest.raises((TypeError, ValueError), match="^num_classes must "):
            build()


@pytest.mark.parametrize(
    ("stages", "words"),
    [
        ([], "^stages must hold at least one Stage"),
        ([Stage(6)], "^channels must be a multiple of 4, got 6"),
        ([Stage(8, modules=-1)], "^modules must be at least 0, got -1"),
        ([Stage(8, poolings=-1)], "^poolings must be at least 0, got -1"),
        ([Stage(8, enter=0)], "^enter must be at least 1, got 0"),
        ([Stage(8), Stage(8, leave=-2)], "^leave must be at least 0, got -2"),
    ],
)
def test_stages_that_cannot_be_are_refused(stages: list[Stage], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ResidualAttentionNetwork(CifarStem(), stages, 5)


@pytest.mark.parametrize("count", ["p", "t"])
def test_a_count_that_is_none_is_refused_by_its_letter(count: str) -> None:
    with pytest.raises(ValueError, match=f"^{count} must be at least 1, got 0"):
        attention(**{count: 0})


def test_a_network_leaves_its_images_alone(build: Callable) -> None:
    images = torch.randn(2, 3, 32, 32)
    before = images.clone()
    build()(images)
    assert torch.equal(images, before)


def calibrated(network: nn.Module, images: Tensor) -> nn.Module:
    with torch.no_grad():
        for _ in range(30):
            network.train()(images)
    return network.eval()


def test_a_network_runs_in_bfloat16(build: Callable) -> None:
    images = torch.randn(4, 3, 32, 32)
    network = calibrated(build(), images)
    expected = network(images)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = network(images)
    assert found.dtype == torch.bfloat16
    assert (found.float() - expected).norm() < 0.05 * expected.norm()


def test_a_network_runs_in_channels_last(build: Callable) -> None:
    images = torch.randn(4, 3, 32, 32)
    network = calibrated(build(), images)
    expected = network(images)
    network.to(memory_format=torch.channels_last)
    seen: list[bool] = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _, __, out: seen.append(
                out.is_contiguous(memory_format=torch.channels_last)
            ))
    found = network(images.to(memory_format=torch.channels_last))
    assert all(seen)
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
