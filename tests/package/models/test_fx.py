"""torch.fx: every network can be traced, and the checks at its door stay in what was
traced."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, fx, nn
from torchvision.models.feature_extraction import (
    create_feature_extractor,
    get_graph_node_names,
)

from resattn_tutorial.models import zoo
from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import AttentionName

LARGE = {name for name in zoo.__all__ if not name.startswith("cifar")}


def small(name: str) -> nn.Module:
    """A small network with one attention, or a first network."""
    if name.startswith("first"):
        return build_network(name, 10)
    return build_network("mini1", 10, attention=name)


def seen(size: int, number: int = 2, channels: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(number)
    return torch.randn(number, channels, size, size, generator=generator)


def assert_traced(network: nn.Module, images: Tensor) -> None:
    """A network and what was traced of it say the same, bit for bit."""
    traced = fx.symbolic_trace(network.eval())
    with torch.no_grad():
        for number in (1, len(images)):
            assert torch.equal(traced(images[:number]), network(images[:number]))


@pytest.mark.slow
@pytest.mark.parametrize("name", zoo.__all__)
def test_every_network_of_the_paper_is_traced_and_says_the_same(name: str) -> None:
    torch.manual_seed(0)
    assert_traced(getattr(zoo, name)(), seen(64 if name in LARGE else 32))


@pytest.mark.parametrize("name", [*AttentionName, "first_attention", "first_residual"])
def test_every_arm_and_every_first_network_is_traced(name: str) -> None:
    assert_traced(small(name), seen(32))


def test_what_was_traced_learns_the_same():
    network = mini_network(1).train()
    traced, gradients = fx.symbolic_trace(network), []
    for one in (network, traced):
        network.zero_grad()
        one(seen(32, 4)).square().sum().backward()
        gradients.append([weight.grad.clone() for weight in network.parameters()])
    assert all(map(torch.equal, *gradients)) and gradients[0][0].any()


@pytest.mark.parametrize(("images", "words"), [
    (seen(32, channels=4), "images must have 3 channels, got 4"),
    (seen(4), "images must be at least .* pixels"),
])
def test_what_was_traced_still_refuses_what_the_network_refuses(
    images: Tensor, words: str
):
    with pytest.raises(ValueError, match=words):
        fx.symbolic_trace(mini_network(1).eval())(images)


def hooked(network: nn.Module, names: list[str]) -> Callable[[Tensor], dict]:
    """The outputs of some modules, by hooks."""
    def run(images: Tensor) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        hooks = [
            network.get_submodule(name).register_forward_hook(
                lambda _, __, out, name=name: found.update({name: out.clone()}))
            for name in names
        ]
        network(images)
        for hook in hooks:
            hook.remove()
        return found

    return run


def test_torchvision_extracts_the_maps_of_any_module():
    network = mini_network(2).eval()
    # A Sequential or a unit is known by its last node.
    names = ["stages.0", "stages.1.1.mask", "stages.1.1.trunk.0.bn2", "head.classify"]
    assert set(names[2:]) <= set(get_graph_node_names(network)[1])
    extractor, images = create_feature_extractor(network, names), seen(32)
    with torch.no_grad():
        found, expected = extractor(images), hooked(network, names)(images)
    assert found.keys() == expected.keys()
    for name in names:
        assert torch.equal(found[name], expected[name]), name
