"""What a long run tells on its way: a bar, lines above it, the mean loss (chapter 10).

Of several processes only the first one speaks. To look at a number makes a GPU wait
until it has computed it; so losses add up where they are, and only their sum is
fetched, now and then.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from torch import Tensor
from tqdm import tqdm

from resattn_tutorial.runtime.bars import draws_bars
from resattn_tutorial.runtime.distributed import sum_over_processes, this_process
from resattn_tutorial.tensor_validation import require_tensor
from resattn_tutorial.validation import require_count


def say(text: str) -> None:
    """Tell it once, above the bar if there is one."""
    if this_process().rank == 0:
        tqdm.write(text, file=sys.stdout)


def bar(total: int, done: int) -> tqdm:
    """A bar of ``total`` steps with the time left, ``done`` of them taken already.

    It is silent where no line can be written over, in a log for one.

    Raises:
        TypeError, ValueError: a number is no whole one, or ``done`` too large.
    """
    require_count("total", total, at_least=0)
    require_count("done", done, at_least=0, at_most=total)
    return tqdm(
        total=total, initial=done, file=sys.stdout, leave=False, ncols=76,
        disable=this_process().rank > 0 or not draws_bars(sys.stdout),
    )


class LossMeter:
    """The mean of the losses since the last reset, over all processes.

    Args:
        like: gives device and type; a weight of the network.

    Raises:
        TypeError: ``like`` is no tensor.
    """

    def __init__(self, like: Tensor) -> None:
        require_tensor("like", like)
        # In 16 bits a sum would soon be too large to grow by one more loss.
        exact = torch.promote_types(like.dtype, torch.float32)
        self.losses = like.new_zeros((), dtype=exact)
        self.count = 0

    def add(self, loss: Tensor) -> None:
        """Count the loss of one batch, or of our part of it; it is not looked at."""
        self.losses += loss
        self.count += 1

    def mean(self) -> float:
        """What all processes together have seen; each of them must ask.

        Raises:
            ValueError: there has been no loss since the last reset.
        """
        if not self.count:
            raise ValueError("there has been no loss to average.")
        ours = [self.sum()]
        total = sum_over_processes(ours, self.losses.device).item()
        self.losses.fill_(total / this_process().world_size)     # now everybody's
        return self.losses.item() / self.count

    def sum(self) -> float:
        """What this process has seen; a GPU waits until it has computed it."""
        return self.losses.item()

    def reset(self) -> None:
        """Begin anew."""
        self.losses.zero_()
        self.count = 0

    def state(self) -> dict[str, Any]:
        """Sum and count, for a checkpoint; ``mean`` has made them everybody's."""
        return {"losses": self.losses, "since_point": self.count}

    def load(self, state: dict[str, Any]) -> None:
        """Take up a state, among whatever else there is in it."""
        self.losses.copy_(state["losses"])
        self.count = state["since_point"]
