"""Usual mistakes in halving a map and in stretching it, for several exercises.

Words, and what is written in place of the right call.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

SIZE = "(x.shape[-2] // 2, x.shape[-1] // 2)"
MEAN = "an average: the pooling takes the largest value of a window, not the mean"
PADDED = (
    "padding: the windows sit one pixel too far up and left; the authors' pooling has "
    "padding=0"
)
BEYOND = (
    "past the border there is nothing, not {0}, and here {0} wins against smaller "
    "values; ceil mode cuts the window instead"
)
RIGHT_POOLING = "F.max_pool2d(x, 3, 2, ceil_mode=True)"
# In place of the pooling of x; the likely ones first.
POOLINGS: list[tuple[str, list[str]]] = [
    (PADDED, [
        "F.max_pool2d(x, 3, 2, padding=1)",
        "F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True)",
        "F.max_pool2d(F.pad(x, (1, 0, 1, 0)), 3, 2)",
    ]),
    ("ceil mode is missing: the last window, which is cut at the border, is dropped; "
     "set ceil_mode=True", ["F.max_pool2d(x, 3, 2)"]),
    ("2x2 windows (adaptive pooling makes them too): a window is 3x3 here", [
        "F.max_pool2d(x, 2)", "F.max_pool2d(x, 2, ceil_mode=True)",
        f"F.adaptive_max_pool2d(x, {SIZE})",
    ]),
    ("stride: left out, it is the window's width, 3; set stride=2",
     ["F.max_pool2d(x, 3)", "F.max_pool2d(x, 3, ceil_mode=True)"]),
    ("stride 1 keeps the size: set stride=2",
     ["F.max_pool2d(x, 3, 1, 1)", "F.max_pool2d(x, 3, 1)"]),
    ("zero padding: " + BEYOND.format("0"),
     ["F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2)"]),
    ("a padding of -1: " + BEYOND.format("-1"),
     ["F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=-1), 3, 2)"]),
    ("past the border the far edge comes in: ceil mode cuts the window",
     ['F.max_pool2d(F.pad(x, (0, 1, 0, 1), mode="circular"), 3, 2)']),
    (MEAN, [
        "F.avg_pool2d(x, 3, 2, ceil_mode=True)", "F.avg_pool2d(x, 3, 2)",
        "F.avg_pool2d(x, 3, 2, padding=1)", "F.avg_pool2d(x, 2)",
        f"F.adaptive_avg_pool2d(x, {SIZE})",
    ]),
    ("the smallest value of each window: max is wanted",
     ["-F.max_pool2d(-x, 3, 2, ceil_mode=True)"]),
    ("a ReLU or clamp: negative values stay negative", [f"{RIGHT_POOLING}.relu()"]),
    ("abs: the largest value is wanted, with its sign",
     ["F.max_pool2d(x.abs(), 3, 2, ceil_mode=True)"]),
    ("every second pixel is picked: nothing looks at the pixels between",
     ["x[..., ::2, ::2]", "x[..., 1::2, 1::2]"]),
    ("interpolation: a maximum is wanted", [
        f'F.interpolate(x, size={SIZE}, mode="bilinear", align_corners=True)',
        f'F.interpolate(x, size={SIZE}, mode="bicubic")',
    ]),
    ("the window runs along one direction only: it is 3x3", [
        "F.max_pool2d(x, (3, 1), 2, ceil_mode=True)",
        "F.max_pool2d(x, (3, 1), (2, 1), ceil_mode=True)",
        "F.max_pool2d(x, (1, 3), (1, 2), ceil_mode=True)",
    ]),
    ("the input comes back as it was: nothing is pooled", ["x"]),
]
BILINEAR = 'mode="bilinear", align_corners=True'
# In place of BILINEAR.
MODES: list[tuple[str, list[str]]] = [
    ("nearest neighbour: it copies pixels into blocks (it is F.interpolate's default); "
     'set mode="bilinear"', ['mode="nearest"', 'mode="area"']),
    ("corners: the corner pixels moved; set align_corners=True (False is the default)",
     ['mode="bilinear"']),
    ('bicubic: set mode="bilinear"',
     ['mode="bicubic", align_corners=True', 'mode="bicubic"']),
]
EDGES = "grid_sample: where the grid runs from -1 to 1 it needs align_corners=True"


def sampled(x: Tensor, size: tuple[int, int], padding: str) -> Tensor:
    """A map as grid_sample stretches it, by its default for corners."""
    turn = torch.eye(2, 3).to(x).expand(len(x), -1, -1)
    grid = F.affine_grid(turn, [*x.shape[:2], *size], align_corners=True)
    return F.grid_sample(x, grid, padding_mode=padding, align_corners=False)
