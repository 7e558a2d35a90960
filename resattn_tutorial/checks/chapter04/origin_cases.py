"""Masks of random maps, made by each activation, with what tells them apart."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.table import Case
from resattn_tutorial.models.mask_activations import (
    channel_attention,
    mixed_attention,
    spatial_attention,
)

FACTS = {
    "plain": "one mask of each kind is recognised",
    "channel": "a channel mask without a negative value is recognised",
    "spatial": "a spatial mask with a single bright spot is recognised",
    "mixed": "mixed masks of many levels and contrasts are recognised",
}
LENGTH = "channel: the squares at each position sum to 1. Its sign settles nothing"
MAPS = (
    "spatial: torch.logit undoes the sigmoid; before it every map has mean 0 and "
    "deviation 1 (std takes correction=0)"
)
FREE = (
    "mixed: neither the squares at a position nor the maps before the sigmoid are "
    "normalised"
)
SMALL = "squares that sum to less than 1 are no proof: a channel mask's sum to 1"
HALF = "an average of 0.5 is not enough: before the sigmoid the deviation must be 1"
NEAR = (
    "a mean near 0 and a deviation near 1 are no proof: rounding moves values by 1e-7"
)


def _case(group: str, title: str, mask: Tensor, look: str) -> Case:
    return Case((mask,), FACTS[group], title=title, look=look)


def cases() -> Iterator[Case]:
    """Every mask that an answer is asked about, the plain ones first."""
    draw = torch.Generator().manual_seed(4)

    def raw(*size: int) -> Tensor:
        return torch.randn(size, generator=draw)

    for name, f, x, look in (
        ("mixed", mixed_attention, 2 * raw(2, 3, 5, 6) + 1, FREE),
        ("channel", channel_attention, raw(2, 3, 5, 6), LENGTH),
        ("spatial", spatial_attention, 3 * raw(2, 3, 5, 6) + 2, MAPS),
    ):
        yield _case("plain", f"a {name} mask", f(x), look)
    yield _case(
        "channel", "a channel mask of positive maps",
        channel_attention(raw(2, 4, 5, 3).abs() + 0.1),
        "a channel mask need not be negative anywhere: look whether the squares at "
        "each position sum to 1",
    )
    spot = 0.1 * raw(2, 3, 6, 6)
    spot[..., 2, 3] += 7
    yield _case(
        "spatial", "a spatial mask of maps with one bright spot",
        spatial_attention(spot),
        "the average of a spatial mask is near 0.5, and not equal to it: the mean is 0 "
        "before the sigmoid",
    )
    x = raw(3, 2, 6, 6)
    centred = torch.cat([x, -x], dim=-1)             # each map has mean 0
    for title, maps, look in (
        ("of maps around 0", 2 * centred, HALF),
        ("of faint maps around 0", centred / 2, HALF),
        ("of maps far below 0", x - 2, SMALL),
        ("of maps far above 0", x + 4, FREE),
        ("of large maps, straight from torch.randn", raw(1, 2, 64, 64), NEAR),
    ):
        yield _case("mixed", f"a mixed mask {title}", mixed_attention(maps), look)
