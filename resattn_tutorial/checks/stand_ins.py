"""Stand-ins for the parts of a network: small, random, quick, and they count calls.

An exercise on wiring hands them to the learner's function. Each turns a map into
another one of its shape and is unlike all the others, so every wiring has an output of
its own.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.probe import refuse
from resattn_tutorial.checks.report import Report


class StandIn(nn.Module):
    """A part that keeps the shape: ``(N, C, H, W)`` to ``(N, C, H, W)``.

    Its values have both signs; with ``weighs`` they lie in (0, 1), as a mask's do.

    Attributes:
        calls: how often it has run.
    """

    def __init__(self, channels: int, weighs: bool = False) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.weighs, self.calls = weighs, 0
        nn.init.normal_(self.conv.weight, std=(4.5 * channels) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Look at each pixel's neighbours."""
        self.calls += 1
        y = self.conv(x)                             # (N, C, H, W)
        return torch.sigmoid(y) if self.weighs else x / 2 + 2 * torch.tanh(y)


def require_once(report: Report, calls: list[int]) -> None:
    """Require that every unit ran once, and the mask, the last one, too."""
    names = [f"unit {place}" for place in range(1, len(calls))] + ["the mask"]
    for name, count in zip(names, calls, strict=True):
        if count != 1:
            refuse(report, f"every part runs once: {name} ran {count} times",
                   "keep a result that is used twice in a variable: a second run costs "
                   "as much as the first, and batch norms learn from the batch twice")
