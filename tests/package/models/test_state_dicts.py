"""State dicts of all kinds: loaded whole, with a word on it, or refused untouched."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torchvision.models import resnet18

from resattn_tutorial.models.mini import mini_network
from resattn_tutorial.models.state_dicts import (
    PLACES,
    load_weights,
    require_same_weights,
)
from resattn_tutorial.models.zoo import cifar_attention56


def small(seed: int = 0, classes: int = 4) -> nn.Module:
    """A convolution, batch norm, a linear head; statistics of some past."""
    torch.manual_seed(seed)
    network = nn.Sequential(
        nn.Conv2d(3, 5, 3), nn.BatchNorm2d(5), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, classes),
    )
    network(torch.rand(4, 3, 8, 8))
    return network


def alike(one: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> bool:
    """Whether two states are the same, bit for bit."""
    return one.keys() == other.keys() and all(
        torch.equal(one[name], other[name]) for name in one
    )


def inside(network: nn.Module) -> nn.Module:
    """A wrapper around a part, and one around all."""
    network[0] = torch.compile(network[0])
    return nn.DataParallel(network)


MODULE = "Took 'module.' off 9 names, which a wrapper had put there."
COMPILED = "Took '_orig_mod.' off 9 names, which a wrapper had put there."
WRAPPED: dict[str, tuple[Callable, list[str]]] = {
    "as it is": (lambda n: n, []),
    "DataParallel": (nn.DataParallel, [MODULE]),
    "twice": (lambda n: nn.DataParallel(nn.DataParallel(n)), [MODULE]),
    "compile": (torch.compile, [COMPILED]),
    "compile outside": (
        lambda n: torch.compile(nn.DataParallel(n)), [MODULE, COMPILED]
    ),
    "compile inside": (
        lambda n: nn.DataParallel(torch.compile(n)), [MODULE, COMPILED]
    ),
    "a part": (inside, [MODULE, COMPILED.replace("9", "2")]),
}


@pytest.mark.parametrize("ours", ["as it is", "DataParallel", "compile inside"])
@pytest.mark.parametrize("theirs", WRAPPED)
def test_what_wrappers_put_into_names_does_no_harm_on_either_side(
    theirs: str, ours: str
) -> None:
    network, trained, heard = small(seed=1), small(), []
    wanted = copy.deepcopy(trained.state_dict())
    wrap, lines = WRAPPED[theirs]
    told = load_weights(
        WRAPPED[ours][0](network), wrap(trained).state_dict(), say=heard.append
    )
    assert alike(network.state_dict(), wanted)
    assert told == heard and (ours != "as it is" or told == lines)


@pytest.mark.parametrize("place", PLACES)
def test_a_state_is_found_where_people_put_it(place: str, capsys) -> None:
    network, trained = small(seed=1), small()
    saved = {place: trained.state_dict(), "epoch": 3, "optimizer": {"state": {}}}
    told = load_weights(network, saved, "a.pt")
    assert told == [f"Took the weights under '{place}' of a.pt."]
    assert capsys.readouterr().out == f"{told[0]}\n"
    assert alike(network.state_dict(), trained.state_dict())


def test_one_place_in_another_and_a_wrapper_s_names_are_all_told() -> None:
    network, trained = small(seed=1), nn.DataParallel(small())
    saved = {"model": {"state_dict": trained.state_dict()}}
    assert load_weights(network, saved, say=lambda line: None) == [
        "Took the weights under 'model' of state.",
        "Took the weights under 'state_dict' of state['model'].", MODULE,
    ]
    assert alike(network.state_dict(), trained.module.state_dict())


def test_a_file_of_torch_s_own_is_read_and_answers_as_its_network(tmp_path) -> None:
    trained, network = mini_network(1).eval(), mini_network(1).eval()
    wrapped = nn.DataParallel(trained)
    torch.save({"state_dict": wrapped.state_dict()}, tmp_path / "a.pth")
    saved = torch.load(tmp_path / "a.pth", weights_only=True)
    assert len(load_weights(network, saved)) == 2
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(network(images), trained(images))


def test_a_part_that_is_really_called_module_keeps_its_name() -> None:
    def named(seed: int) -> nn.Module:
        torch.manual_seed(seed)
        return nn.ModuleDict({"module": nn.Linear(2, 2), "other": nn.Linear(2, 2)})

    network, trained = named(0), named(1)
    assert load_weights(network, trained.state_dict()) == []
    assert alike(network.state_dict(), trained.state_dict())


def test_names_that_would_be_one_without_the_words_are_left_as_they_are() -> None:
    network = nn.ModuleDict({"module": nn.ModuleDict({"a": nn.Linear(2, 2)}),
                             "a": nn.Linear(2, 2)})
    trained = copy.deepcopy(network)
    nn.init.zeros_(trained["a"].weight)
    assert load_weights(network, trained.state_dict()) == []
    assert alike(network.state_dict(), trained.state_dict())
    plain = nn.ModuleDict({"a": nn.Linear(2, 2)})
    with pytest.raises(ValueError, match="it has module.a.weight besides"):
        load_weights(plain, trained.state_dict())


def test_numbers_of_another_width_are_taken_and_the_network_s_stays() -> None:
    network, trained = small(seed=1).eval(), small().double()
    load_weights(network, trained.state_dict())
    assert network[0].weight.dtype == torch.float32 and not network.training
    assert torch.equal(network[0].weight, trained[0].weight.float())


def without(*names: str) -> Mapping[str, Tensor]:
    """A state without some of its names."""
    return {n: v for n, v in small().state_dict().items() if n not in names}


def changed(name: str, value: Any) -> Mapping[str, Any]:
    """A state in which one value is another."""
    return {**small().state_dict(), name: value}


FOREIGN: dict[str, tuple[Callable[[], Mapping[str, Any]], str]] = {
    "empty": (dict, "it lacks 0.weight; it lacks 0.bias.*; and 4 more, 9 in all: 9"),
    "resnet": (
        lambda: resnet18().state_dict(),
        r"(it lacks [\w.]+; ){4}it lacks [\w.]+; and 126 more, 131 in all: 9 missing, "
        "122 left over, 0 of another",
    ),
    "one less": (lambda: without("1.running_var"), "network: it lacks 1.running_var.$"),
    "one more": (
        lambda: changed("7.bias", torch.ones(1)), "network: it has 7.bias besides.$"
    ),
    "a shape": (
        lambda: changed("0.weight", torch.ones(5, 3, 1, 1)),
        r"0.weight is \(5, 3, 1, 1\) in it, \(5, 3, 3, 3\) here.$",
    ),
    "a kind": (
        lambda: changed("0.bias", torch.ones(5).long()),
        "0.bias is torch.int64 in it, torch.float32 here.$",
    ),
    "classes": (
        lambda: small(classes=100).state_dict(),
        r"5.weight is \(100, 5\) in it, \(4, 5\) here: it tells 100 classes apart, so "
        r"build the network for 100, load, and exchange the head afterwards; 5.bias is "
        r"\(100,\) in it, \(4,\) here.$",
    ),
    "in a wrapper": (
        lambda: {"model": nn.DataParallel(small(classes=9)).state_dict()},
        "state holds another network: 5.weight is .*9 classes apart",
    ),
    "two places": (
        lambda: {"model": small().state_dict(), "state_dict": {}},
        "state holds 'state_dict' and 'model': give one of them",
    ),
    "no numbers": (
        lambda: changed("0.bias", torch.ones(5, device="meta")),
        r"state\['0.bias'\] must hold numbers, got a tensor on the meta device",
    ),
}
NO_STATE: dict[str, tuple[Callable[[], Any], str]] = {
    "a list": (lambda: [1], "state must be a mapping from names to tensors, got list"),
    "nothing": (lambda: None, "state must be a mapping .*, got NoneType"),
    "a network": (small, r"state must be a state dict, got a network: its state_d"),
    "a network inside": (
        lambda: {"model": small()}, r"state\['model'\] must be a state dict, got a netw"
    ),
    "a number": (lambda: changed("epoch", 3), r"state\['epoch'\] must be a tensor,"),
    "another place": (
        lambda: {"net": small().state_dict()}, r"state\['net'\] must be a tensor, got O"
    ),
    "no text": (lambda: {3: torch.ones(1)}, "a name in state must be text, got int"),
    "sparse": (
        lambda: changed("0.bias", torch.ones(5).to_sparse()), "must be a dense tensor"
    ),
}


@pytest.mark.parametrize(("kind", "case"), [
    *[(ValueError, case) for case in FOREIGN], *[(TypeError, case) for case in NO_STATE]
])
def test_what_is_no_state_of_ours_is_refused_and_the_network_is_untouched(
    kind: type, case: str, capsys
) -> None:
    network = small(seed=1)
    before = copy.deepcopy(network.state_dict())
    make, words = (FOREIGN | NO_STATE)[case]
    with pytest.raises(kind, match=words):
        load_weights(network, make())
    assert alike(network.state_dict(), before) and not capsys.readouterr().out


def test_torch_s_own_loading_would_leave_half_of_it() -> None:
    """The reason for it all: what fits is loaded before torch says what does not."""
    network = small(seed=1)
    before = copy.deepcopy(network.state_dict())
    with pytest.raises(RuntimeError):
        network.load_state_dict(small(classes=100).state_dict())
    assert not alike(network.state_dict(), before)


def test_another_network_of_the_paper_is_counted_by_hand() -> None:
    network, other = mini_network(1), cifar_attention56()
    ours, theirs = network.state_dict(), other.state_dict()
    shapes = sum(ours[n].shape != theirs[n].shape for n in ours.keys() & theirs.keys())
    missing = len(ours.keys() - theirs.keys())
    besides = len(theirs.keys() - ours.keys())
    words = (
        f"{missing + besides + shapes} in all: {missing} missing, {besides} left over, "
        f"{shapes} of another"
    )
    with pytest.raises(ValueError, match=words):
        require_same_weights(network, theirs)


def test_the_head_is_the_last_linear_layer_and_no_other_gets_its_words() -> None:
    def two(hidden: int, classes: int) -> nn.Module:
        return nn.Sequential(nn.Linear(2, hidden), nn.Linear(hidden, classes))

    with pytest.raises(ValueError, match=r"1.weight is \(9, 3\) .*tells 9 classes"):
        load_weights(two(3, 4), two(3, 9).state_dict())
    with pytest.raises(ValueError, match=r"0.weight is \(5, 2\) in it, .* here; "):
        load_weights(two(3, 4), two(5, 4).state_dict())


def test_a_network_without_a_linear_layer_has_no_head_to_speak_of() -> None:
    with pytest.raises(ValueError, match=r"weight is \(3, 3, 1, 1\) in it, .* here.$"):
        load_weights(nn.Conv2d(3, 2, 1, bias=False),
                     nn.Conv2d(3, 3, 1, bias=False).state_dict())


@pytest.mark.parametrize(("given", "words"), [
    ({"network": small().state_dict()}, "network must be an nn.Module, got Ord"),
    ({"say": "print"}, "say must be a function, got str"),
])
def test_other_arguments_are_looked_at_too(given: dict[str, Any], words: str) -> None:
    with pytest.raises(TypeError, match=words):
        load_weights(**{"network": small(), "state": small().state_dict()} | given)
