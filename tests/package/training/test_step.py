"""One step: against torch's own loop; memory that runs out; a scaler that skips."""

from __future__ import annotations

from functools import partial
from itertools import islice
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from small_runs import (
    BATCH,
    Doubled,
    Greedy,
    make_trainer,
    outcome,
    recipe,
    small_network,
    stopping_at,
    unlike,
)
from torch import Tensor, nn

from resattn_tutorial.recipes import Recipe
from resattn_tutorial.training import step
from resattn_tutorial.training.step import Stepper

Batch = tuple[Tensor, Tensor]


def batches(count: int) -> list[Batch]:
    """The first ones."""
    return list(islice(Doubled().starting_at(0), count))


def weights(network: nn.Module) -> Tensor:
    """All parameters as one vector."""
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_steps_equal_those_of_a_plain_loop() -> None:
    network, plain = small_network(), small_network()
    plan = Recipe("r", 10, BATCH, 0.3, momentum=0.8, nesterov=False, weight_decay=0.01)
    stepper = Stepper(network, plan)
    momenta = [torch.zeros_like(p) for p in plain.parameters()]
    for (x, y), rate in zip(batches(3), (0.3, 0.2, 0.05), strict=True):
        loss = stepper.step(x, y, rate)
        wanted = F.cross_entropy(plain(x), y)
        found = torch.autograd.grad(wanted, list(plain.parameters()))
        assert loss.item() == pytest.approx(wanted.item(), abs=1e-12)
        with torch.no_grad():
            for p, gradient, momentum in zip(
                plain.parameters(), found, momenta, strict=True
            ):
                momentum.mul_(0.8).add_(gradient + 0.01 * p)
                p -= rate * momentum
    assert torch.allclose(weights(network), weights(plain), rtol=0, atol=1e-12)


def test_nesterov_looks_ahead() -> None:
    ahead, behind = small_network(), small_network()
    for network, nesterov in ((ahead, True), (behind, False)):
        plan = Recipe("r", 10, BATCH, 0.3, nesterov=nesterov)
        stepper = Stepper(network, plan)
        assert stepper.optimizer.defaults["nesterov"] is nesterov
        stepper.step(*batches(1)[0], 0.3)
    assert not torch.allclose(weights(ahead), weights(behind))


@pytest.mark.parametrize("last", [True, False])
def test_the_memory_format_is_the_network_s_and_the_inputs(last: bool) -> None:
    seen = []
    network = small_network()
    network[0].register_forward_pre_hook(lambda module, x: seen.append(x[0]))
    stepper = Stepper(network, recipe(), channels_last=last)
    stepper.step(*batches(1)[0], 0.1)
    for tensor in (*seen, network[0].weight):
        assert tensor.is_contiguous(memory_format=stepper.format)
        assert tensor.is_contiguous() is not last
    assert stepper.surroundings()["memory format"] == (
        "torch.channels_last" if last else "torch.contiguous_format"
    )


def test_what_is_prepared_is_what_runs() -> None:
    ran = []

    def prepare(network: nn.Module) -> nn.Module:
        return nn.Sequential(network, nn.Identity())

    network = small_network()
    stepper = Stepper(network, recipe(), prepare=prepare)
    stepper.runner[1].register_forward_hook(lambda *told: ran.append(told))
    before = weights(network)
    stepper.step(*batches(1)[0], 0.1)
    assert len(ran) == 1 and not torch.equal(before, weights(network))
    assert set(stepper.state()["network"]) == set(network.state_dict())


def test_what_was_done_to_the_network_is_told() -> None:
    plain = Stepper(small_network(), recipe()).surroundings()
    changed = ("compiled", "deterministic", "synchronised batch norm")
    assert not any(plain[name] for name in changed)
    compiled = Stepper(
        small_network(), recipe(), prepare=partial(torch.compile, backend="eager")
    )
    assert compiled.surroundings() == plain | {"compiled": True}
    joined = Stepper(
        small_network(), recipe(), prepare=nn.SyncBatchNorm.convert_sync_batchnorm
    )
    assert joined.surroundings() == plain | {"synchronised batch norm": True}
    assert len(joined.statistics.counts) == 1
    torch.use_deterministic_algorithms(True)
    try:
        assert Stepper(small_network(), recipe()).surroundings()["deterministic"]
    finally:
        torch.use_deterministic_algorithms(False)


@pytest.mark.parametrize("shares", [3, 16])
def test_shares_that_do_not_divide_the_batch_are_refused_at_the_door(
    shares: int,
) -> None:
    words = f"batch_size must be a multiple of {shares}, got 8"
    with pytest.raises(ValueError, match=words):
        Stepper(small_network(), recipe(), shares=shares)
    with pytest.raises(ValueError, match="shares must be at least 1"):
        Stepper(small_network(), recipe(), shares=0)


