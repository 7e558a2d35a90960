"""A block that counts how often it runs, and an input that knows what came before."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.table import Case


class Watch:
    """What is seen of a block; all of its copies share it.

    Attributes:
        runs: how often the block ran.
        before: what x was made of, where x has a history.
    """

    def __init__(self) -> None:
        self.runs, self.before = 0, None

    def __deepcopy__(self, memo: dict) -> Watch:
        """A copy of the block counts here, too."""
        return self


class CountedBlock(nn.Module):
    """Some layers, with an own factor for each channel.

    It is no ``nn.Sequential``: whoever runs its layers one by one misses the factor.

    Args:
        layers: in their order.
        channels: of what they return.
        skip: whether x is added, as in a residual unit.
    """

    def __init__(self, *layers: nn.Module, channels: int, skip: bool = False) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.randn(channels))
        self.layers, self.skip, self.watch = nn.Sequential(*layers), skip, Watch()

    def forward(self, x: Tensor) -> Tensor:
        """``(N, C, ...)`` to ``(N, channels, ...)``."""
        self.watch.runs += 1
        y = self.layers(x)
        factor = self.factor.view(-1, *[1] * (y.dim() - 2))
        return x + factor * y if self.skip else factor * y


def convolutions() -> CountedBlock:
    """Two convolutions and a shortcut: x and the output have one shape."""
    layers = nn.Conv2d(3, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 3, 1)
    return CountedBlock(*layers, channels=3, skip=True)


def two_layers() -> CountedBlock:
    """Two linear layers, from 4 numbers to 3."""
    return CountedBlock(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3), channels=3)


def one_layer() -> CountedBlock:
    """One linear layer, from 6 numbers to 2."""
    return CountedBlock(nn.Linear(6, 2), channels=2)


def made(case: Case) -> tuple[CountedBlock, Tensor, Tensor]:
    """A block, its input and the gradient at its output, the same ones each time.

    One parameter holds a gradient already, as after an earlier micro-batch.
    """
    build, size, kind = case.asked
    torch.manual_seed(1)
    block, x = build(), torch.randn(size)
    if kind == "with a history":
        block.watch.before = x.requires_grad_()
        x = 2 * x.tanh()
    elif kind == "asks":
        x.requires_grad_().grad = torch.ones_like(x)
    block.factor.grad = torch.randn_like(block.factor)
    with torch.no_grad():
        gradient = torch.randn_like(block.layers(x))
    return block, x, gradient


def seen(block: CountedBlock, x: Tensor, gradient: Tensor) -> dict[str, str]:
    """How often the block ran, and whether anything flowed beyond x."""
    watch = block.watch
    reached = watch.before is not None and watch.before.grad is not None
    return {
        "runs": "once" if watch.runs == 1 else f"{watch.runs} times",
        "before": "a gradient" if reached or x.retains_grad else "nothing",
    }
