"""How long a short training will take, said after its first two steps (chapter 10).

The first step also prepares what all others use, so the second is measured. What comes
of it is a rough number: validation is not in it, and other programs share the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from torch import Tensor

from resattn_tutorial.validation import require_count

# Seconds; of a shorter training nothing is said.
SHORTEST = 20.0


class StepWatch:
    """Measures the second step of a training, and says how long all of them take.

    Args:
        steps: how many there will be, at most.
        say: where the line goes.

    Raises:
        TypeError, ValueError: ``steps`` is no count.
    """

    def __init__(self, steps: int, say: Callable[[str], None]) -> None:
        self.steps, self.say = require_count("steps", steps), say
        self.taken, self.began = 0, 0.0

    def after_step(self, loss: Tensor) -> None:
        """Note that a step was taken; its loss is looked at in the first two only."""
        self.taken += 1
        if self.taken > 2:
            return
        loss.item()                                  # a GPU has computed it then
        now = time.perf_counter()
        if self.taken == 1:
            self.began = now
        elif (whole := self.steps * (now - self.began)) >= SHORTEST:
            self.say(f"This takes about {in_words(whole)} at most, on this machine.")


def in_words(seconds: float) -> str:
    """A time in the unit that fits: ``"40 seconds"``, ``"9 minutes"``, ``"3 hours"``.

    It is rounded to a whole number, and above 2 of a unit that unit is taken.
    """
    for unit, length in (("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{round(seconds / length):,} {unit}"
    return f"{round(seconds):,} seconds"
