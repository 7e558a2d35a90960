"""The recipes' optimizer: its rate and momentum, kept apart from where it computes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_runs import BATCH, make_trainer, recipe, small_network, stopping_at
from torch import nn

from resattn_tutorial.training.optimizer import (
    fill_momentum,
    load_optimizer_state,
    make_optimizer,
    optimizer_state,
    set_rate,
)

# A number that float32 holds exactly: the rate lies on a GPU in it.
RATE = 0.125


def fused(network: nn.Module, momentum: float = 0.9) -> torch.optim.SGD:
    """As on a GPU: one kernel, and the rate in a tensor."""
    optimizer = torch.optim.SGD(
        network.parameters(), torch.tensor(RATE), momentum=momentum, nesterov=True,
        weight_decay=1e-4, fused=True,
    )
    fill_momentum(optimizer)
    return optimizer


def take_step(network: nn.Module, optimizer: torch.optim.Optimizer) -> None:
    """One step on the sum of what a network answers to ones."""
    optimizer.zero_grad()
    network(torch.ones(BATCH, 3, 8, 8, dtype=torch.float64)).square().sum().backward()
    optimizer.step()


def pair() -> tuple[nn.Module, nn.Module]:
    """Two networks alike."""
    return small_network(), small_network()


def test_a_rate_in_a_tensor_is_changed_in_place() -> None:
    optimizer = fused(small_network())
    tensor = optimizer.param_groups[0]["lr"]
    set_rate(optimizer, 0.025)
    assert optimizer.param_groups[0]["lr"] is tensor and tensor == 0.025
    plain = make_optimizer(small_network(), recipe())
    set_rate(plain, 0.025)
    assert plain.param_groups[0]["lr"] == 0.025


def test_momentum_of_zero_is_what_sgd_begins_with() -> None:
    one, two = pair()
    ours, plain = fused(one), make_optimizer(two, recipe(rate=RATE))
    for rate in (RATE, RATE / 2, RATE / 8):
        for network, optimizer in ((one, ours), (two, plain)):
            set_rate(optimizer, rate)
            take_step(network, optimizer)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)


def test_a_first_step_that_is_skipped_leaves_no_momentum() -> None:
    network = small_network()
    optimizer = fused(network)
    optimizer.grad_scale, optimizer.found_inf = torch.tensor(1.0), torch.tensor(1.0)
    take_step(network, optimizer)
    momenta = [kept["momentum_buffer"] for kept in optimizer.state.values()]
    assert len(momenta) == len(list(network.parameters()))
    assert not any(momentum.any() for momentum in momenta)


@pytest.mark.parametrize("theirs, ours", [(True, False), (False, True)])
def test_a_state_goes_from_one_kind_of_device_to_the_other(
    theirs: bool, ours: bool
) -> None:
    def made(network: nn.Module, on_gpu: bool) -> torch.optim.SGD:
        return fused(network) if on_gpu else make_optimizer(network, recipe(rate=RATE))

    one, two = pair()
    before, after = made(one, theirs), made(two, ours)
    take_step(one, before)
    rate = after.param_groups[0]["lr"]
    state = optimizer_state(before)
    assert isinstance(state["param_groups"][0]["lr"], float)
    load_optimizer_state(after, state)
    group = after.param_groups[0]
    assert bool(group["fused"]) == ours and float(group["lr"]) == RATE
    assert group["lr"] is rate or not ours
    two.load_state_dict(one.state_dict())
    for network, optimizer in ((one, before), (two, after)):
        set_rate(optimizer, RATE / 2)
        take_step(network, optimizer)
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        assert torch.allclose(a, b, rtol=0, atol=1e-12)


def test_momentum_lies_in_memory_as_its_weight_does() -> None:
    one, two = pair()
    before = make_optimizer(one, recipe())
    take_step(one, before)
    two.to(memory_format=torch.channels_last)
    after = make_optimizer(two, recipe())
    load_optimizer_state(after, optimizer_state(before))
    for (weight, kept), old in zip(
        after.state.items(), before.state.values(), strict=True
    ):
        assert kept["momentum_buffer"].stride() == weight.stride()
        assert torch.equal(kept["momentum_buffer"], old["momentum_buffer"])


def test_a_run_without_momentum_keeps_none(tmp_path: Path) -> None:
    plain = replace(recipe(), momentum=0.0, nesterov=False)
    first = make_trainer(tmp_path, batches=stopping_at(3), run_recipe=plain)
    first.run()
    second = make_trainer(tmp_path, run_recipe=plain)
    assert not any(
        kept.get("momentum_buffer") is not None
        for kept in second.stepper.optimizer.state.values()
    )
    second.run()
    assert second.finished
