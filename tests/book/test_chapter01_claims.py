"""What chapter 1 says of deep stacks and of the bottleneck beyond what it prints."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter01.growing import growth as of_activation
from resattn_tutorial.models.residual import ResidualUnit, he_initialise

DERIVED = 1 / math.sqrt(1 - 1 / math.pi)


class Layer(nn.Module):
    """The chapter's plain layer; ``around`` pads with the far edge, not with zeros."""

    def __init__(self, channels: int, around: bool = False) -> None:
        super().__init__()
        self.bn = nn.BatchNorm2d(channels)
        mode = "circular" if around else "zeros"
        self.conv = nn.Conv2d(
            channels, channels, 3, padding=1, bias=False, padding_mode=mode
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(F.relu(self.bn(x)))


class WithShortcut(Layer):
    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def gradient_at_input(layers: list[nn.Module]) -> float:
    """As in the chapter."""
    x = torch.randn(16, 16, 8, 8, requires_grad=True)
    y = he_initialise(nn.Sequential(*layers))(x)
    direction = F.normalize(torch.randn(y.numel()), dim=0).view_as(y)
    (y / y.std().detach() * direction).sum().backward()
    return x.grad.norm().item()


def growth(kind: type[nn.Module], seed: int, *more: bool) -> float:
    """The gradient of sixty layers, divided by that of one."""
    found = []
    for depth in (60, 1):
        torch.manual_seed(seed)
        layers = [kind(16, *more) for _ in range(depth)]
        found.append(gradient_at_input(layers))
    return found[0] / found[1]


@pytest.mark.parametrize("seed", range(3))
def test_sixty_plain_layers_multiply_the_gradient_by_four_powers_of_ten(seed) -> None:
    factor = growth(Layer, seed) ** (1 / 59)
    assert DERIVED - 0.05 < factor < DERIVED
    assert growth(WithShortcut, seed) < 2


def test_without_zeros_at_the_border_the_factor_is_nearer_to_the_derived_one() -> None:
    torch.manual_seed(0)
    zeros, around = (
        sum(growth(Layer, seed, how) ** (1 / 59) for seed in range(3)) / 3
        for how in (False, True)
    )
    assert abs(around - DERIVED) < 0.01 < abs(zeros - DERIVED)


def test_the_four_steps_of_the_derivation_hold() -> None:
    torch.manual_seed(0)
    z = torch.randn(64, 256, 8, 8)
    bent = F.relu(z)
    assert z.square().mean().item() == pytest.approx(1, abs=0.01)
    assert bent.square().mean().item() == pytest.approx(1 / 2, abs=0.01)
    assert bent.mean().item() == pytest.approx(1 / math.sqrt(2 * math.pi), abs=0.005)
    conv = he_initialise(
        nn.Conv2d(256, 256, 3, padding=1, bias=False, padding_mode="circular")
    )
    y = conv(bent)
    assert y.square().mean().item() == pytest.approx(1, abs=0.06)
    means = y.mean((0, 2, 3)).square().mean().item()
    assert means == pytest.approx(1 / math.pi, abs=0.05)
    left = y.var((0, 2, 3)).mean().item()
    assert left == pytest.approx(1 - 1 / math.pi, abs=0.02)


def test_relu_and_convolution_keep_the_length_of_a_gradient() -> None:
    torch.manual_seed(0)
    z = torch.randn(16, 256, 8, 8, requires_grad=True)
    conv = he_initialise(
        nn.Conv2d(256, 256, 3, padding=1, bias=False, padding_mode="circular")
    )
    pull = torch.randn(16, 256, 8, 8)
    (back,) = torch.autograd.grad(conv(F.relu(z)), z, pull)
    assert (back.norm() / pull.norm()).item() == pytest.approx(1, abs=0.03)


def test_no_activation_of_the_table_keeps_a_gradient_but_the_straight_line() -> None:
    ranks = (torch.arange(100_000, dtype=torch.float64) + 0.5) / 100_000
    z = torch.special.ndtri(ranks)
    assert of_activation(F.relu, z) == pytest.approx(DERIVED, abs=1e-3)
    assert of_activation(lambda z: z, z) == pytest.approx(1, abs=1e-4)
    for f in (F.gelu, F.silu, torch.tanh, F.leaky_relu, torch.abs, torch.sin):
        assert of_activation(f, z) > 1.01


@pytest.mark.parametrize("channels", [64, 256, 1024])
def test_the_bottleneck_has_17_sixteenths_of_the_channels_squared(channels) -> None:
    with torch.device("meta"):
        unit = ResidualUnit(channels)
        single = nn.Conv2d(channels, channels, 3, bias=False)
    weights = sum(
        part.weight.numel() for part in unit.modules() if isinstance(part, nn.Conv2d)
    )
    assert 16 * weights == 17 * channels**2
    assert single.weight.numel() == 9 * channels**2 > 8 * weights


@pytest.mark.parametrize("seed", range(3))
def test_twenty_units_keep_the_gradient_below_ten_and_explode_without(seed) -> None:
    class Bare(ResidualUnit):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(x) - x

    for kind, lowest, highest in ((ResidualUnit, 1, 10), (Bare, 1e4, 2e5)):
        torch.manual_seed(seed)
        layers = [kind(16) for _ in range(20)]
        assert lowest < gradient_at_input(layers) < highest
