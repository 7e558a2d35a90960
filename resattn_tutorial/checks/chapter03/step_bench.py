"""A small network to make training steps on, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

CLASSES = 5


class PlainSGD:
    """Gradient descent behind the interface of ``torch.optim``, noting its steps.

    The first optimizer of ``torch.optim`` takes seconds to load; this one does not.
    """

    def __init__(
        self, parameters: list[nn.Parameter], rate: float, backwards: list[Tensor]
    ) -> None:
        self.param_groups = [{"params": parameters, "lr": rate}]
        self.state, self.steps, self.backwards = {}, [], backwards

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for parameter in self.param_groups[0]["params"]:
            if parameter.grad is not None:
                parameter.grad = None if set_to_none else parameter.grad * 0

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move each parameter against its gradient; return what ``closure`` returns."""
        with torch.enable_grad():
            loss = None if closure is None else closure()
        self.steps.append("after backward" if self.backwards else "before backward")
        for parameter in self.param_groups[0]["params"]:
            if parameter.grad is not None:
                parameter -= self.param_groups[0]["lr"] * parameter.grad
        return loss


class Bench(NamedTuple):
    """A small network in training mode, with gradients left from before.

    ``backwards`` grows by one whenever a backward pass comes through the network.
    """

    network: nn.Sequential
    optimizer: PlainSGD
    backwards: list[Tensor]

    def moved(self) -> Tensor:
        """How far the parameters lie from a fresh bench's, as one vector."""
        return flat(self.network) - _start()

    def forwards(self) -> int:
        """How many batches went through in training mode."""
        return int(self.network[2].num_batches_tracked)


def flat(network: nn.Module) -> Tensor:
    """All parameters as one vector."""
    return torch.cat([p.detach().flatten() for p in network.parameters()])


@cache
def _start() -> Tensor:
    return flat(make_bench().network)


def make_bench() -> Bench:
    """The same network each time, with large gradients, so that clipping shows."""
    generator = torch.Generator().manual_seed(3)
    network = nn.Sequential(
        nn.Conv2d(3, 4, 3),
        nn.ReLU(),
        nn.BatchNorm2d(4),
        nn.Flatten(),
        nn.Linear(4 * 4 * 4, CLASSES),
    )
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) / 40)
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        network[0].weight *= 10  # and with a bias before the ReLU, so that batch norm
        network[0].bias.fill_(0.5)  # does not undo a rescaling of the images
        network[2].weight += 10
    backwards = []
    network[4].bias.register_hook(backwards.append)
    optimizer = PlainSGD(list(network.parameters()), 0.05, backwards)
    return Bench(network, optimizer, backwards)


def make_batch(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images ``(count, 3, 6, 6)`` and labels ``(count,)``."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, 6, 6, generator=generator)
    return images, torch.randint(CLASSES, (count,), generator=generator)
