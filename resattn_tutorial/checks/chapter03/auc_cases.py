"""Maps with their objects, on which a score of how a map points is asked for."""

from __future__ import annotations

import torch

from resattn_tutorial.checks.engine.table import Case

PLAIN = "a map that points scores 1, one that avoids scores 0"
PAIRS = "each pair of an object pixel and another counts the same"
TIES = "a tie counts one half"
ORDER = "only the order of values matters, not how large they are, or their sign"
NEAR = "only equal values are a tie"
LOOKS = {
    PAIRS: "every pair counts, and exactly: no sampling, no rounding, no fixed levels, "
    "no pixels left out",
    TIES: "ties: a pair of equal values counts one half, whatever its place",
    ORDER: "the values are changed first; only their order matters, of any size",
    NEAR: "values that lie close together are in order, too: compare them as they are, "
    "with no tolerance, no rounding and no bins",
}
NEGATIVE = "negative values: they are compared like any others"


def cases() -> tuple[Case, ...]:
    """Maps ``(H, W)`` with their objects, easy ones first."""
    draw = torch.Generator().manual_seed(5)
    inside = torch.zeros(5, 7, dtype=torch.bool)
    inside[1:4, 2:5] = True
    noise = torch.rand(5, 7, generator=draw)
    steps = torch.randint(4, (6, 4), generator=draw) / 3
    ragged = torch.rand(6, 4, generator=draw) < 0.7
    tiny = torch.zeros(3, 8, dtype=torch.bool)
    tiny[2, 1] = True
    single = torch.rand(3, 8, generator=draw)
    negative = torch.randn(6, 4, generator=draw) - 0.5
    close = 0.5 + 1e-6 * torch.randperm(35, generator=draw).view(5, 7)
    close[0, 0], close[4, 6] = 0.0, 1.0
    return tuple(
        Case(asked, fact, title=title, look=LOOKS.get(fact) if look is None else look)
        for fact, title, look, *asked in (
            (PLAIN, "a map that is high on the object only", None,
             noise / 2 + inside / 2, inside),
            (PLAIN, "a map that is high everywhere but there", None,
             noise / 2 + ~inside / 2, inside),
            (PAIRS, "a map of random values", None, (noise + inside / 3) / 1.4, inside),
            (PAIRS, "an object of a single pixel", None, single, tiny),
            (TIES, "a flat map", None, torch.full((5, 7), 0.25), inside),
            (TIES, "a map with many ties", None, steps, ragged),
            (ORDER, "a map with negative values", NEGATIVE, negative, ragged),
            (ORDER, "a map of large values", None, 900 * noise + 100 * inside, inside),
            (ORDER, "a map of small values", None,
             noise.T / 900 + inside.T / 2000, inside.T),
            (NEAR, "a map whose values lie close together", None, close, inside),
        )
    )
