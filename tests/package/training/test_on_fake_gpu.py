"""No tensor is left on the CPU: a training on tensors that say they lie elsewhere.

PyTorch's fake tensors have a device and a shape, and no numbers. An operation that
mixes two devices fails on them as it does on a GPU. Without a GPU, PyTorch goes
backward on fake tensors of one other device only, which is called ``lazy``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode

from resattn_tutorial.data import loaders
from resattn_tutorial.data.datasets import ImageSet
from resattn_tutorial.data.loaders import ByteBatches
from resattn_tutorial.data.mixup import mix
from resattn_tutorial.data.random_erasing import erase
from resattn_tutorial.data.transforms import SmallImageInputs
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.runtime.precision import make_scaler
from resattn_tutorial.training import grad_accumulation
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)

ELSEWHERE, CPU = torch.device("lazy", 0), torch.device("cpu")
NETWORKS = "first_attention", "cifar_attention56", "attention56"


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every tensor of a test is a fake one, and no number is looked at."""
    monkeypatch.setattr(loaders, "require_fitting", lambda *_: None)
    # PyTorch's autocast knows no such device.
    monkeypatch.setattr(grad_accumulation, "autocast", lambda *_: nullcontext())
    with FakeTensorMode():
        yield


def images(count: int = 24) -> ImageSet:
    """Small images on the CPU, as they are read."""
    pixels = torch.zeros(count, 3, 32, 32, dtype=torch.uint8)
    labels = torch.zeros(count, dtype=torch.int64)
    return ImageSet("none", "made", tuple("abcdefghij"), pixels, labels)


def elsewhere(name: str) -> nn.Module:
    """A network that is made there: fake weights cannot be moved."""
    with ELSEWHERE:
        return build_network(name, 10)


def inputs_for(name: str) -> Tensor:
    """Four images for a network."""
    side = 64 if name == "attention56" else 32
    return torch.zeros(4, 3, side, side, device=ELSEWHERE)


def test_batches_are_made_where_the_network_is() -> None:
    batches = ByteBatches(images(), 8, 0, ELSEWHERE).starting_at(2)
    for _ in range(3):                               # over the end of an epoch
        x, y = next(batches)
        assert x.device == y.device == ELSEWHERE
        assert x.shape == (8, 3, 32, 32) and x.dtype == torch.float32


def test_images_are_erased_and_mixed_where_the_network_is() -> None:
    inputs = inputs_for("first_attention")
    rectangles = torch.zeros(4, 4, dtype=torch.int64, device=ELSEWHERE)
    labels = torch.zeros(4, dtype=torch.int64, device=ELSEWHERE)
    x, y = mix(erase(inputs, rectangles), labels, 0.3, 10)
    assert x.device == y.device == ELSEWHERE
    assert x.shape == inputs.shape and y.shape == (4, 10)
    network = elsewhere("first_attention").train()
    loss = accumulate_gradients(
        network, x, y, RunningStatistics(network), make_scaler(CPU, "float32"),
        "float32", 2, 0.1,
    )
    assert loss.device == ELSEWHERE


@pytest.mark.parametrize("accumulation", [1, 2])
@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_computed_where_the_network_is(
    name: str, accumulation: int
) -> None:
    network = elsewhere(name).train()
    labels = torch.zeros(4, dtype=torch.int64, device=ELSEWHERE)
    loss = accumulate_gradients(
        network, inputs_for(name), labels, RunningStatistics(network),
        make_scaler(CPU, "float32"), "float32", accumulation, 0.1,
    )
    assert loss.device == ELSEWHERE
    assert all(p.grad.device == ELSEWHERE for p in network.parameters())


def test_test_images_come_to_where_the_network_is() -> None:
    network = elsewhere("first_attention").eval()
    transform = SmallImageInputs(mean=(0.5, 0.5, 0.5))
    seen = [
        network(x).topk(5).indices == y[:, None]
        for x, y in images().test_batches(transform, ELSEWHERE, 10)
    ]
    assert [len(hits) for hits in seen] == [10, 10, 4]
    assert all(hits.device == ELSEWHERE for hits in seen)


def test_a_tensor_that_is_left_on_the_cpu_is_seen() -> None:
    network, x = elsewhere("first_attention"), inputs_for("first_attention")
    with pytest.raises(ValueError, match="must lie where the weights do"):
        network(x.cpu())
    network.register_forward_hook(lambda module, x, out: out + torch.ones(4, 10))
    with pytest.raises(RuntimeError, match="device"):
        network(x)
