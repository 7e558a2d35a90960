"""Weights go into networks that others wrote, and into no network that is another."""

from __future__ import annotations

import inspect

import empty_file
import pytest
import torch
from network_faults import FAULTS
from sequential_network import network as of_sequences
from torch import nn
from written_networks import Flat, Functional, OtherOrder

from resattn_tutorial.models.matching.pairing import Palette, colours
from resattn_tutorial.models.matching.places import place_of
from resattn_tutorial.models.matching.trace import MatchingError, trace
from resattn_tutorial.models.matching.transfer import match_layers, take_weights
from resattn_tutorial.models.zoo import cifar_attention56

WRITTEN = {
    "with other names": empty_file.MyNetwork,
    "in another order of layers and branches": OtherOrder,
    "of functions": Functional,
    "as one flat class": Flat,
    "of sequences": of_sequences,
}


def images(count: int = 2, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, 32, 32, generator=draw)


@pytest.fixture(scope="module")
def source() -> nn.Module:
    return cifar_attention56(weights="SCENES")


@pytest.fixture(scope="module")
def ours(source):
    return trace(source, images())


def with_edits(edits: dict[str, str]) -> nn.Module:
    """``empty_file`` with other words in it."""
    text = inspect.getsource(empty_file)
    for find, put in edits.items():
        assert find in text, find
        text = text.replace(find, put)
    space = {"__name__": "edited"}
    exec(compile(text, "<edited>", "exec"), space)
    return space["MyNetwork"]()


@torch.no_grad()
def logits(network: nn.Module, inputs: torch.Tensor) -> torch.Tensor:
    return network.eval()(inputs)


@pytest.mark.parametrize("name", WRITTEN)
def test_a_network_written_otherwise_takes_the_weights_and_gives_the_logits(
    source, name
):
    mine = WRITTEN[name]()
    assert take_weights(mine, source, images()) == 216
    other = images(3, seed=1)                        # none of those it was asked with
    got, right = logits(mine, other), logits(source, other)
    assert (got - right).abs().max() <= 1e-4 * right.abs().max()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_refused_by_part_and_reason(source, fault):
    mine = with_edits(fault.edits)
    before = {name: value.clone() for name, value in mine.state_dict().items()}
    with pytest.raises(MatchingError) as refused:
        take_weights(mine, source, images())
    for words in fault.words:
        assert words in str(refused.value)
    after = mine.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before), (
        "a network that is refused keeps its weights")


def test_every_layer_has_a_colour_of_its_own(ours):
    found = colours(ours, Palette())
    assert len(set(found)) == len(ours) == 217       # the logits are one of them


def test_layers_that_cannot_be_told_apart_are_named():
    class Twins(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.one, self.two = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)

        def forward(self, x):
            return self.one(x) + self.two(x)

    layers = trace(Twins(), images())
    with pytest.raises(MatchingError, match=r"^one and two cannot be told apart"):
        match_layers(layers, layers)


def test_every_layer_of_the_package_s_network_has_a_place_in_words(ours):
    places = [place_of(layer.name) for layer in ours]
    assert len(set(places)) == len(places)
    assert not [one for one in places if "." in one]


def test_a_call_leaves_modes_statistics_and_gradients_as_they_were(source):
    mine = empty_file.MyNetwork()
    mine.stem.eval()
    before = {name: value.clone() for name, value in mine.named_buffers()}
    trace(mine, images())
    assert mine.training
    assert not mine.stem.training
    assert all(torch.equal(before[name], b) for name, b in mine.named_buffers())
    assert all(p.grad is None for p in mine.parameters())


class Broken(nn.Module):
    """Gives what it is told to give."""

    def __init__(self, give) -> None:
        super().__init__()
        self.give, self.stem = give, nn.Conv2d(3, 10, 1)

    def forward(self, x):
        return self.give(self, x)


DOORS = {
    "a list": (lambda net, x: [net.stem(x)], "must return logits, got a list"),
    "nothing": (lambda net, x: None, "must return logits, got a NoneType"),
    "a constant": (lambda net, x: torch.zeros(2, 10), "was computed from the images"),
    "a map": (lambda net, x: net.stem(x), r"must have shape \(2, 10\), got \(2, 10, 3"),
    "a changed weight": (
        lambda net, x: torch.conv2d(x, net.stem.weight * 2),
        "the order of calls is computed from stem.weight"),
}


@pytest.mark.parametrize("name", DOORS)
def test_what_gives_no_logits_is_refused_at_the_door(source, name):
    give, words = DOORS[name]
    with pytest.raises(MatchingError, match=words):
        take_weights(Broken(give), source, images())


@pytest.mark.parametrize("change", [
    {"network": empty_file.MyNetwork}, {"source": None}, {"images": [1, 2]},
])
def test_arguments_of_another_kind_are_refused(source, change):
    given = {"network": nn.Flatten(), "source": source, "images": images()} | change
    with pytest.raises(TypeError, match=f"^{next(iter(change))} must be"):
        take_weights(**given)


def test_an_error_in_somebody_s_forward_passes_as_it_is(source):
    broken = Broken(lambda net, x: net.nothing)
    with pytest.raises(AttributeError, match="nothing"):
        take_weights(broken, source, images())
