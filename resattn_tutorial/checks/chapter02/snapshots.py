"""What a measurement must leave as it was: a network's and an input's state."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Snapshot:
    """The state before a measurement, and what has changed since.

    Args:
        network: the network measured.
        x: the input of the measurement.
    """

    def __init__(self, network: nn.Module, x: Tensor) -> None:
        self.network, self.x = network, x
        self.state = self._take()

    def _take(self) -> dict[str, list[Tensor | bool | None]]:
        parameters = list(self.network.parameters())
        return {
            "values": [p.detach().clone() for p in parameters],
            "frozen": [p.requires_grad for p in parameters],
            "grads": [None if p.grad is None else p.grad.clone() for p in parameters],
            "mode": [self.network.training],
            "modes": [m.training for m in self.network.modules()],
            "asks": [self.x.requires_grad],
            "x.grad": [None if self.x.grad is None else self.x.grad.clone()],
        }

    def mistake(self) -> tuple[str, str] | None:
        """What changed since, and the usual reason; ``None`` if nothing did."""
        now = self._take()
        for what, (changed, reason) in CHANGES.items():
            pairs = zip(self.state[what], now[what], strict=True)
            if not all(_equal(old, new) for old, new in pairs):
                return changed, reason
        return None


CLONE = "work on a copy: x.detach().clone().requires_grad_()"
CHANGES = {
    "values": ("the network's weights changed", "measuring takes no step"),
    "frozen": (
        "the parameters' requires_grad changed",
        "freezing outlasts the call, and torch.autograd.grad does not need it",
    ),
    "grads": (
        "the parameters' .grad changed",
        "backward() adds to every parameter's .grad, zero_grad() deletes what was "
        "there; torch.autograd.grad(score, x) touches neither",
    ),
    "mode": ("the network's mode changed", "train() or eval() outlasts the call"),
    "modes": (
        "the mode of one of the network's parts changed",
        "train() and eval() set the mode of every part, and train(mode) does not put "
        "back that of a frozen batch norm inside; leave the mode alone",
    ),
    "asks": ("x.requires_grad changed", f"requires_grad_() marks the x given; {CLONE}"),
    "x.grad": ("x.grad changed", f"it belongs to the caller, as x does; {CLONE}"),
}


def _equal(old: Tensor | bool | None, new: Tensor | bool | None) -> bool:
    if isinstance(old, Tensor) and isinstance(new, Tensor):
        return torch.equal(old, new)
    return old is new
