"""What can stand where the masks stand: each arm against a plain way to compute it."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.cost.flops import operations
from resattn_tutorial.models.attention_arms import ARMS, exchange_attention
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.channel_gates import CbamGate, SqueezeGate
from resattn_tutorial.models.mini import mini_network, mini_stages
from resattn_tutorial.models.registry import MINI, build_network
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.names import AttentionName

NETWORKS = [*MINI, "cifar_attention56", "cifar_attention92", "attention56"]


def multiply_adds(name: str, attention: str) -> int:
    size = 224 if name == "attention56" else 32
    with torch.device("meta"):
        network = build_network(name, 10, 0, attention)
        done = operations(network, torch.empty(1, 3, size, size))
    return sum(one.multiply_adds for one in done)


def units(network: nn.Module) -> int:
    return sum(isinstance(part, ResidualUnit) for part in network.modules())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_masks_cost_is_given_to_the_trunk_to_within_two_per_cent(name):
    whole, without = (multiply_adds(name, arm) for arm in ("residual", "none"))
    assert multiply_adds(name, "trunk") == pytest.approx(whole, rel=0.02)
    assert without < 0.75 * whole


@pytest.mark.parametrize("arm", ["naive", "channel", "spatial"])
def test_arms_that_exchange_a_function_cost_and_weigh_the_same(arm):
    assert multiply_adds("mini3", arm) == multiply_adds("mini3", "residual")
    ours = build_network("mini1", 10, 0, arm).state_dict()
    theirs = build_network("mini1", 10, 0).state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_a_local_mask_costs_what_a_mask_does_to_within_five_per_cent():
    for name in NETWORKS:
        ratio = multiply_adds(name, "local") / multiply_adds(name, "residual")
        assert 1 < ratio < 1.05, name
    network = build_network("mini1", 10, 0, "local")
    assert not any(isinstance(part, nn.MaxPool2d) for part in network.modules())


@pytest.mark.parametrize("arm", ["none", "trunk", "squeeze", "cbam"])
def test_arms_without_masks_hold_no_mask(arm):
    network = build_network("mini3", 10, 0, arm)
    assert not any(isinstance(part, AttentionModule) for part in network.modules())
    assert network.with_masks(torch.rand(1, 3, 32, 32))[1] == {}
    # Three entrances; in each of six modules one unit, two of the trunk, one more.
    assert units(network) == 3 + 6 * 4 + (15 if arm == "trunk" else 0)


def test_the_trunk_of_every_arm_is_the_same_in_number_and_order():
    module = AttentionModule(32, 2).eval()
    x = torch.randn(2, 32, 16, 16)
    plain = ARMS[AttentionName.NONE](copy.deepcopy(module))
    expected = module.after(module.trunk(module.before(x)))
    assert torch.equal(plain(x), expected)


def test_naive_attention_multiplies_and_residual_attention_adds_the_trunk():
    module = AttentionModule(32, 2).eval()
    x = torch.randn(2, 32, 16, 16)
    split = module.before(x)
    mask, trunk = module.mask(split), module.trunk(split)
    close = torch.testing.assert_close
    close(module(x), module.after((1 + mask) * trunk))
    close(ARMS[AttentionName.NAIVE](module)(x), module.after(mask * trunk))


def test_residual_leaves_any_network_as_it_is_and_no_other_arm_does():
    network = nn.Linear(2, 2)
    assert exchange_attention(network, "residual") is network
    with pytest.raises(TypeError, match="ResidualAttentionNetwork .* got Linear"):
        exchange_attention(network, "naive")
    with pytest.raises(TypeError, match="got FirstAttentionNetwork and 'trunk'"):
        build_network("first_attention", 10, 0, "trunk")
    with pytest.raises(ValueError, match="naiv'. Did you mean naive"):
        build_network("mini1", 10, 0, "naiv")


def test_every_attention_has_an_arm_that_learns():
    assert {*ARMS, AttentionName.RESIDUAL} == set(AttentionName)
    images, labels = torch.rand(4, 3, 32, 32), torch.tensor([0, 1, 2, 3])
    for arm in AttentionName:
        network = build_network("mini1", 10, 0, arm)
        F.cross_entropy(network(images), labels).backward()
        still = [
            name for name, weight in network.named_parameters()
            if weight.grad is None or not weight.grad.isfinite().all()
        ]
        assert not still, (arm, still)


def test_a_squeeze_gate_equals_a_slow_plain_one():
    gate, x = SqueezeGate(32).double(), torch.randn(3, 32, 5, 4).double()
    expected = torch.empty_like(x)
    for n in range(3):
        means = torch.stack([x[n, c].mean() for c in range(32)])
        hidden = (gate.squeeze.weight @ means + gate.squeeze.bias).clamp_min(0)
        weights = 1 / (1 + torch.exp(-(gate.excite.weight @ hidden + gate.excite.bias)))
        for c in range(32):
            expected[n, c] = weights[c] * x[n, c]
    torch.testing.assert_close(gate(x), expected)
    assert gate.squeeze.out_features == 4 and SqueezeGate(128).squeeze.out_features == 8


def test_a_cbam_gate_equals_a_slow_plain_one():
    gate = CbamGate(32).double().eval()
    gate.bn.running_mean.fill_(0.3)
    gate.bn.running_var.fill_(2.0)
    x = torch.randn(2, 32, 6, 7).double()
    channel = gate.channel
    for n in range(2):
        maps = x[n].reshape(32, -1)
        means, largest = maps.mean(1)[None], maps.amax(1)[None]
        score = channel.weights(means) + channel.weights(largest)
        y = x[n] * torch.sigmoid(score[0])[:, None, None]
        seen = F.pad(torch.stack([y.mean(0), y.amax(0)]), (3, 3, 3, 3))
        for row in range(6):
            for column in range(7):
                window = seen[:, row:row + 7, column:column + 7]
                sum_ = (window * gate.position.weight[0]).sum()
                scaled = (sum_ - 0.3) / (2.0 + gate.bn.eps) ** 0.5
                expected = y[:, row, column] * torch.sigmoid(scaled)
                torch.testing.assert_close(gate(x)[n, :, row, column], expected)


def test_gates_refuse_what_does_not_fit():
    for gate in (SqueezeGate(32), CbamGate(32)):
        with pytest.raises(ValueError, match="x must have 32 channels, got 16|32"):
            gate(torch.rand(1, 16, 4, 4))
    with pytest.raises(ValueError, match="channels must be at least 1"):
        SqueezeGate(0)


def test_a_mini_network_has_the_stated_stages_and_smallest_image():
    for name, modules in MINI.items():
        network = build_network(name, 7)
        assert [stage.modules for stage in mini_stages(modules)] == [modules] * 2 + [0]
        _, masks = network.eval().with_masks(torch.rand(1, 3, 32, 32))
        assert len(masks) == 2 * modules
        shapes = [(1, 32, 16, 16)] * modules + [(1, 64, 8, 8)] * modules
        assert [tuple(mask.shape) for mask in masks.values()] == shapes
    smallest = mini_network(1).eval().smallest
    mini_network(1).eval()(torch.rand(1, 3, smallest, smallest))
    with pytest.raises(ValueError, match="at least"):
        mini_network(1).eval()(torch.rand(1, 3, smallest - 1, smallest - 1))
    with pytest.raises(ValueError, match="modules must be at least 1, got 0"):
        mini_network(0)
