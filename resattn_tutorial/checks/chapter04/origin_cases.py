"""Masks made by each activation, with what tells them apart and what misleads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter04.spatial_forms import standard

NAMES = ("mixed", "channel", "spatial")
FACTS = {
    "the plain cases": "one plain mask of each kind is recognised",
    "channel": "channel masks: without a negative value, and with empty positions",
    "spatial": "spatial masks: with a flat map, and with a single bright spot",
    "mixed": "mixed masks, also such as are normalised only in part",
}
"""From a group of cases to the fact that holds when all of them are told right."""


class Case(NamedTuple):
    """A mask ``(N, C, H, W)``, the activation that made it, and where to look."""

    group: str
    title: str
    origin: str
    mask: Tensor
    look: str


LENGTH = "channel: the squares at each position sum to 1. Its sign settles nothing"
MAPS = (
    "spatial: torch.logit undoes the sigmoid, and behind it every map has mean 0 and "
    "deviation 1 (std takes correction=0)"
)
FREE = "mixed: neither the squares at a position nor the maps behind it are normalised"


def cases() -> Iterator[Case]:
    """Every mask that an answer is asked about, the plain ones first."""
    draw = torch.Generator().manual_seed(4)

    def raw(*size: int) -> Tensor:
        return torch.randn(size, generator=draw)

    plain = "the plain cases"
    yield Case(plain, "a mixed mask", "mixed", (2 * raw(2, 3, 5, 6) + 1).sigmoid(),
               FREE)
    yield Case(plain, "a channel mask", "channel", F.normalize(raw(2, 3, 5, 6)), LENGTH)
    yield Case(plain, "a spatial mask", "spatial", _spatial(3 * raw(2, 3, 5, 6) + 2),
               MAPS)
    yield from _channel(raw(2, 4, 5, 3))
    yield from _spatials(raw(2, 3, 6, 6))
    yield from _mixed(raw(3, 2, 6, 6))


def _spatial(x: Tensor) -> Tensor:
    return standard(x).sigmoid()


def _channel(x: Tensor) -> Iterator[Case]:
    yield Case("channel", "a channel mask without a negative value", "channel",
               F.normalize(x.abs() + 0.1),
               "a channel mask need not be negative anywhere: look whether the squares "
               "at each position sum to 1")
    empty = x.relu()
    empty[:, :, 1:3] = 0
    yield Case("channel", "a channel mask with positions where all is 0", "channel",
               F.normalize(empty),
               "where all channels are 0, f2 gives 0: such a position has the length "
               "0, and the others 1")


def _spatials(x: Tensor) -> Iterator[Case]:
    flat = x.clone()
    flat[:, 1] = 2.0
    yield Case("spatial", "a spatial mask with a flat map", "spatial", _spatial(flat),
               "a flat map becomes 0.5 everywhere: behind the sigmoid its deviation is "
               "0, not 1")
    spot = torch.zeros_like(x)
    spot[..., 2, 3] = 7.0
    yield Case("spatial", "a spatial mask with one bright spot", "spatial",
               _spatial(spot),
               "the average of a spatial mask is near 0.5, and not equal to it: the "
               "mean is 0 before the sigmoid")


def _mixed(x: Tensor) -> Iterator[Case]:
    """What is no spatial mask, though one of its properties is there."""
    half = "an average of 0.5 is not enough: behind the sigmoid the deviation must be 1"
    balanced = torch.cat([x, -x], dim=-1)
    yield Case("mixed", "a mixed mask whose maps all average 0.5", "mixed",
               (2 * standard(balanced)).sigmoid(), half)
    yield Case("mixed", "a faint mixed mask whose maps all average 0.5", "mixed",
               (standard(balanced) / 2).sigmoid(), half)
    yield Case("mixed", "a mixed mask whose maps have deviation 1", "mixed",
               (standard(x) + 1).sigmoid(),
               "a deviation of 1 is not enough: the mean must be 0 as well")
    bright = x + torch.tensor([-2.0, 0.0, 1.0]).view(3, 1, 1, 1)
    yield Case("mixed", "a mixed mask, normalised over the batch", "mixed",
               standard(bright, (0, 2, 3)).sigmoid(),
               "the mean is 0 over the batch, not in each image: take mean and "
               "deviation over dim=(2, 3)")
    tall = x + torch.tensor([-1.0, 1.0]).view(2, 1, 1)
    yield Case("mixed", "a mixed mask, normalised over each image's channels", "mixed",
               standard(tall, (1, 2, 3)).sigmoid(),
               "the mean is 0 over all channels, not in each map: take mean and "
               "deviation over dim=(2, 3)")
    first = 2 * x + 1
    first[:, 0] = standard(x)[:, 0]
    yield Case("mixed", "a mixed mask with one normalised channel", "mixed",
               first.sigmoid(), "one map is no proof: all channels must be normalised")
    image = 2 * x + 1
    image[0] = standard(x)[0]
    yield Case("mixed", "a mixed mask with one normalised image", "mixed",
               image.sigmoid(), "one image is no proof: all must be normalised")
    corner = x.sigmoid()
    corner[:, :, 0] = F.normalize(corner[:, :, 0], dim=1)
    yield Case("mixed", "a mixed mask of length 1 in its first row", "mixed", corner,
               "a few positions are no proof: all lengths must be 1")
    yield Case("mixed", "a mixed mask of small values", "mixed", (x - 4).sigmoid(),
               "squares that sum to less than 1 are no proof: 1 or 0, nothing between")
    uneven = standard(x)
    uneven[:, 1] = 1.5
    yield Case("mixed", "a mixed mask with a flat map of 0.82", "mixed",
               uneven.sigmoid(), "a flat map of a spatial mask is 0.5, nothing else")
    level = torch.cat([x, -x], dim=1).sigmoid()
    level /= level.square().sum(1).mean().sqrt()
    yield Case("mixed", "a mixed mask of length 1 on the average", "mixed",
               level,
               "lengths of 1 on the average are no proof: each must be 1, but for "
               "rounding")
