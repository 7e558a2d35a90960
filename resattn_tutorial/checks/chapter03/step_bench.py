"""A small network to make training steps on, the same each time.

A step is written as its moves in order: ``z`` zero the gradients, ``f`` forward and
loss, ``b`` backward, ``s`` step. The right one is ``zfbs``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CLASSES = 5
Loss = Callable[[Tensor, Tensor], Tensor]


class PlainSGD:
    """Gradient descent behind the interface of ``torch.optim``, counting its steps.

    The first optimizer of ``torch.optim`` takes seconds to load; this one does not.
    """

    def __init__(self, parameters: list[nn.Parameter], rate: float) -> None:
        self.param_groups = [{"params": parameters, "lr": rate}]
        self.state, self.steps = {}, 0

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
        self.steps += 1
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
        """How far each parameter lies from a fresh bench's, as one vector."""
        fresh = make_bench().network.parameters()
        pairs = zip(self.network.parameters(), fresh, strict=True)
        return torch.cat([(now - before).detach().flatten() for now, before in pairs])

    def forwards(self) -> int:
        """How many batches went through in training mode."""
        return int(self.network[2].num_batches_tracked)

    def has_gradients(self) -> bool:
        """Whether any gradient is there and not zero."""
        found = [p.grad for p in self.network.parameters() if p.grad is not None]
        return any(bool(gradient.any()) for gradient in found)

    def facts(self) -> tuple[int, int, int, bool]:
        """What a step leaves behind besides the move."""
        counts = self.optimizer.steps, self.forwards(), len(self.backwards)
        return *counts, self.has_gradients()


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
    return Bench(network, PlainSGD(list(network.parameters()), 0.05), backwards)


def make_batch(count: int, seed: int) -> tuple[Tensor, Tensor]:
    """Images ``(count, 3, 6, 6)`` and labels ``(count,)``."""
    generator = torch.Generator().manual_seed(seed)
    images = torch.rand(count, 3, 6, 6, generator=generator)
    return images, torch.randint(CLASSES, (count,), generator=generator)


def play(
    bench: Bench,
    batch: tuple[Tensor, Tensor],
    moves: str = "zfbs",
    loss: Loss = F.cross_entropy,
) -> float:
    """Make the moves on ``bench``; return the last loss."""
    images, labels = batch
    for move in moves:
        if move == "z":
            bench.optimizer.zero_grad()
        elif move == "f":
            value = loss(bench.network(images), labels)
        elif move == "b":
            value.backward(retain_graph=True)
        else:
            bench.optimizer.step()
    return value.item()
