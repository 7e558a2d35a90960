"""Stand-ins for the parts of a network: small, random, quick, and they count calls.

An exercise on wiring hands them to the learner's function. Each turns a map into
another one of its shape and is unlike all the others, so every wiring has an output of
its own. ``require_wiring`` judges that output, and how often each part ran.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.probe import (
    Forms,
    recognise,
    refuse,
    require_same,
    same,
)
from resattn_tutorial.checks.engine.report import Report

ONE_MAP = "a part takes one map"
FIXED = "a number of units, a size or a number of channels is fixed inside"
NOISE = "random draws: every part gives the same for the same map"

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

    def forward(self, *maps: Tensor) -> Tensor:
        """Look at each pixel's neighbours."""
        if len(maps) != 1:
            raise TypeError(f"{ONE_MAP}, got {len(maps)}")
        x, = maps
        self.calls += 1
        y = self.conv(x)                             # (N, C, H, W)
        return torch.sigmoid(y) if self.weighs else x / 2 + 2 * torch.tanh(y)


def runs(parts: Mapping[str, StandIn]) -> dict[str, int]:
    """How often each part has run, by its name."""
    return {name: part.calls for name, part in parts.items()}


def require_wiring(
    report: Report,
    got: Tensor,
    right: Tensor,
    fact: str,
    forms: Forms,
    calls: Mapping[str, int],
    again: Callable[[], Tensor],
) -> None:
    """Require the right output, with every part run once; else name the mistake.

    Args:
        report: the check's report.
        got: what the answer returned.
        right: what it has to return.
        fact: the requirement, in words that are true when it holds.
        forms: the usual mistakes, each with its output.
        calls: how often the answer ran each part, from :func:`runs`.
        again: calls the answer once more.
    """
    words = None
    if not same(got, right):
        words = recognise(got, forms)
        if words is None and not same(got, again()):
            words = NOISE
        if words is None:
            words = FIXED if report.held else _miscounted(calls)
    require_same(report, got, right, fact, otherwise=words)
    for name, count in calls.items():
        if count != 1:
            refuse(report, f"every part runs once: {name} ran {count} times",
                   "keep a result that is used twice in a variable: a second run costs "
                   "as much as the first, and batch norms learn from the batch twice")


def _miscounted(calls: Mapping[str, int]) -> str | None:
    """Which parts were left out or ran again; ``None`` where each ran once."""
    idle = [name for name, count in calls.items() if count == 0]
    busy = [name for name, count in calls.items() if count > 1]
    words = [f"{', '.join(idle)} never ran"] * bool(idle)
    words += [f"{', '.join(busy)} ran more than once"] * bool(busy)
    return f"{'; '.join(words)}: each part runs once" if words else None
