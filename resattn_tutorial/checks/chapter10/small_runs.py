"""A training so small that a check can break it off and go on: what it depends on.

Its network has batch norm and dropout, its rate and its batches follow from the step.
So the next steps and answers depend on five things, and each can be forgotten.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STEPS = 4


class Run:
    """A network, its optimizer and how many steps it has made."""

    def __init__(self, seed: int) -> None:
        torch.manual_seed(seed)
        self.network = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten(),
            nn.Dropout(0.3), nn.Linear(4 * 4 * 4, 5),
        )
        self.optimizer = torch.optim.SGD(
            self.network.parameters(), 0.1, momentum=0.9
        )
        self.step = 0

    def advance(self, steps: int = STEPS) -> None:
        """Train on from wherever it is."""
        for _ in range(steps):
            images, labels = batch(self.step)
            for group in self.optimizer.param_groups:
                group["lr"] = rate(self.step)
            self.optimizer.zero_grad()
            F.cross_entropy(self.network(images), labels).backward()
            self.optimizer.step()
            self.step += 1


def rate(step: int) -> float:
    """The learning rate of a step, counted from 0."""
    return 0.2 * 0.8**step


def batch(step: int) -> tuple[Tensor, Tensor]:
    """The images ``(6, 3, 6, 6)`` and labels ``(6,)`` of a step."""
    draw = torch.Generator().manual_seed(100 + step)
    return torch.randn(6, 3, 6, 6, generator=draw), torch.randint(
        5, (6,), generator=draw)


def begun(seed: int, steps: int = STEPS) -> Run:
    """A run that has made some steps; PyTorch's random numbers stand where it left."""
    run = Run(seed)
    run.advance(steps)
    return run


def parts(run: Run) -> dict[str, Tensor]:
    """What the next steps and answers depend on, each part as one vector."""
    network, empty = run.network, torch.zeros(0)
    momenta = [
        run.optimizer.state.get(p, {}).get("momentum_buffer", None)
        for p in network.parameters()
    ]
    kept = [torch.zeros_like(p) if m is None else m
            for m, p in zip(momenta, network.parameters(), strict=True)]
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    averages = [x for m in norms for x in (m.running_mean, m.running_var)]
    joined = {
        "weights": list(network.parameters()), "running statistics": averages,
        "momentum": kept,
        "mode": [torch.tensor([float(m.training) for m in network.modules()])],
    }
    vectors = {
        name: torch.cat([x.detach().flatten() for x in values] or [empty]).clone()
        for name, values in joined.items()
    }
    step = torch.tensor([float(run.step)])
    return {**vectors, "step": step, "random numbers": torch.get_rng_state()}


def strangers(run: Run) -> bool:
    """Whether the optimizer moves parameters that are not the network's."""
    own = {id(p) for p in run.network.parameters()}
    held = {id(p) for group in run.optimizer.param_groups for p in group["params"]}
    return own != held


def differing(one: dict[str, Tensor], other: dict[str, Tensor]) -> list[str]:
    """The names of the parts that are not the same."""
    return [name for name, value in one.items() if not torch.equal(value, other[name])]


def by_file(state: Any) -> Any:
    """The state as it comes back from a file of plain values.

    Raises:
        ValueError: it holds more than that.
    """
    file = io.BytesIO()
    try:
        torch.save(state, file)
        file.seek(0)
        return torch.load(file, weights_only=True)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise ValueError(f"it cannot be written: {error}") from error
    except pickle.UnpicklingError as error:
        raise ValueError("it holds more than tensors and plain values") from error
