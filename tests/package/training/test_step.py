"""One step: against torch's own loop; memory that runs out; a scaler that skips."""

from __future__ import annotations

from dataclasses import replace
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
    small_config,
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
    stepper = Stepper(network, small_config(plan))
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


def test_smoothed_labels_ask_for_a_little_of_every_class() -> None:
    network, (x, y) = small_network(), batches(1)[0]
    wanted = F.log_softmax(network(x), dim=1)
    count = wanted.shape[1]
    aim = 0.7 * F.one_hot(y, count) + 0.3 / count
    plan = replace(recipe(), smoothing=0.3)
    loss = Stepper(network, small_config(plan)).step(x, y, 0.1)
    assert loss.item() == pytest.approx(-(aim * wanted).sum(dim=1).mean().item())


def test_nesterov_looks_ahead() -> None:
    ahead, behind = small_network(), small_network()
    for network, nesterov in ((ahead, True), (behind, False)):
        plan = Recipe("r", 10, BATCH, 0.3, nesterov=nesterov)
        stepper = Stepper(network, small_config(plan))
        assert stepper.optimizer.defaults["nesterov"] is nesterov
        stepper.step(*batches(1)[0], 0.3)
    assert not torch.allclose(weights(ahead), weights(behind))


@pytest.mark.parametrize("last", [True, False])
def test_the_memory_format_is_the_network_s_and_the_inputs(last: bool) -> None:
    seen = []
    network = small_network()
    network[0].register_forward_pre_hook(lambda module, x: seen.append(x[0]))
    name = "channels_last" if last else "contiguous_format"
    stepper = Stepper(network, small_config(recipe(), memory_format=name))
    stepper.step(*batches(1)[0], 0.1)
    for tensor in (*seen, network[0].weight):
        assert tensor.is_contiguous(memory_format=stepper.format)
        assert tensor.is_contiguous() is not last


def test_what_was_compiled_is_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "compile", nn.Sequential)
    network, ran = small_network(), []
    stepper = Stepper(network, small_config(recipe(), compile=True))
    stepper.runner.register_forward_hook(lambda *told: ran.append(told))
    before = weights(network)
    stepper.step(*batches(1)[0], 0.1)
    assert len(ran) == 1 and not torch.equal(before, weights(network))
    assert set(stepper.state()["network"]) == set(network.state_dict())


def test_one_batch_norm_over_all_processes_needs_gpus(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = small_config(recipe(), sync_batch_norm=True)
    monkeypatch.setenv("WORLD_SIZE", "1")
    with pytest.raises(ValueError, match="needs several processes .*got one process"):
        step.require_synchronisable(config)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="got processes without a GPU"):
        step.require_synchronisable(config)
    step.require_synchronisable(small_config(recipe()))


def test_a_synchronised_batch_norm_s_statistics_are_found() -> None:
    network = small_network()
    stepper = Stepper(network, small_config(recipe(), sync_batch_norm=True))
    assert isinstance(network[1], nn.SyncBatchNorm)
    assert len(stepper.statistics.counts) == 1


@pytest.mark.parametrize("accumulation", [3, 16])
def test_an_accumulation_that_does_not_divide_the_batch_is_refused_at_the_door(
    accumulation: int,
) -> None:
    words = (
        f"batch_size must be a multiple of {accumulation}, got 8; {accumulation} is "
        f"accumulation, {accumulation}, times the number of processes, 1."
    )
    with pytest.raises(ValueError, match=words):
        Stepper(small_network(), small_config(recipe(), accumulation=accumulation))


@pytest.mark.parametrize(("most", "parts"), [(7, 2), (4, 2), (3, 4), (1, 8)])
def test_a_batch_that_does_not_fit_is_halved_and_said_aloud(
    most: int, parts: int
) -> None:
    told: list[str] = []
    usual = small_config(recipe())
    stepper = Stepper(small_network(0, Greedy(most)), usual, told.append)
    config = small_config(recipe(), accumulation=parts)
    begun_so = Stepper(small_network(0, Greedy(most)), config)
    for x, y in batches(4):
        losses = [one.step(x, y, 0.1).item() for one in (stepper, begun_so)]
        assert losses[0] == losses[1]
    assert stepper.accumulation == parts
    assert not unlike(stepper.state(), begun_so.state())
    assert len(told) == {2: 1, 4: 2, 8: 3}[parts]   # once for each halving
    assert told[-1] == (
        f"Out of memory: from now on gradients are accumulated over {parts} "
        f"micro-batches of {8 // parts} images. One thing changes by this: batch norm "
        "takes its mean over a micro-batch."
    )


def test_a_library_s_own_words_for_a_lack_of_memory_are_understood() -> None:
    greedy = Greedy(4)
    greedy.error = lambda words: RuntimeError(f"CUDNN_STATUS_ALLOC_FAILED: {words}")
    stepper = Stepper(small_network(0, greedy), small_config(recipe()), lambda _: None)
    stepper.step(*batches(1)[0], 0.1)
    assert stepper.accumulation == 2


def test_gradients_are_given_up_before_less_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    freed = []
    stepper = Stepper(
        small_network(0, Greedy(4)), small_config(recipe()), lambda _: None
    )
    monkeypatch.setattr(step, "free_memory", lambda device: freed.append(
        [p.grad for p in stepper.network.parameters()]))
    for parameter in stepper.network.parameters():
        parameter.grad = torch.ones_like(parameter)
    stepper.step(*batches(1)[0], 0.1)
    assert freed and not any(gradient is not None for gradient in freed[0])


def test_a_batch_that_cannot_be_halved_is_torch_s_own_error() -> None:
    told: list[str] = []
    stepper = Stepper(
        small_network(0, Greedy(2)), small_config(recipe(batch=6)), told.append
    )
    before = stepper.statistics.copy()
    x, y = batches(1)[0]
    with pytest.raises(torch.OutOfMemoryError, match="3 images do not fit"):
        stepper.step(x[:6], y[:6], 0.1)
    assert len(told) == 1                            # 6 -> 3, and no further
    for now, then in zip(stepper.statistics.copy(), before, strict=True):
        assert torch.equal(now, then)


def test_other_errors_are_not_taken_for_a_lack_of_memory() -> None:
    stepper = Stepper(small_network(), small_config(recipe()))
    with pytest.raises(RuntimeError, match="channels"):
        stepper.step(torch.zeros(8, 2, 8, 8).double(), torch.zeros(8).long(), 0.1)
    assert stepper.accumulation == 1


def test_a_batch_that_is_not_divided_copies_no_statistics_once_one_has_fitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stepper, copies = Stepper(small_network(), small_config(recipe())), []
    real = stepper.statistics.copy
    monkeypatch.setattr(
        stepper.statistics, "copy", lambda: copies.append(0) or real()
    )
    for x, y in batches(3):
        stepper.step(x, y, 0.1)
    assert len(copies) == 1


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
    stepper = Stepper(network, small_config(recipe()))
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
    stepper = Stepper(small_network(), small_config(recipe()))
    stepper.load({**stepper.state(), "scaler": {}})
    assert stepper.scaler.get_scale() == 1024