@pytest.mark.parametrize(("most", "shares"), [(7, 2), (4, 2), (3, 4), (1, 8)])
def test_a_batch_that_does_not_fit_is_halved_and_said_aloud(
    most: int, shares: int
) -> None:
    told: list[str] = []
    stepper = Stepper(small_network(0, Greedy(most)), recipe(), say=told.append)
    begun_so = Stepper(small_network(0, Greedy(most)), recipe(), shares=shares)
    for x, y in batches(4):
        losses = [one.step(x, y, 0.1).item() for one in (stepper, begun_so)]
        assert losses[0] == losses[1]
    assert stepper.shares == shares
    assert not unlike(stepper.state(), begun_so.state())
    assert len(told) == {2: 1, 4: 2, 8: 3}[shares]   # once for each halving
    assert told[-1] == (
        f"Out of memory: from now on 8 images are learned from in {shares} shares of "
        f"{8 // shares}. One thing changes by this: batch norm takes its mean over a "
        "share."
    )


def test_a_batch_that_cannot_be_halved_is_torch_s_own_error() -> None:
    told: list[str] = []
    stepper = Stepper(
        small_network(0, Greedy(2)), recipe(batch=6), say=told.append
    )
    before = stepper.statistics.copy()
    x, y = batches(1)[0]
    with pytest.raises(torch.OutOfMemoryError, match="3 images do not fit"):
        stepper.step(x[:6], y[:6], 0.1)
    assert len(told) == 1                            # 6 -> 3, and no further
    for now, then in zip(stepper.statistics.copy(), before, strict=True):
        assert torch.equal(now, then)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    stepper = Stepper(small_network(), recipe())
    with pytest.raises(RuntimeError, match="channels"):
        stepper.step(torch.zeros(8, 2, 8, 8).double(), torch.zeros(8).long(), 0.1)
    assert stepper.shares == 1


@pytest.fixture
def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scaler as float16 has it, on the CPU, and growing soon."""

    def make(device: torch.device, precision: str) -> torch.amp.GradScaler:
        return torch.amp.GradScaler(device.type, init_scale=1024.0, growth_interval=4)

    monkeypatch.setattr(step, "make_scaler", make)


def overflow(network: nn.Module, times: int) -> None:
    """Let the first backward passes overflow."""
    left = [times]

    def spoil(gradient: Tensor) -> Tensor:
        left[0] -= 1
        return gradient * float("inf") if left[0] >= 0 else gradient

    network[0].weight.register_hook(spoil)


def test_a_scaled_step_is_the_same_step(scaled: None) -> None:
    network = small_network()
    stepper = Stepper(network, recipe())
    for x, y in batches(3):
        stepper.step(x, y, 0.1)
    plain = small_network()
    optimizer = torch.optim.SGD(
        plain.parameters(), 0.1, momentum=0.9, nesterov=True, weight_decay=1e-4
    )
    for x, y in batches(3):
        optimizer.zero_grad()
        F.cross_entropy(plain(x), y).backward()
        optimizer.step()
    assert torch.allclose(weights(network), weights(plain), rtol=0, atol=1e-12)


def test_a_step_that_overflows_is_skipped_and_its_batch_counts(
    scaled: None, tmp_path: Path
) -> None:
    network, rates = small_network(), []
    overflow(network, 2)
    trainer = make_trainer(tmp_path, network, run_recipe=recipe(3), points=1)
    real = trainer.stepper.step
    seen = [weights(network)]

    def step(x: Tensor, y: Tensor, rate: float) -> Tensor:
        loss = real(x, y, rate)
        seen.append(weights(network))
        rates.append(rate)
        return loss

    trainer.stepper.step = step
    trainer.run()
    assert torch.equal(seen[0], seen[2]) and not torch.equal(seen[2], seen[3])
    assert trainer.stepper.scaler.get_scale() == 1024 / 4
    assert rates == [recipe(3).rate(k) for k in range(3)]
    assert trainer.finished and trainer.curve[-1].images == 3 * BATCH
    assert trainer.stepper.optimizer.state_dict()["state"][0]["momentum_buffer"].any()


def test_the_scaler_goes_on_from_where_it_was(scaled: None, tmp_path: Path) -> None:
    whole = small_network()
    overflow(whole, 3)
    never_stopped = make_trainer(tmp_path / "whole", whole)
    never_stopped.run()
    network = small_network()
    overflow(network, 3)
    first = make_trainer(tmp_path / "parts", network, batches=stopping_at(6))
    first.run()
    assert first.step == 7
    second = make_trainer(tmp_path / "parts")
    assert second.stepper.scaler.state_dict() == first.stepper.scaler.state_dict()
    second.run()
    assert second.stepper.scaler.get_scale() != 1024
    assert not unlike(outcome(second), outcome(never_stopped))


def test_a_cpu_s_checkpoint_without_a_scaler_is_taken_up_by_one_with(
    scaled: None, tmp_path: Path
) -> None:
    stepper = Stepper(small_network(), recipe())
    stepper.load({**stepper.state(), "scaler": {}})
    assert stepper.scaler.get_scale() == 1024
