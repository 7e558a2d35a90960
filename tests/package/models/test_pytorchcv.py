"""pytorchcv's networks hold our layers, and two of them compute something else.

All with equal weights. Networks whose weights were just drawn have batch norms that do
not know their maps yet, and grow numbers of which float32 keeps too few digits. So the
statistics are first those of two images, and the comparison is in float64.
"""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from resattn_tutorial.models.departures import (
    DEPARTURES,
    add_trunk_to_mask,
    double_skips,
    pad_poolings,
)
from resattn_tutorial.models.pytorchcv import from_pytorchcv, to_pytorchcv
from resattn_tutorial.models.zoo import (
    attention56,
    attention92,
    cifar_attention56,
    cifar_resnet164,
)

REASON = "pytorchcv is not installed; it is in the extra `test`"


def shapes(state: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in state.items()}


def drawn(count: int, size: int, seed: int) -> Tensor:
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, size, size, generator=draw, dtype=torch.float64)


@torch.no_grad()
def calibrated(network: nn.Module, images: Tensor) -> nn.Module:
    """The network with the statistics of these images, in evaluation mode."""
    for part in network.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.momentum = 1.0
    network.train()(images)
    return network.eval()


@torch.no_grad()
def apart(one: nn.Module, other: nn.Module, images: Tensor) -> float:
    """How far two networks' outputs lie apart, in parts of the second's."""
    wanted = other(images)
    return float((one(images) - wanted).norm() / wanted.norm())


def pair(name: str, size: int) -> tuple[nn.Module, nn.Module]:
    """Ours and theirs, with the same weights, in float64."""
    theirs = pytest.importorskip("pytorchcv.model_provider", reason=REASON)
    build = {"resattnet56": attention56, "resattnet92": attention92,
             "preresnet164bn_cifar10": cifar_resnet164}[name]
    torch.manual_seed(0)
    ours = calibrated(build().double(), drawn(2, size, 1))
    other = theirs.get_model(name).double().eval()
    other.load_state_dict(to_pytorchcv(ours))
    return ours, other


@pytest.fixture(scope="module")
def pair56() -> tuple[nn.Module, nn.Module]:
    return pair("resattnet56", 224)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), [
    ("resattnet56", 224), ("resattnet92", 224), ("preresnet164bn_cifar10", 32),
])
def test_a_state_goes_there_and_back_under_the_right_names(name: str, size: int):
    ours, theirs = pair(name, size)
    assert shapes(to_pytorchcv(ours)) == shapes(theirs.state_dict())
    back = from_pytorchcv(theirs.state_dict(), ours)
    assert list(back) == list(ours.state_dict())
    assert all(torch.equal(back[n], v) for n, v in ours.state_dict().items())


@pytest.mark.slow
@pytest.mark.parametrize("name", ["resattnet56", "resattnet92"])
def test_with_all_three_departures_ours_is_theirs(name: str):
    ours, theirs = pair(name, 224)
    images = drawn(1, 224, 2)
    assert apart(ours, theirs, images) > 0.1
    for depart in DEPARTURES.values():
        depart(ours)
    assert apart(ours, theirs, images) < 1e-10


@pytest.mark.slow
def test_theirs_is_not_ours_while_any_of_the_three_is_left(pair56):
    """As published; pooled as the files do; each skip once; the trunk kept out."""
    ours, theirs = pair56
    images = drawn(1, 224, 2)
    steps = [
        apart(theirs, ours, images),
        apart(add_trunk_to_mask(double_skips(fresh(ours))), ours, images),
        apart(add_trunk_to_mask(fresh(ours)), ours, images),
        apart(fresh(ours), ours, images),
    ]
    assert all(step > 0.1 for step in steps[:3])
    assert steps[3] < 1e-10
    alone = [apart(depart(fresh(ours)), ours, images)
             for depart in DEPARTURES.values()]
    assert all(step > 0.1 for step in alone)


def fresh(network: nn.Module) -> nn.Module:
    """Another Attention-56 with the same weights."""
    other = attention56().double().eval()
    other.load_state_dict(network.state_dict())
    return other


