"""What an attention module does, judged from outside; its layers are in
``test_layer_networks.py``."""

from __future__ import annotations

import copy
from collections import Counter

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.attention_module import (
    AttentionModule,
    naive_attention,
    residual_attention,
)
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    mixed_attention,
    spatial_attention,
)
from resattn_tutorial.models.residual import ResidualUnit, he_initialise

COUNTS = [(1, 2, 1), (2, 4, 3), (1, 1, 2), (3, 2, 1)]  # p, t, r


@pytest.fixture(autouse=True)
def seeded() -> None:
    torch.manual_seed(0)


def calibrated(*args: object, **options: object) -> AttentionModule:
    """A module in eval whose running statistics are those of random maps."""
    module = he_initialise(AttentionModule(*args, **options))
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        module(torch.randn(4, module.mask.channels, 16, 16))
    return module.eval()


def units_of(module: nn.Module) -> list[ResidualUnit]:
    return [layer for layer in module.modules() if isinstance(layer, ResidualUnit)]


def plainly(module: AttentionModule, x: Tensor, p: int, t: int) -> Tensor:
    """A module's output, step by step, from its units and its mask.

    The units are taken in the order in which they were made.
    """
    masked = set(units_of(module.mask))
    units = [unit for unit in units_of(module) if unit not in masked]
    assert len(units) == 2 * p + t
    for unit in units[:p]:
        x = unit(x)
    mask = module.mask(x)
    for unit in units[p : p + t]:
        x = unit(x)
    x = (1 + mask) * x
    for unit in units[p + t :]:
        x = unit(x)
    return x


@pytest.mark.parametrize(("p", "t", "r"), COUNTS)
@pytest.mark.parametrize("poolings", [1, 3])
def test_a_module_is_units_then_trunk_and_mask_then_units(
    p: int, t: int, r: int, poolings: int
) -> None:
    module = calibrated(8, poolings, p, t, r)
    x = torch.randn(2, 8, 16, 24)
    with torch.no_grad():
        torch.testing.assert_close(module(x), plainly(module, x, p, t))


@pytest.mark.parametrize(("p", "t", "r"), COUNTS)
@pytest.mark.parametrize("poolings", [0, 1, 2, 3])
def test_a_module_holds_as_many_units_as_p_t_and_r_say_and_uses_each_once(
    p: int, t: int, r: int, poolings: int
) -> None:
    module = calibrated(8, poolings, p, t, r)
    in_mask = 2 * r * max(poolings, 1) + max(poolings - 1, 0)
    assert len(units_of(module.mask)) == in_mask
    calls: Counter[nn.Module] = Counter()
    for unit in units_of(module):
        unit.register_forward_hook(lambda unit, *_: calls.update([unit]))
    module(torch.randn(1, 8, 8, 8))
    assert len(calls) == len(units_of(module)) == 2 * p + t + in_mask
    assert set(calls.values()) == {1}


def test_the_mask_and_the_trunk_start_from_the_same_raw_map() -> None:
    module, seen = calibrated(8, 2, p=2), {}
    for name in ("before", "trunk", "mask", "after"):
        module.get_submodule(name).register_forward_hook(
            lambda _, args, out, name=name: seen.update({name: (args[0], out)})
        )
    x = torch.randn(2, 8, 16, 16)
    module(x)
    assert seen["before"][0] is x
    split = seen["before"][1]
    assert split.min() < 0  # a sum that no ReLU has seen
    assert seen["mask"][0] is split and seen["trunk"][0] is split
    trunk, mask = seen["trunk"][1], seen["mask"][1]
    torch.testing.assert_close(seen["after"][0], trunk + mask * trunk)


def test_the_mask_that_is_given_back_is_the_one_that_was_used() -> None:
    used = []

    def merge(mask: Tensor, trunk: Tensor) -> Tensor:
        used.append(mask)
        return residual_attention(mask, trunk)

    module = calibrated(8, 2, merge=merge)
    used.clear()
    x = torch.randn(2, 8, 9, 16)
    out, mask = module.with_mask(x)
    assert len(used) == 1 and used[0] is mask
    assert mask.shape == x.shape and mask.std() > 0.01
    assert torch.equal(out, module(x))


@pytest.mark.parametrize(
    "activation", [mixed_attention, channel_attention, spatial_attention]
)
def test_a_module_takes_the_activation_that_it_is_given(activation) -> None:
    module = calibrated(8, 2, activation=activation)
    raw = copy.deepcopy(module)
    raw.mask.activation = nn.Identity()
    x = torch.randn(2, 8, 16, 16)
    torch.testing.assert_close(module.with_mask(x)[1], activation(raw.with_mask(x)[1]))


def test_a_modules_activation_is_the_sigmoid_and_its_merge_residual() -> None:
    module = AttentionModule(8, 2)
    assert module.mask.activation is mixed_attention
    assert module.merge is residual_attention


def test_naive_attention_multiplies_and_residual_attention_adds_the_trunk() -> None:
    mask, trunk = torch.rand(2, 3, 4, 4), torch.randn(2, 3, 4, 4)
    assert torch.equal(naive_attention(mask, trunk), mask * trunk)
    torch.testing.assert_close(residual_attention(mask, trunk), (1 + mask) * trunk)


def test_a_mask_of_zeros_deletes_naively_and_lets_pass_residually() -> None:
    x = torch.randn(2, 8, 16, 16)
    residual = calibrated(8, 2, activation=torch.zeros_like)
    naive = copy.deepcopy(residual)
    naive.merge = naive_attention
    trunk = residual.trunk(residual.before(x))
    torch.testing.assert_close(residual(x), residual.after(trunk))
    assert torch.equal(naive(x), naive.after(torch.zeros_like(x)))


def test_gradients_reach_every_parameter_and_the_input_of_a_module() -> None:
    module = AttentionModule(8, 3, p=2, t=2, r=2)
    x = torch.randn(4, 8, 32, 32, requires_grad=True)
    module(x).square().sum().backward()
    assert x.grad.any()
    assert [n for n, weight in module.named_parameters() if not weight.grad.any()] == []


@pytest.mark.parametrize("poolings", [0, 1, 3])
def test_the_smallest_map_passes_a_module_and_a_smaller_one_is_refused(
    poolings: int,
) -> None:
    module, side = AttentionModule(4, poolings).eval(), 2**poolings
    assert module(torch.randn(1, 4, side, side + 3)).shape == (1, 4, side, side + 3)
    with pytest.raises(ValueError, match=f"^x must be at least {side} x {side} pixels"):
        module(torch.randn(1, 4, side, side - 1))
    with pytest.raises(ValueError, match="^x must have 4 channels, got 8"):
        module(torch.randn(1, 8, 16, 16))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"p": 0}, "p must be at least 1, got 0"),
        ({"t": -1}, "t must be at least 1, got -1"),
        ({"r": 0}, "r must be at least 1, got 0"),
        ({"poolings": -1}, "poolings must be at least 0, got -1"),
        ({"channels": 6}, "^channels must be a multiple of 4, got 6"),
    ],
)
def test_a_module_refuses_counts_that_do_not_fit(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AttentionModule(**{"channels": 8, "poolings": 2} | settings)
