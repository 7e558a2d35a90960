"""What a residual attention network does, judged from outside; the layers of the
ImageNet networks are in ``test_layer_networks.py``."""

from __future__ import annotations

import copy
import io
import math

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_module import AttentionModule, naive_attention
from resattn_tutorial.models.attention_network import (
    ResidualAttentionNetwork,
    Stage,
    smallest_map,
)
from resattn_tutorial.models.mask_activations import spatial_attention
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem

STAGES = [
    Stage(16, 1, poolings=3),
    Stage(32, 2, poolings=2, leave=1),
    Stage(64, enter=2),
]
STEMS = {"cifar": CifarStem, "imagenet": ImageNetStem}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=STEMS)
def network(request: pytest.FixtureRequest) -> ResidualAttentionNetwork:
    """A small network on each stem, in eval."""
    return small(STEMS[request.param]())


def small(stem: nn.Module, **options: object) -> ResidualAttentionNetwork:
    return ResidualAttentionNetwork(stem, STAGES, num_classes=7, **options).eval()


def halved(side: int, times: int) -> int:
    """A side after some units that halve it, each of which rounds up."""
    return math.ceil(side / 2**times)


def after_stem(network: ResidualAttentionNetwork, side: int) -> int:
    """A side behind the stem: its convolution rounds up, its pooling down."""
    is_small = isinstance(network.stem, CifarStem)
    return side if is_small else math.ceil(side / 2) // 2


# Sizes.


@pytest.mark.parametrize("size", [(32, 32), (37, 61), (64, 31), (33, 224), (299, 40)])
def test_images_of_any_size_become_logits_and_masks(
    network: ResidualAttentionNetwork, size: tuple[int, int]
) -> None:
    images = torch.randn(2, 3, *size)
    logits, masks = network.with_masks(images)
    assert logits.shape == (2, 7) and logits.isfinite().all()
    first = tuple(after_stem(network, side) for side in size)
    second = tuple(halved(side, 1) for side in first)
    expected = {
        "stage 1, module 1": (2, 16, *first),
        "stage 2, module 1": (2, 32, *second),
        "stage 2, module 2": (2, 32, *second),
    }
    assert {name: tuple(mask.shape) for name, mask in masks.items()} == expected
    assert list(masks) == list(expected)


@pytest.mark.slow
@pytest.mark.parametrize("size", [224, 320, 299, 32])
def test_attention_56_takes_the_papers_sizes(size: int) -> None:
    with torch.device("meta"):
        network, images = zoo.attention56().eval(), torch.empty(1, 3, size, size)
        logits, masks = network.with_masks(images)
    assert logits.shape == (1, 1000)
    sides = [halved(after_stem(network, size), times) for times in range(3)]
    assert [tuple(mask.shape[2:]) for mask in masks.values()] == [(s, s) for s in sides]


def test_a_stage_without_modules_asks_for_no_size() -> None:
    assert smallest_map([Stage(8, 0, poolings=3), Stage(8, 1, poolings=1)]) == 3


@pytest.mark.parametrize("kind", STEMS)
@pytest.mark.parametrize(
    ("poolings", "smallest"),
    [
        ([0], 1), ([3], 8), ([1, 1], 3), ([0, 0, 1], 5), ([1, 2, 1], 7),
        ([3, 2, 1, 0], 8), ([2, 2, 2], 13), ([0, 0, 0, 2], 25),
    ],
)
def test_the_smallest_image_runs_and_one_pixel_less_is_refused(
    kind: str, poolings: list[int], smallest: int
) -> None:
    stages = [Stage(8, 1, poolings=count) for count in poolings]
    assert smallest_map(stages) == smallest
    network = ResidualAttentionNetwork(STEMS[kind](), stages, 3).eval()
    side = network.smallest
    assert side == (smallest if kind == "cifar" else 4 * smallest - 1)
    assert network(torch.randn(2, 3, side, side + 1)).isfinite().all()
    for size in ((side - 1, side), (side, side - 1)):
        message = f"^images must be at least {side} x {side} pixels, got "
        with pytest.raises(ValueError, match=message + "{} x {}".format(*size)):
            network(torch.randn(1, 3, *size))
        with pytest.raises(ValueError, match=message):
            network.with_masks(torch.randn(1, 3, *size))
    network.smallest = 1  # without the check, some mask has nothing left to halve
    with pytest.raises((ValueError, RuntimeError)):
        network(torch.randn(1, 3, side - 1, side - 1))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "smallest"), [("attention56", 31), ("attention92", 31),
                           ("cifar_attention56", 8), ("cifar_attention452", 8)]
)
def test_the_papers_networks_name_their_smallest_image(
    name: str, smallest: int
) -> None:
    with torch.device("meta"):
        assert getattr(zoo, name)().smallest == smallest


