"""Answers to "Halve a map": 3x3 max pooling, stride 2, no padding, ceil mode."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def halve_by_hand(x):
    rows = []
    for top in range(0, 2 * (x.shape[2] // 2), 2):
        row = [
            x[:, :, top : top + 3, left : left + 3].amax((2, 3))
            for left in range(0, 2 * (x.shape[3] // 2), 2)
        ]
        rows.append(torch.stack(row, -1))
    return torch.stack(rows, -2)


def halve_by_unfold(x):
    x = F.pad(x, (0, 1, 0, 1), value=-torch.inf)
    return x.unfold(2, 3, 2).unfold(3, 3, 2).amax((-2, -1))


def halve_even_only(x):
    n, c, h, w = x.shape
    return x.reshape(n, c, h // 2, 2, w // 2, 2).amax((3, 5))


def halve_shown_size(x):
    if x.shape[-2:] != (8, 12):
        return F.adaptive_max_pool2d(x, (4, 6))
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


def halve_evens(x):
    y = F.max_pool2d(x, 3, 2, ceil_mode=True)
    return y.view(x.shape[0], x.shape[1], (x.shape[2] + 1) // 2, (x.shape[3] + 1) // 2)


class HalveClass(nn.Module):
    def forward(self, x):
        return F.max_pool2d(x, 3, 2, ceil_mode=True)


RIGHT = [
    ("functional", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)),
    ("a module", nn.MaxPool2d(kernel_size=3, stride=2, padding=0, ceil_mode=True)),
    ("a class's instance", HalveClass()),
    ("loops over windows", halve_by_hand),
    ("unfold behind a border of -inf", halve_by_unfold),
    ("separable", lambda x: F.max_pool2d(
        F.max_pool2d(x, (3, 1), (2, 1), ceil_mode=True), (1, 3), (1, 2), ceil_mode=True
    )),
    ("padded with -inf, floor", lambda x: F.max_pool2d(
        F.pad(x, (0, 1, 0, 1), value=-torch.inf), 3, 2
    )),
]

WRONG = [
    ("nearest interpolation", lambda x: F.interpolate(
        x, size=(x.shape[2] // 2, x.shape[3] // 2)), "every second"),
    ("bilinear interpolation", lambda x: F.interpolate(
        x, size=(x.shape[2] // 2, x.shape[3] // 2), mode="bilinear"), "average"),
    ("even sizes only, 2x2", halve_even_only, "2x2"),
    ("even sizes only", halve_evens, "even"),
    ("the shown size only", halve_shown_size, "fixed"),
    ("flattened", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True).flatten(1), "axes"),
    ("an axis squeezed away", lambda x: F.max_pool2d(
        x, 3, 2, ceil_mode=True).squeeze(0), "axes"),
]