@pytest.mark.slow
def test_a_hundred_and_sixty_four_layers_without_attention_are_the_same():
    ours, theirs = pair("preresnet164bn_cifar10", 32)
    assert apart(ours, theirs, drawn(4, 32, 2)) < 1e-12


@pytest.mark.slow
def test_theirs_fits_one_size_of_image_and_ours_departed_many(pair56):
    ours, theirs = pair56
    with pytest.raises(RuntimeError):
        theirs(drawn(1, 112, 2))
    assert pad_poolings(fresh(ours))(drawn(1, 112, 2)).shape == (1, 1000)


# What needs no pytorchcv.

def test_a_state_of_another_network_is_refused_and_every_name_is_told():
    with torch.device("meta"):
        small, large = attention56(), attention92()
    state, fewer = to_pytorchcv(large), to_pytorchcv(small)
    extra = [name for name in state if name not in fewer]
    with pytest.raises(ValueError, match="^state must fit the network") as refused:
        from_pytorchcv(state, small)
    said = str(refused.value)
    assert f"{len(extra)} left over" in said and "missing" not in said
    assert all(name in said for name in extra)
    with pytest.raises(ValueError) as refused:
        from_pytorchcv(fewer, large)
    said = str(refused.value)
    assert f"{len(extra)} missing" in said and "left over" not in said
    assert all(name in said for name in extra)


def test_a_state_of_a_network_of_another_kind_is_refused():
    with torch.device("meta"):
        ours, resnet = attention56(), cifar_resnet164()
    state = to_pytorchcv(resnet)
    with pytest.raises(ValueError) as refused:
        from_pytorchcv(state, ours)
    assert "missing: features.init_block.conv.conv.weight" in str(refused.value)
    assert "left over: features.init_block.weight" in str(refused.value)


def test_as_many_names_as_there_should_be_are_not_enough():
    with torch.device("meta"):
        ours = cifar_resnet164()
    state = to_pytorchcv(ours)
    state["output.scale"] = state.pop("output.weight")
    with pytest.raises(ValueError) as refused:
        from_pytorchcv(state, ours)
    assert "1 missing: output.weight; 1 left over: output.scale." in str(refused.value)


def test_a_weight_of_another_shape_is_refused_with_both_shapes():
    with torch.device("meta"):
        ten, hundred = cifar_resnet164(10), cifar_resnet164(100)
    with pytest.raises(ValueError) as refused:
        from_pytorchcv(to_pytorchcv(hundred), ten)
    said = str(refused.value)
    assert "2 of another shape: output.weight (100, 256) for (10, 256)" in said
    assert "output.bias (100,) for (10,)" in said


def test_names_of_two_places_are_never_the_same():
    with torch.device("meta"):
        networks = attention56(), attention92(), cifar_resnet164(), cifar_attention56()
    for network in networks:
        assert len(to_pytorchcv(network)) == len(network.state_dict())


def test_tensors_are_handed_on_and_nothing_is_changed():
    ours = cifar_resnet164()
    state = to_pytorchcv(ours)
    assert state["output.bias"].data_ptr() == ours.head.classify.bias.data_ptr()
    back = from_pytorchcv(state, ours)
    assert back["head.classify.bias"] is state["output.bias"]


def test_a_departed_network_keeps_its_names():
    with torch.device("meta"):
        plain, departed = attention56(), attention56()
        for depart in DEPARTURES.values():
            depart(departed)
    assert list(to_pytorchcv(departed)) == list(to_pytorchcv(plain))


@pytest.mark.parametrize(("state", "words"), [
    (None, "state must be a state dictionary, got NoneType"),
    ([1], "state must be a state dictionary, got list"),
    ({"output.bias": 1}, r"state\['output.bias'\] must be a tensor, got int"),
])
def test_what_is_no_state_is_refused(state, words: str):
    with pytest.raises(TypeError, match=words):
        from_pytorchcv(state, cifar_resnet164())


@pytest.mark.parametrize("wrong", [None, nn.Linear(2, 2)])
def test_what_is_none_of_our_networks_is_refused(wrong):
    for call in (lambda: from_pytorchcv({}, wrong), lambda: to_pytorchcv(wrong)):
        with pytest.raises(TypeError, match="network must be a ResidualAttention"):
            call()