# Masks.


def test_the_logits_are_the_same_with_and_without_asking_for_masks(
    network: ResidualAttentionNetwork,
) -> None:
    images = torch.randn(3, 3, 40, 40)
    assert torch.equal(network(images), network.with_masks(images)[0])


def test_the_masks_are_those_that_the_network_computes_in_their_order(
    network: ResidualAttentionNetwork,
) -> None:
    computed: list[Tensor] = []
    for name, module in network.named_modules():
        if name.endswith(".mask"):
            module.register_forward_hook(lambda _, __, mask: computed.append(mask))
    masks = network.with_masks(torch.randn(2, 3, 40, 40))[1]
    assert len(computed) == 3
    for found, used in zip(masks.values(), computed, strict=True):
        assert found is used and found.std() > 0


def test_a_network_passes_its_options_on_to_every_module() -> None:
    network = small(
        CifarStem(), p=2, t=3, r=2, activation=spatial_attention, merge=naive_attention
    )
    parts = [part for stage in network.stages for part in stage]
    modules = [part for part in parts if isinstance(part, AttentionModule)]
    assert len(modules) == 3
    for module in modules:
        assert module.mask.activation is spatial_attention
        assert module.merge is naive_attention
        assert [len(module.before), len(module.trunk), len(module.after)] == [2, 3, 2]
        assert len(module.mask.body.down) == 2


def test_only_the_first_unit_of_a_later_stage_halves_the_map() -> None:
    network = small(CifarStem())
    strides = [
        [part.conv2.stride[0] for part in stage.modules() if hasattr(part, "conv3")]
        for stage in network.stages
    ]
    for number, found in enumerate(strides):
        assert found[0] == (2 if number else 1) and set(found[1:]) <= {1}
    kinds = [[type(part).__name__ for part in stage] for stage in network.stages]
    unit, module = "ResidualUnit", "AttentionModule"
    assert kinds == [[unit, module], [unit, module, module, unit], [unit, unit]]


# Weights.


@pytest.mark.parametrize("name", ["attention56", "attentionnext56", "cifar_resnet164"])
def test_every_convolution_starts_with_the_variance_of_he(name: str) -> None:
    scores = []
    for layer in getattr(zoo, name)().modules():
        if isinstance(layer, nn.Conv2d):
            weight = layer.weight.detach().double()
            fan_in = weight[0].numel()
            spread = math.sqrt(2 / weight.numel())  # of a sample variance over the true
            scores.append((weight.var().item() * fan_in / 2 - 1) / spread)
    assert len(scores) > 100
    # Scores of normal weights are normal themselves, with deviation 1.
    assert 0.85 < math.hypot(*scores) / len(scores) ** 0.5 < 1.15
    assert max(map(abs, scores)) < 6


def test_gradients_reach_every_parameter(network: ResidualAttentionNetwork) -> None:
    network.train()(torch.randn(4, 3, 64, 64)).square().sum().backward()
    assert [n for n, w in network.named_parameters() if not w.grad.any()] == []


def test_a_saved_network_comes_back_the_same(network: ResidualAttentionNetwork) -> None:
    file, images = io.BytesIO(), torch.randn(2, 3, 40, 40)
    network.train()(images)
    torch.save(network.eval().state_dict(), file)
    file.seek(0)
    again = small(type(network.stem)())
    assert not torch.equal(again(images), network(images))
    again.load_state_dict(torch.load(file, weights_only=True))
    assert torch.equal(again(images), network(images))


def test_a_copy_is_the_same_and_lives_its_own_life(
    network: ResidualAttentionNetwork,
) -> None:
    images = torch.randn(2, 3, 40, 40)
    before, twin = network(images), copy.deepcopy(network)
    assert torch.equal(twin(images), before)
    nn.init.zeros_(twin.head.classify.weight)
    assert torch.equal(network(images), before)
    assert not torch.equal(twin(images), before)
