"""Steps replayed from a recording: the same as plain ones, and only where they may be.

There is no GPU here. A stand-in captures and replays on the CPU: to capture computes
nothing, to replay computes the step on the captured inputs and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from small_runs import (
    BATCH,
    CPU,
    Greedy,
    make_trainer,
    recipe,
    small_config,
    small_network,
    stopping_at,
)
from torch import Tensor

from resattn_tutorial.data.mixup import mix
from resattn_tutorial.training import step as step_module
from resattn_tutorial.training.captured_step import (
    WARM_UP,
    CapturedStep,
    CaptureError,
)
from resattn_tutorial.training.step import Stepper, can_capture


class OnCpu(CapturedStep):
    """Captures and replays without a GPU; counts both."""

    captures = replays = 0

    def beside(self, inputs: Tensor, labels: Tensor) -> Tensor:
        return self.step(inputs, labels)

    def capture(self) -> Callable[[], None]:
        self.captures += 1
        self.loss = torch.zeros((), dtype=torch.float64)

        def replay() -> None:
            self.replays += 1
            self.loss.copy_(self.step(self.inputs, self.labels))

        return replay


class Uncapturable(OnCpu):
    """A step that looks at a number; the end of its capture fails as well."""

    def capture(self) -> Callable[[], None]:
        try:
            raise RuntimeError("Cannot copy between CPU and CUDA tensors.\nmore")
        finally:
            raise RuntimeError("CUDA error: operation failed due to a previous error")


@pytest.fixture
def on_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stepper believe that it may capture."""
    monkeypatch.setattr(step_module, "can_capture", lambda device: True)
    monkeypatch.setattr(step_module, "CapturedStep", OnCpu)


def batches(count: int, size: int = BATCH) -> list[tuple[Tensor, Tensor]]:
    """Noise, another one for each batch."""
    draw = torch.Generator().manual_seed(1)
    return [
        (torch.rand(size, 3, 8, 8, generator=draw, dtype=torch.float64),
         torch.randint(7, (size,), generator=draw))
        for _ in range(count)
    ]


def state_of(stepper: Stepper) -> list[Tensor]:
    """All that steps have changed."""
    momenta = [kept["momentum_buffer"] for kept in stepper.optimizer.state.values()]
    return [*stepper.network.state_dict().values(), *momenta]


def test_replayed_steps_are_the_plain_ones_bit_for_bit(on_gpu: None) -> None:
    steppers = [
        Stepper(small_network(), small_config(recipe(), graphs=graphs))
        for graphs in (False, True)
    ]
    losses: list[list[Tensor]] = [[], []]
    for k, (x, y) in enumerate(batches(9)):
        for stepper, found in zip(steppers, losses, strict=True):
            found.append(stepper.step(x.clone(), y.clone(), 0.1 / (k + 1)))
    assert torch.equal(torch.stack(losses[0]), torch.stack(losses[1]))
    for plain, replayed in zip(*map(state_of, steppers), strict=True):
        assert torch.equal(plain, replayed)
    plain, captured = (stepper.captured for stepper in steppers)
    # The first batch is tried for its size, before anything is warmed up.
    assert plain is None and captured.captures == 1
    assert captured.replays == 9 - 1 - WARM_UP


def test_replayed_steps_average_and_learn_from_mixed_labels_as_plain_ones_do(
    on_gpu: None
) -> None:
    steppers = [
        Stepper(small_network(), small_config(
            recipe(ema=0.8, mixup=0.4, smoothing=0.1), graphs=graphs
        ))
        for graphs in (False, True)
    ]
    for k, (x, y) in enumerate(batches(9)):
        x, y = mix(x, y, (k + 1) / 10, 7)
        losses = [s.step(x.clone(), y.clone(), 0.1 / (k + 1)) for s in steppers]
        assert torch.equal(*losses)
        with steppers[1].judged():                   # a test between two replays
            pass
    assert steppers[1].captured.replays == 9 - 1 - WARM_UP
    states = [
        [*state_of(stepper), *stepper.average.values.values()] for stepper in steppers
    ]
    for plain, replayed in zip(*states, strict=True):
        assert torch.equal(plain, replayed)


