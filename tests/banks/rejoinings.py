"""Answers to "Stretch and rejoin": bilinear, corners on corners, and a sum."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def up(below, skip, **how):
    how = {"size": skip.shape[-2:], "mode": "bilinear", "align_corners": True, **how}
    return F.interpolate(below, **{k: v for k, v in how.items() if v is not None})


def rejoin_in_place(below, skip):
    skip += up(below, skip)
    return skip


def rejoin_into_skip(below, skip):
    return skip.add_(up(below, skip))


def rejoin_by_matrices(below, skip):
    def matrix(n, m):
        place = torch.linspace(0, n - 1, m, dtype=below.dtype)[:, None]
        return (1 - (place - torch.arange(n, dtype=below.dtype)).abs()).clamp(min=0)

    rows = matrix(below.shape[2], skip.shape[2])
    columns = matrix(below.shape[3], skip.shape[3])
    return skip + rows @ below @ columns.T


def rejoin_by_module(below, skip):
    stretch = nn.Upsample(skip.shape[-2:], mode="bilinear", align_corners=True)
    return torch.add(skip, stretch(below))


def rejoin_by_sampling(below, skip):
    ys = torch.linspace(-1, 1, skip.shape[2], dtype=below.dtype)
    xs = torch.linspace(-1, 1, skip.shape[3], dtype=below.dtype)
    grid = torch.stack(torch.meshgrid(ys, xs, indexing="ij")[::-1], -1)
    grid = grid.expand(len(below), -1, -1, -1)
    return F.grid_sample(
        below, grid, align_corners=True, padding_mode="border") + skip


def rejoin_twice_the_size(below, skip):
    size = (2 * below.shape[2], 2 * below.shape[3])
    return up(below, skip, size=size) + skip


def rejoin_cropped(below, skip):
    wide = up(below, skip, size=None, scale_factor=2)
    return wide[..., : skip.shape[2], : skip.shape[3]] + skip[
        ..., : wide.shape[2], : wide.shape[3]
    ]


def rejoin_shown_size(below, skip):
    return up(below, skip, size=(8, 12)) + skip


def rejoin_deconvolved(below, skip):
    kernel = torch.ones(below.shape[1], 1, 2, 2)
    return F.conv_transpose2d(below, kernel, stride=2, groups=below.shape[1]) + skip


def rejoin_no_grad(below, skip):
    with torch.no_grad():
        return up(below, skip) + skip


def rejoin_by_default_sampling(below, skip, **how):
    ys, xs = (torch.linspace(-1, 1, n) for n in skip.shape[2:])
    grid = torch.stack(torch.meshgrid(ys, xs, indexing="ij")[::-1], -1)
    grid = grid.expand(len(below), -1, -1, -1)
    return F.grid_sample(below, grid, align_corners=False, **how) + skip


RIGHT = [
    ("functional", lambda below, skip: up(below, skip) + skip),
    ("a module", rejoin_by_module),
    ("two matrices", rejoin_by_matrices),
    ("grid_sample", rejoin_by_sampling),
]

WRONG = [
    ("nearest", lambda below, skip: F.interpolate(
        below, size=skip.shape[-2:]) + skip, "nearest"),
    ("corners not aligned", lambda below, skip: up(
        below, skip, align_corners=False) + skip, "corners"),
    ("corners left at the default", lambda below, skip: up(
        below, skip, align_corners=None) + skip, "corners"),
    ("bicubic", lambda below, skip: up(below, skip, mode="bicubic") + skip, "bicubic"),
    ("grid_sample's default corners", rejoin_by_default_sampling, "grid_sample"),
    ("grid_sample's default corners, border", lambda below, skip:
     rejoin_by_default_sampling(below, skip, padding_mode="border"), "grid_sample"),
    ("the sum first, then the stretch", lambda below, skip: up(
        below + up(skip, below), skip), "before the stretch"),
    ("area", lambda below, skip: F.interpolate(
        below, size=skip.shape[-2:], mode="area") + skip, "nearest"),
    ("a factor of 2", lambda below, skip: up(
        below, skip, size=None, scale_factor=2) + skip, "factor"),
    ("twice the size", rejoin_twice_the_size, "factor"),
    ("a factor of 2, nearest", lambda below, skip: F.interpolate(
        below, scale_factor=2) + skip, "nearest"),
    ("a factor of 2, cropped", rejoin_cropped, "size"),
    ("the shown size", rejoin_shown_size, "size"),
    ("transposed convolution of ones", rejoin_deconvolved, "nearest"),
    ("concatenated", lambda below, skip: torch.cat([up(below, skip), skip], 1),
     "concatenation"),
    ("concatenated in width", lambda below, skip: torch.cat(
        [up(below, skip), skip], -1), "concatenation"),
    ("a product", lambda below, skip: up(below, skip) * skip, "product"),
    ("the residual form", lambda below, skip: (1 + up(below, skip)) * skip, "product"),
    ("no sum", lambda below, skip: up(below, skip), "no sum"),
    ("skip alone", lambda below, skip: skip, "no sum"),
    ("below alone", lambda below, skip: below, "no sum"),
    ("skip shrunk", lambda below, skip: up(skip, below) + below, "wrong one"),
    ("arguments exchanged", lambda skip, below: up(below, skip) + skip, "wrong one"),
    ("a mean", lambda below, skip: (up(below, skip) + skip) / 2, "mean"),
    ("a difference", lambda below, skip: skip - up(below, skip), "difference"),
    ("a maximum", lambda below, skip: torch.maximum(up(below, skip), skip), "maximum"),
    ("a ReLU behind", lambda below, skip: F.relu(up(below, skip) + skip), "ReLU"),
    ("a sigmoid", lambda below, skip: torch.sigmoid(up(below, skip)) + skip, "sigmoid"),
    ("H and W swapped", lambda below, skip: up(
        below, skip, size=(skip.shape[3], skip.shape[2])) + skip, "order"),
    ("H and W swapped, no sum", lambda below, skip: up(
        below, skip, size=(skip.shape[3], skip.shape[2])), "swapped"),
    ("H for both", lambda below, skip: up(
        below, skip, size=skip.shape[2]) + skip, "size"),
    ("the whole shape as size", lambda below, skip: up(
        below, skip, size=skip.shape) + skip, "height and width alone"),
    ("the whole shape as size, nearest", lambda below, skip: F.interpolate(
        below, size=skip.shape) + skip, "height and width alone"),
    ("no stretch", lambda below, skip: below + skip, "stretched"),
    ("skip changed", rejoin_in_place, "in-place"),
    ("skip changed by add_", rejoin_into_skip, "in-place"),
    ("skip twice", lambda below, skip: up(below, skip) + skip + skip, "twice"),
    ("skip detached", lambda below, skip: up(below, skip) + skip.detach(), "graph"),
    ("below detached", lambda below, skip: up(below.detach(), skip) + skip, "graph"),
    ("both detached", rejoin_no_grad, "graph"),
    ("float32", lambda below, skip: up(below.float(), skip) + skip.float(), ".float()"),
    ("two maps", lambda below, skip: (up(below, skip), skip), "return"),
    ("nothing", lambda below, skip: None, "return"),
    ("NumPy", lambda below, skip: (up(below, skip) + skip).numpy(), "return"),
    ("one argument", lambda below: below, "arguments"),
]
