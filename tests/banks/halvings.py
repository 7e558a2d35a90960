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


def halve_in_place(x):
    return F.max_pool2d(x.relu_(), 3, 2, ceil_mode=True)


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
    ("padding", lambda x: F.max_pool2d(x, 3, 2, padding=1), "padding"),
    ("padding in ceil mode", lambda x: F.max_pool2d(x, 3, 2, 1, ceil_mode=True),
     "padding"),
    ("floor", lambda x: F.max_pool2d(x, 3, 2), "ceil"),
    ("a mean", lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True), "average"),
    ("a mean of 2x2", lambda x: F.avg_pool2d(x, 2), "average"),
    ("2x2", lambda x: F.max_pool2d(x, 2), "2x2"),
    ("2x2 in ceil mode", lambda x: F.max_pool2d(x, 2, 2, ceil_mode=True), "2x2"),
    ("the stride forgotten", lambda x: F.max_pool2d(x, 3, ceil_mode=True), "stride"),
    ("the stride forgotten, floor", lambda x: F.max_pool2d(x, 3), "stride"),
    ("stride 1", lambda x: F.max_pool2d(x, 3, 1, padding=1), "stride"),
    ("nearest interpolation", lambda x: F.interpolate(
        x, size=(x.shape[2] // 2, x.shape[3] // 2)), "every second"),
    ("bilinear interpolation", lambda x: F.interpolate(
        x, size=(x.shape[2] // 2, x.shape[3] // 2), mode="bilinear"), "average"),
    ("bilinear, half the scale", lambda x: F.interpolate(
        x, scale_factor=0.5, mode="bilinear", align_corners=True), "interpolation"),
    ("adaptive maximum", lambda x: F.adaptive_max_pool2d(
        x, (x.shape[2] // 2, x.shape[3] // 2)), "2x2"),
    ("adaptive mean", lambda x: F.adaptive_avg_pool2d(
        x, (x.shape[2] // 2, x.shape[3] // 2)), "average"),
    ("every second pixel", lambda x: x[..., ::2, ::2], "every second"),
    ("every second pixel, from 1", lambda x: x[..., 1::2, 1::2], "every second"),
    ("zeros past the border", lambda x: F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2),
     "zero padding"),
    ("the far edge past the border", lambda x: F.max_pool2d(
        F.pad(x, (0, 1, 0, 1), mode="circular"), 3, 2), "far edge"),
    ("ceil mode by the width", lambda x: F.max_pool2d(
        x, 3, 2, ceil_mode=x.shape[3] % 2 == 0), "ceil"),
    ("ceil mode by the height", lambda x: F.max_pool2d(
        x, 3, 2, ceil_mode=x.shape[2] % 2 == 0), "ceil"),
    ("the minimum", lambda x: -F.max_pool2d(-x, 3, 2, ceil_mode=True), "smallest"),
    ("a ReLU behind", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True).relu(), "ReLU"),
    ("5x5", lambda x: F.max_pool2d(x, 5, 2, padding=1, ceil_mode=True), None),
    ("detached", lambda x: F.max_pool2d(x.detach(), 3, 2, ceil_mode=True), "graph"),
    (".data", lambda x: F.max_pool2d(x.data, 3, 2, ceil_mode=True), "graph"),
    ("under no_grad", torch.no_grad()(
        lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True)), "graph"),
    ("float32 whatever came", lambda x: F.max_pool2d(x.float(), 3, 2, ceil_mode=True),
     ".float()"),
    ("the input in place", halve_in_place, "in-place"),
    ("the input itself", lambda x: x, "as it was"),
    ("with indices", lambda x: F.max_pool2d(
        x, 3, 2, ceil_mode=True, return_indices=True), "return"),
    ("nothing", lambda x: None, "return"),
    ("NumPy", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True).numpy(), "return"),
    ("even sizes only, 2x2", halve_even_only, "2x2"),
    ("even sizes only", halve_evens, "even"),
    ("the shown size only", halve_shown_size, "fixed"),
    ("flattened", lambda x: F.max_pool2d(x, 3, 2, ceil_mode=True).flatten(1), "axes"),
    ("rows only", lambda x: F.max_pool2d(x, (3, 1), (2, 1), ceil_mode=True),
     "direction"),
    ("the first image only", lambda x: F.max_pool2d(x[:1], 3, 2, ceil_mode=True),
     "images"),
    ("an axis squeezed away", lambda x: F.max_pool2d(
        x, 3, 2, ceil_mode=True).squeeze(0), "axes"),
    ("a class", HalveClass, "function"),
    ("a called result", F.max_pool2d(torch.zeros(1, 1, 4, 4), 3, 2, ceil_mode=True),
     "brackets"),
    ("noise", lambda x: torch.rand(*x.shape[:2], x.shape[2] // 2, x.shape[3] // 2),
     None),
]
