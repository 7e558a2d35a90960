"""An exponential moving average of the weights, beside those that learn.

Not the paper's. The last steps of a training wander around a good place; the mean of
where they were lies nearer to it (Polyak and Juditsky 1992, "Acceleration of stochastic
approximation by averaging"). As in :mod:`torch.optim.swa_utils` the average begins with
the weights after the first step, and moves after each step by a part, ``1 - decay``, of
the way to the present weights. It learns nothing itself and changes no step.

Batch norm's running means and variances belong to weights, and those that are there
belong to the present ones. To take them anew for the average would need a pass over
training images before each test. So they are averaged with the same decay: they are
then about as old as the weights are, and it costs nothing. What batch norm counts is
copied. Frozen parts stay as they are, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from resattn_tutorial.tensor_validation import require_network
from resattn_tutorial.validation import require_number


class WeightAverage:
    """The average of a network's weights and running statistics.

    Args:
        network: which learns, where it will stay.
        decay: how much of the average stays in a step, above 0 and below 1.

    Attributes:
        values: the average, by the names of the network's state dict; nothing before
            the first step.

    Raises:
        TypeError, ValueError: an argument is of another kind, or out of bounds.
    """

    def __init__(self, network: nn.Module, decay: float) -> None:
        require_network(network)
        require_number("decay", decay, above=0, below=1)
        self.present = dict(network.state_dict())    # the tensors that steps change
        self.moving = [n for n in self.present if self.present[n].is_floating_point()]
        self.values: dict[str, Tensor] = {}
        self.move = get_ema_multi_avg_fn(decay)      # all of them at once

    @torch.no_grad()
    def update(self) -> None:
        """Take the weights after a step into the average."""
        present, values = self.present, self.values
        if not values:
            self.values = {name: value.clone() for name, value in present.items()}
            return
        moving = self.moving
        self.move([values[n] for n in moving], [present[n] for n in moving], None)
        for name in present.keys() - set(moving):
            values[name].copy_(present[name])

    def load(self, values: Mapping[str, Tensor]) -> None:
        """Take up an average that was kept; nothing where there had been no step."""
        self.values = {
            name: torch.empty_like(self.present[name]).copy_(value)
            for name, value in values.items()
        }


@contextmanager
def exchanged(network: nn.Module, values: Mapping[str, Tensor]) -> Iterator[None]:
    """Inside, a network has other weights, and ``values`` holds its own meanwhile.

    Afterwards, also after an error, both have theirs back, bit for bit, with whatever
    was changed in them; and each tensor lies where it lay.

    Args:
        network: on whatever device.
        values: by the names of its state dict; with none, it keeps its own.
    """
    names, present = list(values), network.state_dict()
    _exchange(names, present, values)
    try:
        yield
    finally:
        # Backwards, so that a tensor that has two names gets its own numbers back.
        _exchange(names[::-1], present, values)


@torch.no_grad()
def _exchange(
    names: list[str], one: Mapping[str, Tensor], other: Mapping[str, Tensor]
) -> None:
    for name in names:
        kept = one[name].clone()
        one[name].copy_(other[name])
        other[name].copy_(kept)
