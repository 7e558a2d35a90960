"""The older unit, against a plain version and torchvision's, and its exchange."""

from __future__ import annotations

import copy
import re

import pytest
import torch
import torch.nn.functional as F
from layer_tables import error
from torch import Tensor, nn
from torchvision.models.resnet import Bottleneck

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import (
    PostActivationUnit,
    exchange_units,
    resnext_unit,
)
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.stem_and_head import CifarStem

# Channels in and out, stride, groups, widening, whether the first convolution steps.
KINDS = {
    "identity": (16, 16, 1, 1, 1, False),
    "wider": (8, 16, 1, 1, 1, False),
    "stride": (8, 16, 2, 1, 1, False),
    "stride, same channels": (16, 16, 2, 1, 1, False),
    "stride first": (8, 16, 2, 1, 1, True),
    "groups": (8, 16, 2, 4, 2, False),
}


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> tuple:
    """The arguments of each kind of unit in turn."""
    return KINDS[request.param]


def trained(unit: nn.Module) -> nn.Module:
    """The unit in float64, with batch norms that are far from their start."""
    unit.double()
    for name, weight in unit.named_parameters():
        if weight.dim() == 1:
            nn.init.uniform_(weight, *((-0.5, 0.5) if "bias" in name else (0.5, 2)))
    for name, values in unit.named_buffers():
        if values.dim() == 1:
            nn.init.uniform_(values, *((-0.5, 0.5) if "mean" in name else (0.5, 2)))
    return unit.eval()


def plainly(x: Tensor, weights: dict[str, Tensor], kind: tuple) -> Tensor:
    """The unit written out, from its weights by name."""
    _, _, stride, groups, _, stride_first = kind

    def norm(x: Tensor, name: str) -> Tensor:
        parts = ("running_mean", "running_var", "weight", "bias")
        mean, var, scale, shift = (
            weights[f"{name}.{part}"][:, None, None] for part in parts
        )
        return (x - mean) / (var + 1e-5).sqrt() * scale + shift

    first, second = (stride, 1) if stride_first else (1, stride)
    y = norm(F.conv2d(x, weights["conv1.weight"], stride=first), "bn1").clamp(min=0)
    y = F.conv2d(y, weights["conv2.weight"], None, second, 1, groups=groups)
    y = F.conv2d(norm(y, "bn2").clamp(min=0), weights["conv3.weight"])
    if "projection.0.weight" in weights:
        x = norm(F.conv2d(x, weights["projection.0.weight"], stride=stride),
                 "projection.1")
    return (norm(y, "bn3") + x).clamp(min=0)


