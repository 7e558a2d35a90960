"""What a replayed step of the large network would gain without some of its work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call

from benchmarks.gpu.machine import LARGE, Machine
from benchmarks.gpu.speed import paced
from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.runtime.precision import choose_precision
from resattn_tutorial.training.step import Stepper


def variants(machine: Machine) -> dict[str, Any]:
    """What a replayed step of the large network would gain without some of its work."""
    half = choose_precision(machine.device)
    found = {
        f"{half}, {name}": paced(machine, partial(make, machine, half))
        for name, make in (
            ("as it is", as_it_is), ("batches not counted", uncounted), ("NCHW", nchw),
            ("weights cast at once", cast_at_once),
        )
    }
    if machine.on_gpu:
        with two_streams():
            found[f"{half}, mask and trunk at the same time"] = paced(
                machine, partial(as_it_is, machine, half)
            )
    return found


def as_it_is(machine: Machine, precision: str) -> Stepper:
    """The stepper of the trainer."""
    return machine.stepper(LARGE, precision)


@contextlib.contextmanager
def two_streams() -> Iterator[None]:
    """Inside, a module's mask and its trunk are computed at the same time."""
    usual = AttentionModule.with_mask

    def with_mask(module: AttentionModule, x: Tensor) -> tuple[Tensor, Tensor]:
        x = module.before(x)
        current, beside = torch.cuda.current_stream(), torch.cuda.Stream()
        beside.wait_stream(current)
        with torch.cuda.stream(beside):
            mask = module.mask(x)
        trunk = module.trunk(x)
        current.wait_stream(beside)
        return module.after(module.merge(mask, trunk)), mask

    AttentionModule.with_mask = with_mask
    try:
        yield
    finally:
        AttentionModule.with_mask = usual


def uncounted(machine: Machine, precision: str) -> Stepper:
    """A stepper whose batch norms do not count the batches that they see."""
    network = machine.network(LARGE)
    for layer in network.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.num_batches_tracked = None
    stepper = machine.stepper(network, precision)
    stepper.statistics.counts = []
    return stepper


def nchw(machine: Machine, precision: str) -> Stepper:
    """A stepper whose values lie channel by channel."""
    stepper = machine.stepper(LARGE, precision)
    stepper.format = torch.contiguous_format
    stepper.network.to(memory_format=torch.contiguous_format)
    for weight, kept in stepper.optimizer.state.items():
        kept["momentum_buffer"] = torch.zeros_like(weight)
    return stepper


class Cast(torch.autograd.Function):
    """Many tensors in another type of number, by one operation there and one back."""

    @staticmethod
    def forward(ctx: Any, dtype: torch.dtype, *weights: Tensor) -> tuple[Tensor, ...]:
        """The same numbers in ``dtype``."""
        return tuple(all_as(dtype, weights))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The gradients in 32 bits."""
        return None, *all_as(torch.float32, gradients)


def all_as(dtype: torch.dtype, values: tuple[Tensor, ...]) -> list[Tensor]:
    """All tensors in another type of number, by one operation."""
    found = [torch.empty_like(value, dtype=dtype) for value in values]
    torch._foreach_copy_(found, list(values))
    return found


class CastAtOnce(nn.Module):
    """A network whose products find their weights in ``dtype``: autocast casts none."""

    def __init__(self, network: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.network, self.dtype = network, dtype
        self.weights = {
            f"{name}.weight": part.weight for name, part in network.named_modules()
            if isinstance(part, (nn.Conv2d, nn.Linear))
        }

    def forward(self, x: Tensor) -> Tensor:
        """What the network puts out."""
        cast = Cast.apply(self.dtype, *self.weights.values())
        return functional_call(
            self.network, dict(zip(self.weights, cast, strict=True)), (x,)
        )


def cast_at_once(machine: Machine, precision: str) -> Stepper:
    """A stepper that casts all weights at once, and not one after another."""
    stepper = machine.stepper(LARGE, precision)
    stepper.runner = CastAtOnce(stepper.network, getattr(torch, precision))
    return stepper
