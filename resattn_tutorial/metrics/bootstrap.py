"""How sure a mean over scenes is: the bootstrap (chapter 13).

Had other scenes been drawn, the mean would have come out a little differently. By how
much, the scenes at hand can tell: draw as many of them as there are, with repetition,
take the mean, and do so many times. The interval holds the middle of those means. It
says nothing of another network, or of another seed.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from resattn_tutorial.tensor_validation import require_values
from resattn_tutorial.validation import require_count, require_number, require_seed

# Of one resampling; a thousand scenes and a thousand draws are one million.
MOST_VALUES = 10**8


class Interval(NamedTuple):
    """A mean, the ends of its interval, and how many values it is the mean of."""

    mean: float
    low: float
    high: float
    count: int

    def __str__(self) -> str:
        """Mean and ends with three digits."""
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def mean_interval(
    values: Tensor, level: float = 0.95, draws: int = 2000, seed: int = 0
) -> Interval:
    """The mean of values, and the interval that the bootstrap gives it.

    Two measurements of the *same* scenes are compared by their differences, scene by
    scene: hand those over, and see whether the interval holds 0.

    Args:
        values: one number for each scene, ``(N,)``.
        level: the share of the resampled means that the interval holds.
        draws: how often to resample.
        seed: of the resampling.

    Raises:
        TypeError: ``values`` is no tensor of real numbers, or a number no number.
        ValueError: there are no values, or NaN among them; a number is out of range.
    """
    values = require_sample(values).double().cpu()   # (N,)
    require_number("level", level, above=0, below=1)
    require_count("draws", draws, at_most=MOST_VALUES // len(values))
    generator = torch.Generator().manual_seed(require_seed(seed))
    size = (draws, len(values))
    drawn = torch.randint(len(values), size, generator=generator)
    means = values[drawn].mean(dim=1)                # (draws,)
    tail = (1 - level) / 2
    ends = torch.tensor([tail, 1 - tail]).double()
    low, high = means.quantile(ends).tolist()
    return Interval(values.mean().item(), low, high, len(values))


def require_sample(values: Tensor) -> Tensor:
    """Return ``values`` if they have a mean; raises as :func:`mean_interval`."""
    require_values("values", values)
    if values.is_complex():
        raise TypeError(f"values must be real numbers, got {values.dtype}.")
    if values.dim() != 1 or not len(values):
        raise ValueError(
            f"values must have shape (N,), N at least 1, got {tuple(values.shape)}."
        )
    if not values.isfinite().all():
        raise ValueError("values must be finite numbers.")
    return values
