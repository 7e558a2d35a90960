"""The largest numbers that a training may have (chapter 10).

Beyond them a number is a slip of the hand, and would end in another library's words, or
in none: so many threads end PyTorch with a segmentation fault.
"""

from __future__ import annotations

MOST = {
    "epochs": 10**5,
    "patience": 10**5,
    "steps": 10**9,                  # eleven days, if a step took a millisecond
    "batch_size": 10**6,
    "accumulation": 10**6,           # then a micro-batch is one image
    "size": 65_535,                  # pixels: the side of the largest JPEG
    "classes": 10**7,
    "seed": 2**32 - 1,               # torch tells no more apart
    "points": 10**5,
    "threads": 1024,                 # more than processors have
    "top": 10**6,
    "most": 64,                      # a picture of 15,000 pixels
    "channel": 10**6,
}
YEAR = 365 * 24 * 60 * 60


def require_seconds(name: str, value: float) -> float:
    """Return ``value`` if it is a number of seconds, a year at most.

    Raises:
        TypeError: it is no number; ValueError: it is out of bounds.
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name} must be a number of seconds, got {value!r}.")
    if not 0 <= value <= YEAR:
        raise ValueError(
            f"{name} must be a number of seconds from 0 to {YEAR:,}, a year, "
            f"got {value!r}."
        )
    return value