def test_a_unit_is_what_the_paper_of_residual_networks_says(kind: tuple) -> None:
    unit = trained(PostActivationUnit(*kind))
    x = torch.randn(3, kind[0], 9, 8, dtype=torch.float64)
    found = unit(x)
    assert error(found.detach(), plainly(x, unit.state_dict(), kind).detach()) <= 1e-12
    assert found.min() == 0 and found.max() > 0


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", [name for name in KINDS if name != "stride first"])
def test_a_unit_equals_torchvisions_with_the_same_weights(
    name: str, training: bool
) -> None:
    inputs, outputs, stride, groups, widening, _ = KINDS[name]
    ours, shortcut = trained(PostActivationUnit(*KINDS[name])), None
    if "identity" not in name:
        project = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
        shortcut = nn.Sequential(project, nn.BatchNorm2d(outputs))
    # torchvision says how wide a group is for 64 of its channels.
    width = 64 * widening // groups
    theirs = Bottleneck(inputs, outputs // 4, stride, shortcut, groups, width)
    weights = ours.state_dict()
    assert len(weights) == len(theirs.state_dict())
    theirs.double().load_state_dict(
        {key.replace("projection", "downsample"): w for key, w in weights.items()}
    )
    x = torch.randn(3, inputs, 9, 8, dtype=torch.float64)
    with torch.no_grad():
        found, expected = ours.train(training)(x), theirs.train(training)(x)
    assert error(found, expected) <= 1e-12


def test_resnexts_unit_has_32_groups_and_twice_the_channels_inside() -> None:
    unit = resnext_unit(128, 256, 2)
    theirs = Bottleneck(128, 64, 2, nn.Identity(), groups=32, base_width=4)
    for name in ("conv1", "conv2", "conv3"):
        assert str(getattr(unit, name)) == str(getattr(theirs, name))
    assert (unit.conv2.groups, unit.conv2.in_channels) == (32, 128)


def test_every_parameter_of_a_unit_receives_gradient(kind: tuple) -> None:
    unit = PostActivationUnit(*kind)
    x = torch.randn(4, kind[0], 8, 8, requires_grad=True)
    unit(x).square().sum().backward()
    assert x.grad.any()
    assert [name for name, w in unit.named_parameters() if not w.grad.any()] == []


@pytest.mark.parametrize(
    ("settings", "refused", "message"),
    [
        ((8, 10), ValueError, "out_channels must be a multiple of 4, got 10."),
        ((0, 8), ValueError, "in_channels must be at least 1, got 0."),
        ((8, 8, 1.0), TypeError, "stride must be a whole number, got 1.0."),
    ],
)
def test_a_unit_refuses_counts_that_do_not_fit(
    settings: tuple, refused: type[Exception], message: str
) -> None:
    with pytest.raises(refused, match=f"^{re.escape(message)}$"):
        PostActivationUnit(*settings)


def test_a_unit_refuses_an_input_that_does_not_fit() -> None:
    unit = PostActivationUnit(8, 8)
    with pytest.raises(ValueError, match="^x must have 8 channels, got 3"):
        unit(torch.zeros(1, 3, 5, 5))
    with pytest.raises(ValueError, match="^x is an empty batch"):
        unit(torch.zeros(0, 8, 5, 5))
    assert unit.eval()(torch.zeros(0, 8, 5, 5)).shape == (0, 8, 5, 5)


# The exchange.


def small(**options: object) -> ResidualAttentionNetwork:
    stages = [Stage(16, 1, poolings=2), Stage(32, 1, poolings=1, leave=1)]
    return ResidualAttentionNetwork(CifarStem(), stages, num_classes=5, **options)


def post(inputs: int, outputs: int, stride: int) -> PostActivationUnit:
    return PostActivationUnit(inputs, outputs, stride, groups=2, widening=2)


def test_each_new_unit_has_the_channels_and_step_of_the_one_it_replaces() -> None:
    network = small()
    before = {n: m for n, m in network.named_modules() if isinstance(m, ResidualUnit)}
    assert exchange_units(network, post) is network
    after = dict(network.named_modules())
    assert not any(isinstance(module, ResidualUnit) for module in after.values())
    for name, old in before.items():
        new = after[name]
        assert isinstance(new, PostActivationUnit)
        assert new.conv2.stride == old.conv2.stride, name
        assert (new.in_channels, new.conv3.out_channels) == (
            old.in_channels, old.conv3.out_channels
        ), name
        projects = isinstance(new.projection, nn.Sequential)
        assert projects == (old.projection is not None), name


def test_after_an_exchange_masks_and_head_lose_their_first_batch_norm() -> None:
    network = exchange_units(small(), post)
    for module in network.modules():
        if isinstance(module, AttentionModule):
            assert isinstance(module.mask.bn1, nn.Identity)
            assert isinstance(module.mask.bn2, nn.BatchNorm2d)
    assert isinstance(network.head.bn, nn.Identity)
    assert isinstance(network.stem, CifarStem)


def test_what_an_exchange_leaves_changes_nothing_that_is_rectified() -> None:
    network = exchange_units(small(), post).eval()
    without = copy.deepcopy(network)
    features = without.stages(without.stem(torch.randn(2, 3, 16, 16)))
    assert features.min() >= 0
    mean = features.mean(dim=(2, 3))
    torch.testing.assert_close(network.head(features), without.head.classify(mean))


def test_gradients_reach_every_parameter_of_an_exchanged_network() -> None:
    network = exchange_units(small(), post)
    network(torch.randn(4, 3, 16, 16)).square().sum().backward()
    assert [n for n, w in network.named_parameters() if not w.grad.any()] == []


def test_an_exchanged_network_still_gives_back_its_masks() -> None:
    network = exchange_units(small(), post).eval()
    images = torch.randn(2, 3, 16, 16)
    logits, masks = network.with_masks(images)
    assert torch.equal(logits, network(images))
    assert [tuple(m.shape) for m in masks.values()] == [(2, 16, 16, 16), (2, 32, 8, 8)]
