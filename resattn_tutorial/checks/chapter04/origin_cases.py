"""Masks made by each activation, with what tells them apart and what misleads."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.table import Case

FACTS = {
    "plain": "one plain mask of each kind is recognised",
    "channel": "channel masks: without a negative value, and with empty positions",
    "spatial": "spatial masks: with a flat map, and with a single bright spot",
    "mixed": "mixed masks, also such as are normalised only in part",
}
LENGTH = "channel: the squares at each position sum to 1. Its sign settles nothing"
MAPS = (
    "spatial: torch.logit undoes the sigmoid, and behind it every map has mean 0 and "
    "deviation 1 (std takes correction=0)"
)
FREE = "mixed: neither the squares at a position nor the maps behind it are normalised"


def _case(group: str, title: str, mask: Tensor, look: str) -> Case:
    return Case((mask,), FACTS[group], title=title, look=look)


def standard(x: Tensor, axes: tuple[int, ...] = (2, 3)) -> Tensor:
    """Minus the mean, over the deviation."""
    away = x - x.mean(axes, keepdim=True)
    return away / (away.square().mean(axes, keepdim=True) + 1e-5).sqrt()


def cases() -> Iterator[Case]:
    """Every mask that an answer is asked about, the plain ones first."""
    draw = torch.Generator().manual_seed(4)

    def raw(*size: int) -> Tensor:
        return torch.randn(size, generator=draw)

    yield _case("plain", "a mixed mask", (2 * raw(2, 3, 5, 6) + 1).sigmoid(), FREE)
    yield _case("plain", "a channel mask", F.normalize(raw(2, 3, 5, 6)), LENGTH)
    yield _case("plain", "a spatial mask", _spatial(3 * raw(2, 3, 5, 6) + 2), MAPS)
    yield from _channel(raw(2, 4, 5, 3))
    yield from _spatials(raw(2, 3, 6, 6))
    yield from _mixed(raw(3, 2, 6, 6))


def _spatial(x: Tensor) -> Tensor:
    return standard(x).sigmoid()


def _channel(x: Tensor) -> Iterator[Case]:
    yield _case(
        "channel", "a channel mask without a negative value",
        F.normalize(x.abs() + 0.1),
        "a channel mask need not be negative anywhere: look whether the squares at "
        "each position sum to 1",
    )
    empty = x.relu()
    empty[:, :, 1:3] = 0
    yield _case(
        "channel", "a channel mask with positions where all is 0", F.normalize(empty),
        "where all channels are 0, f2 gives 0: such a position has the length 0, and "
        "the others 1",
    )


def _spatials(x: Tensor) -> Iterator[Case]:
    flat = x.clone()
    flat[:, 1] = 2.0
    yield _case(
        "spatial", "a spatial mask with a flat map", _spatial(flat),
        "a flat map becomes 0.5 everywhere: behind the sigmoid its deviation is 0, "
        "not 1",
    )
    spot = torch.zeros_like(x)
    spot[..., 2, 3] = 7.0
    yield _case(
        "spatial", "a spatial mask with one bright spot", _spatial(spot),
        "the average of a spatial mask is near 0.5, and not equal to it: the mean is 0 "
        "before the sigmoid",
    )


def _mixed(x: Tensor) -> Iterator[Case]:
    """What is neither, though one of the properties is there, or nearly."""
    balanced = standard(torch.cat([x, -x], dim=-1))
    bright = standard(x + torch.tensor([-2.0, 0, 1]).view(3, 1, 1, 1), (0, 2, 3))
    tall = standard(x + torch.tensor([-1.0, 1]).view(2, 1, 1), (1, 2, 3))
    channel, image, uneven = 2 * x + 1, 2 * x + 1, standard(x)
    channel[:, 0], image[0], uneven[:, 1] = standard(x)[:, 0], standard(x)[0], 1.5
    corner = (x - 2).sigmoid()
    corner[:, :, 0] = F.normalize(corner[:, :, 0], dim=1)
    level = torch.cat([x, -x], dim=1).sigmoid()
    level /= level.square().sum(1).mean().sqrt()
    half = "an average of 0.5 is not enough: behind the sigmoid the deviation must be 1"
    where = "not in each {}: take mean and deviation over dim=(2, 3)"
    for title, mask, look in (
        ("whose maps all average 0.5", (2 * balanced).sigmoid(), half),
        ("whose maps all average 0.5, and is faint", (balanced / 2).sigmoid(), half),
        ("whose maps have deviation 1", (standard(x) + 1).sigmoid(),
         "a deviation of 1 is not enough: the mean must be 0 as well"),
        ("normalised over the batch", bright.sigmoid(),
         f"the mean is 0 over the batch, {where.format('image')}"),
        ("normalised over each image's channels", tall.sigmoid(),
         f"the mean is 0 over all channels, {where.format('map')}"),
        ("with one normalised channel", channel.sigmoid(),
         "one map is no proof: all channels must be normalised"),
        ("with one normalised image", image.sigmoid(),
         "one image is no proof: all must be normalised"),
        ("of length 1 in its first row", corner,
         "a few positions are no proof: all lengths must be 1"),
        ("of small values", (x - 2).sigmoid(),
         "squares that sum to less than 1 are no proof: 1 or 0, nothing between"),
        ("with a flat map of 0.82", uneven.sigmoid(),
         "a flat map of a spatial mask is 0.5, nothing else"),
        ("of length 1 on the average", level,
         "lengths of 1 on the average are no proof: each must be 1, but for rounding"),
        ("whose lengths are 0.97", 0.97 * F.normalize(x.exp(), dim=1),
         "lengths near 1 are no proof: rounding moves values by 1e-7"),
        ("whose maps have deviation 1.1", (1.1 * standard(x)).sigmoid(),
         "deviations near 1 are no proof: rounding moves values by 1e-7"),
    ):
        yield _case("mixed", f"a mixed mask {title}", mask, look)