def test_a_state_is_taken_up_by_a_step_that_was_captured_before(on_gpu: None) -> None:
    held = batches(WARM_UP + 5)
    one, other = (
        Stepper(small_network(seed), small_config(recipe())) for seed in (0, 1)
    )
    for x, y in held[:-3]:
        one.step(x, y, 0.1)
        other.step(x, y, 0.1)
    before = other.captured
    assert before.replay is not None
    other.load(one.state())
    assert other.captured is not before and other.captured.replay is None
    for x, y in held[-3:]:
        assert torch.equal(one.step(x, y, 0.1), other.step(x, y, 0.1))
    assert all(map(torch.equal, state_of(one), state_of(other)))


def test_inputs_of_another_shape_are_computed_as_they_are() -> None:
    taken = OnCpu(lambda x, y: x.sum(), CPU)
    y = torch.zeros(2, dtype=torch.int64)
    for _ in range(WARM_UP + 1):
        assert taken(torch.ones(2, 3), y) == 6
    assert taken(torch.ones(1, 3), y[:1]) == 3
    assert taken(torch.full((2, 3), 2.0), y) == 12
    assert (taken.captures, taken.replays) == (1, 2)


def test_a_loss_stays_what_it_was_when_the_next_step_is_replayed() -> None:
    taken = OnCpu(lambda x, y: x.sum(), CPU)
    y = torch.zeros(1)
    losses = [taken(torch.full((1,), float(k)), y) for k in range(WARM_UP + 4)]
    assert [loss.item() for loss in losses] == list(range(WARM_UP + 4))


def test_graphs_are_used_where_a_gpu_takes_whole_batches_alone(
    monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = torch.device("cuda")
    assert can_capture(gpu) and not can_capture(CPU)
    monkeypatch.setattr(step_module.dist, "is_initialized", lambda: True)
    assert not can_capture(gpu)


@pytest.mark.parametrize("fields", [{"graphs": False}, {"accumulation": 2}])
def test_no_step_is_captured_that_may_not_be(on_gpu: None, fields: dict) -> None:
    stepper = Stepper(small_network(), small_config(recipe(), **fields))
    assert stepper.captured is None
    assert Stepper(small_network(), small_config(recipe())).captured is not None


def test_nothing_is_captured_once_gradients_are_accumulated(on_gpu: None) -> None:
    network, told = small_network(0, Greedy(4)), []
    stepper = Stepper(network, small_config(recipe()), told.append)
    for x, y in batches(WARM_UP + 3):
        stepper.step(x, y, 0.1)
    assert stepper.accumulation == 2 and stepper.captured is None
    assert len(told) == 1


def test_a_halved_run_that_goes_on_captures_nothing(
    on_gpu: None, tmp_path: Path
) -> None:
    first = make_trainer(
        tmp_path, small_network(0, Greedy(4)), batches=stopping_at(3)
    )
    first.run()
    second = make_trainer(tmp_path, small_network(0, Greedy(8)))
    assert second.stepper.accumulation == 2 and second.stepper.captured is None


def test_a_step_that_cannot_be_captured_says_why_and_what_to_do(
    on_gpu: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_module, "CapturedStep", Uncapturable)
    stepper = Stepper(small_network(), small_config(recipe()))
    *before, last = batches(WARM_UP + 2)
    for x, y in before:
        stepper.step(x, y, 0.1)
    with pytest.raises(CaptureError) as told:
        stepper.step(*last, 0.1)
    assert str(told.value) == (
        "the step cannot be captured in a CUDA graph: Cannot copy between CPU and CUDA "
        "tensors. Without graphs (--no-graphs, or graphs=False) it is computed "
        "operation by operation, and takes more time."
    )
