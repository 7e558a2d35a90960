"""Attention-56 for CIFAR of ``nn.Sequential`` throughout, and two ways to join."""

from __future__ import annotations

import torch.nn.functional as F
from torch import nn


class Join(nn.Module):
    """Two ways that start from one map, and how they meet."""

    def __init__(self, one, other, how=lambda a, b: a + b):
        super().__init__()
        self.ways = nn.ModuleList([one, other])
        self.how = how

    def forward(self, x):
        return self.how(*(way(x) for way in self.ways))


class AtSize(nn.Sequential):
    """Stretch what comes out to the size of what went in."""

    def forward(self, x):
        return F.interpolate(
            super().forward(x), x.shape[2:], mode="bilinear", align_corners=True)


def step(before, channels, kernel, stride=1):
    """Batch norm, ReLU, convolution."""
    return nn.Sequential(
        nn.BatchNorm2d(before), nn.ReLU(),
        nn.Conv2d(before, channels, kernel, stride, kernel // 2, bias=False))


def unit(before, channels, stride=1):
    width = channels // 4
    rest = (step(width, width, 3, stride), step(width, channels, 1))
    if before == channels and stride == 1:
        return Join(nn.Identity(), nn.Sequential(step(before, width, 1), *rest))
    return nn.Sequential(nn.BatchNorm2d(before), nn.ReLU(), Join(
        nn.Conv2d(before, channels, 1, stride, bias=False),
        nn.Sequential(nn.Conv2d(before, width, 1, bias=False), *rest)))


def hourglass(c, depth):
    inner = Join(unit(c, c), hourglass(c, depth - 1)) if depth > 1 else nn.Identity()
    return AtSize(
        nn.MaxPool2d(3, 2, ceil_mode=True), unit(c, c), inner, unit(c, c))


def module(c, depth):
    mask = nn.Sequential(hourglass(c, depth), step(c, c, 1), step(c, c, 1),
                         nn.Sigmoid())
    trunk = nn.Sequential(unit(c, c), unit(c, c))
    return nn.Sequential(
        unit(c, c), Join(mask, trunk, lambda m, t: m * t + t), unit(c, c))


def network():
    parts, before, stride = [nn.Conv2d(3, 16, 3, padding=1, bias=False)], 16, 1
    for channels, depth in ((64, 3), (128, 2), (256, 1)):
        parts += [unit(before, channels, stride), module(channels, depth),
                  unit(channels, channels)]
        before, stride = channels, 2
    return nn.Sequential(
        *parts, nn.BatchNorm2d(before), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(before, 10))
