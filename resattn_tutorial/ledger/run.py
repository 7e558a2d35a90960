"""A run: its learning curve and what came of it."""

from __future__ import annotations

from typing import NamedTuple


class Point(NamedTuple):
    """One point of a learning curve: what had been spent, and what it bought.

    ``seconds`` counts training only, not the tests in between; ``loss`` is the mean
    since the last point; ``accuracy`` is the share of test images classified rightly.
    """

    step: int
    images: int
    seconds: float
    loss: float
    accuracy: float

    def __str__(self) -> str:
        """The point as one line of a log."""
        return (
            f"step {self.step:5d}   {self.seconds:5.0f} s   "
            f"training loss {self.loss:.2f}   "
            f"test accuracy {self.accuracy:.1%}"
        )
