"""Masks with objects whose channels score as wanted, so that wrong choices show."""

from __future__ import annotations

import math

import torch
from torch import Tensor

Case = tuple[str, Tensor, Tensor]


def _scene(
    aucs: list[float], side: int, light: list[float], draw: torch.Generator
) -> tuple[Tensor, Tensor]:
    """One scene: a mask ``(C, 8, 9)`` whose channels score about ``aucs``, its object.

    Values spread evenly over [0, 3], on the object and outside it; a shift of those on
    the object makes the score. ``light`` is added to whole channels.
    """
    inside = torch.zeros(8, 9, dtype=torch.bool)
    top = int(torch.randint(8 - side, (), generator=draw))
    inside[top : top + side, 8 - top - side : 8 - top] = True
    mask = torch.empty(len(aucs), 8, 9)
    for channel, score in zip(mask, aucs, strict=True):
        for region, wanted in ((inside, score), (~inside, 0.5)):
            count = int(region.sum())
            spread = torch.linspace(0, 3, count)[torch.randperm(count, generator=draw)]
            shift = 3 - (18 * (0.5 - abs(wanted - 0.5))) ** 0.5
            channel[region] = spread + math.copysign(shift, wanted - 0.5)
    return mask + torch.tensor(light)[:, None, None], inside


def _scenes(
    aucs: list[list[float]], sides: list[int], light: list[list[float]] | None = None
) -> tuple[Tensor, Tensor]:
    """Masks ``(N, C, 8, 9)`` between 0 and 1, and objects, squares of these sides."""
    draw = torch.Generator().manual_seed(5)
    light = light or [[0.5 * c for c in range(len(row))] for row in aucs]
    made = [_scene(*row, draw) for row in zip(aucs, sides, light, strict=True)]
    masks, objects = map(torch.stack, zip(*made, strict=True))
    return torch.sigmoid((masks - 2) / 3), objects


def cases() -> list[Case]:
    """Masks ``(N, C, H, W)`` with objects ``(N, H, W)``; each with a title."""
    avoids = [
        [0.98, 0.22, 0.50, 0.85, 0.52],
        [0.60, 0.22, 0.50, 0.15, 0.52],
        [0.60, 0.22, 0.97, 0.85, 0.52],
        [0.60, 0.22, 0.50, 0.15, 0.52],
    ]
    points = [[0.35, 0.50, 0.80, 0.55]] * 3 + [[0.35, 0.05, 0.80, 0.55]] * 2
    rarely = [
        [0.90, 0.70, 0.50],
        [0.90, 0.70, 0.50],
        [0.50, 0.70, 0.75],
        [0.50, 0.70, 0.45],
        [0.50, 0.70, 0.50],
    ]
    mostly = [[0.80, 0.70]] * 3 + [[0.50, 0.70]] * 2
    turning = [[0.45, 0.6], [1.0, 0.6], [0.45, 0.6], [1.0, 0.6], [0.45, 0.6]]
    lights = [[4.0, 6.0]] + [[0.0, 0.0]] * 3
    large = [[0.95, 0.50]] + [[0.50, 0.75]] * 3
    faint, objects = _scenes([[0.90, 0.75]] * 4, [3, 4, 3, 2])
    faint[:, 0] /= 30  # far fainter than the other channel; its score stays
    last = [[0.5] * 4 + [0.97] + [0.45] * 6 + [0.12], [0.5] * 5 + [0.45] * 6 + [0.12]]
    return [
        ("a channel that avoids the object", *_scenes(avoids, [2, 3, 4, 3])),
        ("a channel that points at the object", *_scenes(points, [3, 4, 2, 3, 5])),
        ("a channel that is good in few scenes", *_scenes(rarely, [3, 4, 3, 4, 3])),
        ("a channel that is good in most scenes", *_scenes(mostly, [3, 4, 3, 4, 3])),
        ("a channel that turns in some scenes", *_scenes(turning, [3, 4, 3, 4, 3])),
        (
            "scenes of unlike brightness",
            *_scenes([[0.3, 0.52]] * 4, [6, 2, 2, 2], lights),
        ),
        ("objects of unlike sizes", *_scenes(large, [6, 2, 2, 2])),
        ("a faint channel that tells more", faint, objects),
        ("the last of twelve channels", *_scenes([*last, last[1]], [3, 4, 2])),
        ("a single scene", *_scenes([[0.55, 0.7, 0.1, 0.75]], [3])),
    ]
