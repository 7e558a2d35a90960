"""Masks with one pooling: right ones written differently, and usual wrong ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit


def pool(x, **how):
    return F.max_pool2d(x, 3, 2, **{"ceil_mode": True, **how})


def up(y, x, **how):
    how = {"mode": "bilinear", "align_corners": True, **how}
    how = {key: value for key, value in how.items() if value is not None}
    return F.interpolate(y, x.shape[-2:], **how)


def conv(inside, outside=None, bias=False):
    return nn.Conv2d(inside, outside or inside, 1, bias=bias)


class Mask(nn.Module):
    """The plain answer, cut into pieces that the wrong ones replace."""

    def __init__(self, channels):
        super().__init__()
        self.one, self.two = ResidualUnit(channels), ResidualUnit(channels)
        self.norm1, self.conv1 = nn.BatchNorm2d(channels), conv(channels)
        self.norm2, self.conv2 = nn.BatchNorm2d(channels), conv(channels)

    def pool(self, x):
        return pool(x)

    def units(self, y):
        return self.two(self.one(y))

    def up(self, y, x):
        return up(y, x)

    def tail(self, y):
        y = self.conv1(F.relu(self.norm1(y)))
        return self.conv2(F.relu(self.norm2(y)))

    def end(self, y):
        return torch.sigmoid(y)

    def forward(self, x):
        return self.end(self.tail(self.up(self.units(self.pool(x)), x)))


class InSequences(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.tail = nn.Sequential(*[
            layer for _ in range(2)
            for layer in (nn.BatchNorm2d(channels), nn.ReLU(), conv(channels))
        ], nn.Sigmoid())
        self.down = nn.Sequential(
            nn.MaxPool2d(3, 2, ceil_mode=True),
            ResidualUnit(channels),
            ResidualUnit(channels),
        )

    def forward(self, x):
        return self.tail(up(self.down(x), x))


class ByHand(nn.Module):
    """Own units, own parameters in an odd order, a linear layer, an own sigmoid."""

    def __init__(self, channels):
        super().__init__()
        width = channels // 4
        self.last = nn.Linear(channels, channels, bias=False)
        self.heads = nn.Parameter(torch.randn(channels, channels, 1, 1))
        self.wide = nn.ParameterList(
            nn.Parameter(torch.randn(channels, width, 1, 1)) for _ in range(2))
        self.middle = nn.ParameterList(
            nn.Parameter(torch.randn(width, width, 3, 3)) for _ in range(2))
        self.narrow = nn.ParameterList(
            nn.Parameter(torch.randn(width, channels, 1, 1)) for _ in range(2))
        sizes = 2 * [channels, width, width] + 2 * [channels]
        self.norms = nn.ModuleList(nn.BatchNorm2d(size) for size in sizes)

    def unit(self, x, k, swap):
        y = F.conv2d(self.norms[3 * k](x).clamp(min=0), self.narrow[swap])
        y = F.conv2d(self.norms[3 * k + 1](y).clamp(min=0), self.middle[k], padding=1)
        return x + F.conv2d(self.norms[3 * k + 2](y).clamp(min=0), self.wide[swap])

    def forward(self, x):
        y = self.unit(self.unit(pool(x), 0, 1), 1, 0)
        y = F.conv2d(F.relu(self.norms[6](up(y, x))), self.heads)
        y = self.last(F.relu(self.norms[7](y)).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return 1 / (1 + torch.exp(-y))


class Norm(nn.Module):
    """A batch norm of one's own, with parameters of four axes."""

    def __init__(self, channels):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1, channels, 1, 1))
        self.shift = nn.Parameter(torch.zeros(1, channels, 1, 1))
        self.register_buffer("mean", torch.zeros(1, channels, 1, 1))
        self.register_buffer("variance", torch.ones(1, channels, 1, 1))

    def forward(self, x):
        mean, variance = self.mean, self.variance
        if self.training:
            mean = x.mean((0, 2, 3), keepdim=True)
            variance = x.var((0, 2, 3), correction=0, keepdim=True)
            self.mean.lerp_(mean.detach(), 0.1)
            self.variance.lerp_(variance.detach(), 0.1)
        return self.scale * (x - mean) / (variance + 1e-5).sqrt() + self.shift


class OwnNorms(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.norm1, self.norm2 = Norm(channels), Norm(channels)


class ZeroStart(Mask):
    """Its last convolution starts at zero, so a fresh mask is 0.5 everywhere."""

    def __init__(self, channels):
        super().__init__(channels)
        nn.init.zeros_(self.conv2.weight)


class Lazy(Mask):
    """Its 1x1 convolutions learn their input's channels from the first image."""

    def __init__(self, channels):
        super().__init__(channels)
        self.conv1 = nn.LazyConv2d(channels, 1, bias=False)
        self.conv2 = nn.LazyConv2d(channels, 1, bias=False)


def factory(channels):
    return Mask(channels)


def replacing(**pieces):
    """The plain mask with some of its methods replaced."""
    return type("MyMask", (Mask,), pieces)


class BatchAlways(Mask):
    def forward(self, x):
        return Mask.forward(self.train(), x)


RIGHT = [
    ("piece by piece", Mask),
    ("in two sequences", InSequences),
    ("by hand", ByHand),
    ("own batch norms", OwnNorms),
    ("the last convolution starts at zero", ZeroStart),
    ("lazy convolutions", Lazy),
    ("a function that builds it", factory),
]

WRONG = [
    ("training mode always", BatchAlways, "eval"),
    ("units detached", replacing(
        units=lambda self, y: self.two(self.one(y)).detach()), "graph"),
    ("the input detached", replacing(pool=lambda self, x: pool(x.detach())), "graph"),
    ("a weight detached", replacing(tail=lambda self, y: F.conv2d(
        self.norm2(self.conv1(self.norm1(y).relu())).relu(),
        self.conv2.weight.detach())), "graph"),
    ("between the units detached", replacing(
        units=lambda self, y: self.two(self.one(y).detach())), "graph"),
    ("a function of x", lambda x: torch.sigmoid(x), None),
]
