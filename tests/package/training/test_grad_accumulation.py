"""Gradients accumulated: against torch's own whole batch, and batch norm by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from small_runs import CLASSES, CPU, Greedy, small_network
from torch import Tensor, nn

from resattn_tutorial.runtime.precision import make_scaler
from resattn_tutorial.training.grad_accumulation import (
    RunningStatistics,
    accumulate_gradients,
)

SCALER = make_scaler(CPU, "float32")


def a_batch(count: int = 8) -> tuple[Tensor, Tensor]:
    """Normal inputs and labels."""
    draw = torch.Generator().manual_seed(count)
    x = torch.randn(count, 3, 8, 8, generator=draw, dtype=torch.float64)
    return x, torch.randint(CLASSES, (count,), generator=draw)


def backward(network: nn.Module, x: Tensor, y: Tensor, parts: int) -> Tensor:
    """The package's function, with what it needs."""
    statistics = RunningStatistics(network)
    return accumulate_gradients(network, x, y, statistics, SCALER, accumulation=parts)


def gradients(network: nn.Module) -> Tensor:
    """All of them, as one vector."""
    return torch.cat([p.grad.flatten() for p in network.parameters()])


def by_hand(network: nn.Sequential, x: Tensor, y: Tensor, parts: int) -> tuple:
    """Loss, gradients, mean and variance of each part's features, all written out."""
    conv, norm, _, _, _, linear = network
    weights = [p.detach().clone().requires_grad_() for p in network.parameters()]
    kernel, gain, shift, matrix, bias = weights
    loss, seen = 0.0, []
    for part, labels in zip(x.chunk(parts), y.chunk(parts), strict=True):
        maps = F.conv2d(part, kernel, padding=conv.padding)
        count = maps.numel() // maps.shape[1]
        mean = maps.sum((0, 2, 3)) / count
        away = maps - mean[:, None, None]
        variance = (away**2).sum((0, 2, 3)) / count
        ready = away / (variance + norm.eps).sqrt()[:, None, None]
        ready = (gain[:, None, None] * ready + shift[:, None, None]).clamp(min=0)
        pooled = ready.unflatten(3, (2, 4)).unflatten(2, (2, 4)).mean((3, 5))
        logits = pooled.flatten(1) @ matrix.T + bias
        chosen = logits[torch.arange(len(labels)), labels]
        loss = loss + (logits.exp().sum(1).log() - chosen).sum() / len(y)
        seen.append((mean.detach(), variance.detach() * count / (count - 1)))
    loss.backward()
    return loss.detach(), torch.cat([w.grad.flatten() for w in weights]), seen


@pytest.mark.parametrize("parts", [1, 2, 4, 8])
def test_without_batch_norm_shares_give_the_whole_batch_s_loss_and_gradients(
    parts: int,
) -> None:
    x, y = a_batch()
    network, whole = small_network(norm=False), small_network(norm=False)
    loss = backward(network, x, y, parts)
    wanted = F.cross_entropy(whole(x), y)
    wanted.backward()
    assert loss.item() == pytest.approx(wanted.item(), abs=1e-12)
    assert torch.allclose(gradients(network), gradients(whole), rtol=0, atol=1e-12)


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_with_batch_norm_they_equal_a_version_written_by_hand(parts: int) -> None:
    x, y = a_batch()
    network = small_network()
    wanted, wanted_gradients, _ = by_hand(network, x, y, parts)
    loss = backward(network, x, y, parts)
    assert loss.item() == pytest.approx(wanted.item(), abs=1e-12)
    assert torch.allclose(gradients(network), wanted_gradients, rtol=0, atol=1e-12)


def test_batch_norm_notices_the_shares() -> None:
    x, y = a_batch()
    whole, halves = by_hand(small_network(), x, y, 1), by_hand(small_network(), x, y, 2)
    assert abs(whole[0] - halves[0]) > 1e-4


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_running_statistics_move_once_by_the_mean_of_what_the_shares_saw(
    parts: int,
) -> None:
    network, momentum = small_network(), 0.3
    norm = network[1]
    norm.momentum = momentum
    norm.running_mean.uniform_()
    norm.running_var.uniform_(1, 2)
    norm.num_batches_tracked.fill_(41)
    old = norm.running_mean.clone(), norm.running_var.clone()
    x, y = a_batch()
    _, _, seen = by_hand(network, x, y, parts)
    backward(network, x, y, parts)
    for k, now in enumerate((norm.running_mean, norm.running_var)):
        mean = sum(part[k] for part in seen) / parts
        wanted = (1 - momentum) * old[k] + momentum * mean
        assert torch.allclose(now, wanted, rtol=0, atol=1e-14)
    assert norm.num_batches_tracked.item() == 42


def test_a_norm_that_averages_all_batches_alike_counts_a_step_once() -> None:
    network = small_network()
    network[1].momentum = None
    seen = []
    for count in (8, 4):
        x, y = a_batch(count)
        seen += [sum(s[0] for s in by_hand(network, x, y, 2)[2]) / 2]
        backward(network, x, y, 2)
    wanted = (seen[0] + seen[1]) / 2
    assert torch.allclose(network[1].running_mean, wanted, rtol=0, atol=1e-14)


@pytest.mark.parametrize(("parts", "failing"), [(2, 1), (2, 2), (4, 3)])
def test_a_part_that_fails_leaves_the_statistics_as_they_were(
    parts: int, failing: int
) -> None:
    greedy = Greedy(8)
    network = small_network(0, greedy)
    statistics = RunningStatistics(network)
    backward(network, *a_batch(), 1)                 # no longer what they began as
    kept = statistics.copy()
    passes = []

    def fail(module: nn.Module, arguments: tuple) -> None:
        passes.append(module)
        greedy.most = 0 if len(passes) == failing else 8

    greedy.register_forward_pre_hook(fail)
    with pytest.raises(torch.OutOfMemoryError):
        backward(network, *a_batch(), parts)
    assert len(passes) == failing
    for now, then in zip(statistics.copy(), kept, strict=True):
        assert torch.equal(now, then)


def test_statistics_put_back_are_the_network_s_own() -> None:
    network = small_network()
    statistics = RunningStatistics(network)
    kept = statistics.copy()
    network(a_batch()[0])
    assert network[1].running_mean.abs().sum() > 0
    statistics.put_back(kept)
    assert network[1].running_mean.abs().sum() == 0
    assert network[1].num_batches_tracked == 0


@pytest.mark.parametrize(("count", "parts"), [(8, 3), (8, 16), (7, 2), (0, 1)])
def test_a_batch_that_cannot_be_divided_is_refused_before_anything_moves(
    count: int, parts: int
) -> None:
    network = small_network()
    with pytest.raises(ValueError, match=f"^the batch must be .*got {count}"):
        backward(network, *a_batch(count), parts)
    assert all(p.grad is None for p in network.parameters())
    assert network[1].num_batches_tracked == 0


@pytest.mark.parametrize("parts", [0, 1.0, True])
def test_a_number_of_shares_that_is_none_is_refused(parts: object) -> None:
    with pytest.raises((TypeError, ValueError), match="^accumulation must be"):
        backward(small_network(), *a_batch(), parts)


def test_gradients_add_to_those_that_are_there() -> None:
    x, y = a_batch()
    network = small_network(norm=False)
    backward(network, x, y, 2)
    once = gradients(network).clone()
    backward(network, x, y, 2)
    assert torch.allclose(gradients(network), 2 * once, rtol=1e-12)
