"""Stand-ins for the parts of a network, and a trial of what joins them.

Each stand-in turns a map into another one of its shape and is unlike all the others, so
that every wiring has an output of its own. They count how often they run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.function_trial import FunctionTrial
from resattn_tutorial.checks.engine.table import Case
from resattn_tutorial.checks.engine.traces import Traces, alike

ONE_MAP, NO_MAP = "a part takes one map", "a part takes a tensor"
ALONE = "each part is called with one map, and with nothing else"
AGAIN = (
    "keep a result that is used twice in a variable: a second run costs as much as the "
    "first, and batch norms learn from the batch twice"
)
OF_ITS_OWN = (
    "none of the parts that are handed over ran: call those, and build none of your own"
)


class StandIn(nn.Module):
    """A part that keeps the shape: ``(N, C, H, W)`` to ``(N, C, H, W)``.

    Its values have both signs; with ``weighs`` they lie in (0, 1), as a mask's do. Two
    of one seed are alike.

    Attributes:
        calls: how often it has run.
    """

    def __init__(self, channels: int, seed: int, weighs: bool = False) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        mix = torch.randn(channels, channels, generator=draw) * channels**-0.5
        self.mix = nn.Parameter(mix)                 # of a pixel's channels
        self.near = nn.Parameter(torch.randn(3, generator=draw) / 2)
        self.weighs, self.calls = weighs, 0

    def forward(self, *maps: Tensor) -> Tensor:
        """Look at each pixel and at two neighbours."""
        if len(maps) != 1:
            raise TypeError(f"{ONE_MAP}, got {len(maps)}")
        x, = maps
        if not isinstance(x, Tensor):
            raise TypeError(f"{NO_MAP}, got a {type(x).__name__}")
        self.calls += 1
        left, above, shift = self.near.to(x)
        y = (self.mix.to(x) @ x.flatten(2)).view_as(x) + shift
        y = y + left * x.roll(1, -1) + above * x.roll(1, -2)
        return torch.sigmoid(y) if self.weighs else x / 2 + 2 * torch.tanh(y)


def images(seed: int, *size: int) -> Tensor:
    """Some images ``(N, C, H, W)``; the same for the same seed."""
    return torch.randn(size, generator=torch.Generator().manual_seed(seed))


def stand_ins(inputs: tuple) -> Iterator[tuple[str, StandIn]]:
    """All stand-ins among some arguments, each with the name that it is told by."""
    for one in inputs:
        if isinstance(one, StandIn):
            yield "the mask", one
        elif hasattr(one, "_asdict"):
            yield from ((f"`{name}`", part) for name, part in one._asdict().items())
        elif isinstance(one, list):
            yield from ((f"unit {place}", unit) for place, unit in enumerate(one, 1))


def at_rest(case: Case) -> tuple:
    """The arguments of a case: a list and tensors of its own, parts that never ran."""
    for _, part in stand_ins(case.asked):
        part.calls = 0
    return tuple(
        x.clone() if isinstance(x, Tensor) else list(x) if type(x) is list else x
        for x in case.asked
    )


def runs(*inputs: Any) -> dict[str, Counter]:
    """How often each part has run."""
    found = {(name,): part.calls for name, part in stand_ins(inputs)}
    return {"calls": Counter({name: n for name, n in found.items() if n})}


@dataclass(frozen=True, eq=False)
class WiringTrial(FunctionTrial):
    """How a function is asked that joins stand-ins: each has to run once."""

    make: Any = at_rest
    seen: Any = runs
    gradient: bool = True
    dtype: bool = True
    facts: dict = field(default_factory=lambda: FunctionTrial.facts | {
        "calls": "every part runs once", "gradient": "the gradient flows back to x"})

    def diagnose(self, found: Traces, right: Traces) -> str | None:
        """See :class:`~.table.Trial`."""
        if "calls" in found and not alike(found["calls"], right["calls"]):
            ours, theirs = found["calls"], right["calls"]
            if not ours:
                return OF_ITS_OWN
            if alike(found["value"], right["value"]):
                return AGAIN
            idle, busy = _named(theirs - ours), _named(ours - theirs)
            words = [f"{idle} never ran"] * bool(idle)
            words += [f"{busy} ran more than once"] * bool(busy)
            return f"{'; '.join(words)}: each part runs once"
        return super().diagnose(found, right)


def _named(parts: Counter) -> str:
    return ", ".join(name for name, in sorted(parts))
