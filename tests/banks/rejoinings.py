"""Answers to "Stretch and rejoin": bilinear, corners on corners, and a sum."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn


def up(below, skip, **how):
    how = {"size": skip.shape[-2:], "mode": "bilinear", "align_corners": True, **how}
    return F.interpolate(below, **{k: v for k, v in how.items() if v is not None})


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


def rejoin_deconvolved(below, skip):
    kernel = torch.ones(below.shape[1], 1, 2, 2)
    return F.conv_transpose2d(below, kernel, stride=2, groups=below.shape[1]) + skip


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
    ("grid_sample's default corners", rejoin_by_default_sampling, "grid_sample"),
    ("grid_sample's default corners, border", lambda below, skip:
     rejoin_by_default_sampling(below, skip, padding_mode="border"), "grid_sample"),
    ("a factor of 2", lambda below, skip: up(
        below, skip, size=None, scale_factor=2) + skip, "factor"),
    ("a factor of 2, nearest", lambda below, skip: F.interpolate(
        below, scale_factor=2) + skip, "nearest"),
    ("transposed convolution of ones", rejoin_deconvolved, "nearest"),
    ("H and W swapped", lambda below, skip: up(
        below, skip, size=(skip.shape[3], skip.shape[2])) + skip, "order"),
    ("skip detached", lambda below, skip: up(below, skip) + skip.detach(), "graph"),
    ("below detached", lambda below, skip: up(below.detach(), skip) + skip, "graph"),
]
