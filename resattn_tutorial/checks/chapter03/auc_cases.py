"""Maps with their objects, on which a score of how a map points is asked for."""

from __future__ import annotations

import torch
from torch import Tensor

Case = tuple[str, Tensor, Tensor]


def cases() -> list[Case]:
    """Maps ``(H, W)`` with their objects, easy ones first; titles complete "on …"."""
    draw = torch.Generator().manual_seed(5)
    inside = torch.zeros(5, 7, dtype=torch.bool)
    inside[1:4, 2:5] = True
    noise = torch.rand(5, 7, generator=draw)
    steps = torch.randint(4, (6, 4), generator=draw) / 3
    ragged = torch.rand(6, 4, generator=draw) < 0.7
    tiny = torch.zeros(3, 8, dtype=torch.bool)
    tiny[2, 1] = True
    return [
        ("a map that is high on the object only", noise / 2 + inside / 2, inside),
        ("a map that is high everywhere but there", noise / 2 + ~inside / 2, inside),
        ("a map of random values", (noise + inside / 3) / 1.4, inside),
        ("a flat map", torch.full((5, 7), 0.25), inside),
        ("a map with many ties", steps, ragged),
        ("an object of a single pixel", torch.rand(3, 8, generator=draw), tiny),
        ("a map with negative values", torch.randn(6, 4, generator=draw) - 0.5, ragged),
        ("a map of large values", 900 * noise + 100 * inside, inside),
        ("a map of small values", noise.T / 900 + inside.T / 2000, inside.T),
    ]


FACTS = (
    ("a map that points scores 1, one that avoids scores 0", (0, 1)),
    ("each pair of an object pixel and another counts the same", (2, 5)),
    ("a tie counts one half", (3, 4)),
    ("only the order of values matters, not their size or sign", (6, 7, 8)),
)
"""What the cases show, by their places in :func:`cases`."""
