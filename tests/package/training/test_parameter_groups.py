"""Parameter groups: each parameter once, at its part's rate, and no frozen one."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import pytest
import torch
from torch import nn

from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.training.frozen import freeze
from resattn_tutorial.training.parameter_groups import parameter_groups


def small() -> nn.Module:
    """A stem with batch norm, two linear layers, a head."""
    torch.manual_seed(0)
    return nn.Sequential(OrderedDict(
        stem=nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)),
        body=nn.Sequential(nn.Flatten(), nn.Linear(4, 6), nn.Linear(6, 6)),
        head=nn.Linear(6, 2),
    ))


def told(network: nn.Module, groups: list[dict[str, Any]]) -> dict[str, tuple]:
    """Rate and decay of each parameter, by its name; each stands in one group."""
    names = {id(weight): name for name, weight in network.named_parameters()}
    found = [
        (names[id(weight)], (group["lr"], group["weight_decay"]))
        for group in groups for weight in group["params"]
    ]
    assert len(found) == len(dict(found))
    return dict(found)


def test_without_factors_there_is_one_group_of_all() -> None:
    network = small()
    [group] = parameter_groups(network, 0.1, weight_decay=1e-4)
    assert list(map(id, group["params"])) == list(map(id, network.parameters()))
    assert (group["lr"], group["weight_decay"]) == (0.1, 1e-4)


def test_a_part_has_its_factor_and_a_part_within_it_its_own() -> None:
    network = small()
    factors = {"body.2": 3, "head": 10, "body": 0.5}
    found = told(network, parameter_groups(network, 0.1, factors))
    rates = {"stem": 0.1, "body.1": 0.05, "body.2": 0.1 * 3, "head": 1.0}
    assert len(found) == len(list(network.parameters()))
    for name, (rate, decay) in found.items():
        part = next(part for part in rates if name.startswith(f"{part}."))
        assert (rate, decay) == (rates[part], 0)


def test_only_kernels_decay_where_that_is_asked() -> None:
    network = mini_network(1)
    groups = parameter_groups(network, 0.1, {"head": 10}, 1e-4, kernels_only=True)
    found = told(network, groups)
    kernels = {name for name, w in network.named_parameters() if w.dim() > 1}
    assert {name for name, (_, decay) in found.items() if decay} == kernels
    assert len(groups) == 4 and len(found) == len(list(network.parameters()))


@pytest.mark.parametrize("kind", [torch.optim.SGD, torch.optim.Adam])
def test_torch_s_optimizers_and_schedules_take_each_group_at_its_rate(kind) -> None:
    network = freeze(small(), "stem")
    groups = parameter_groups(network, 0.1, {"head": 10})
    optimizer = kind(groups)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.5)
    before = [weight.detach().clone() for weight in network.parameters()]
    network(torch.ones(2, 3, 3, 3)).sum().backward()
    gradients = [weight.grad for weight in network.parameters()]
    optimizer.step()
    schedule.step()
    assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.5]
    rates = [0] * 4 + [0.1] * 4 + [1.0] * 2
    for weight, old, gradient, rate in zip(
        network.parameters(), before, gradients, rates, strict=True
    ):
        if not rate:
            assert gradient is None and torch.equal(weight, old)
        elif kind is torch.optim.SGD:
            assert torch.allclose(weight, old - rate * gradient, atol=1e-6)
        else:                                        # a first step of Adam is the rate
            assert torch.allclose(weight, old - rate * gradient.sign(), atol=1e-4)


def test_a_wrapped_network_s_parts_have_their_plain_names() -> None:
    network = small()
    wrapped = nn.DataParallel(nn.DataParallel(network))
    found = told(network, parameter_groups(wrapped, 0.1, {"head": 2}))
    assert found["head.bias"] == (0.2, 0) and found["body.1.bias"] == (0.1, 0)


@pytest.mark.parametrize(("given", "kind", "words"), [
    ({"factors": {"haed": 2}}, ValueError, "no part 'haed'.*Did you mean head?"),
    ({"factors": {"head": 0}}, ValueError, r"factors\['head'\] must be above 0, got 0"),
    ({"factors": {"head": "10"}}, TypeError, r"factors\['head'\] must be a number"),
    ({"factors": ["head"]}, TypeError, "factors must be a mapping from names to num"),
    ({"rate": 0}, ValueError, "rate must be above 0, got 0"),
    ({"weight_decay": -1}, ValueError, "weight_decay must be at least 0, got -1"),
    ({"kernels_only": 1}, TypeError, "kernels_only must be True or False, got 1"),
    ({"network": None}, TypeError, "network must be an nn.Module, got NoneType"),
    ({"network": nn.ReLU()}, ValueError, "parameters that can learn, got none"),
])
def test_what_makes_no_groups_is_refused(given, kind, words) -> None:
    with pytest.raises(kind, match=words):
        parameter_groups(**{"network": small(), "rate": 0.1} | given)
