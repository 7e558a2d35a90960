"""Masks with one pooling: right ones written differently, and usual wrong ones."""

from __future__ import annotations

import numpy as np
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


def with_layers(**makers):
    """The plain mask with some of its layers replaced; each maker takes channels."""

    def start(self, channels):
        Mask.__init__(self, channels)
        for name, make in makers.items():
            setattr(self, name, make(channels))

    return type("MyMask", (Mask,), {"__init__": start})


def tail(one, two):
    """A tail whose two steps are given as functions of norm, convolution and map."""

    def run(self, y):
        return two(self.norm2, self.conv2, one(self.norm1, self.conv1, y))

    return replacing(tail=run)


class SharedUnit(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.two = self.one


class UnitTwice(nn.Module):
    """One unit, applied twice."""

    def __init__(self, channels):
        super().__init__()
        self.unit = ResidualUnit(channels)
        self.tail = nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), conv(channels),
            nn.BatchNorm2d(channels), nn.ReLU(), conv(channels), nn.Sigmoid(),
        )

    def forward(self, x):
        return self.tail(up(self.unit(self.unit(pool(x))), x))


class OneUnit(UnitTwice):
    def forward(self, x):
        return self.tail(up(self.unit(pool(x)), x))


class PlainList(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.units = [ResidualUnit(channels) for _ in range(2)]
        self.tail = UnitTwice(channels).tail

    def forward(self, x):
        y = pool(x)
        for unit in self.units:
            y = unit(y)
        return self.tail(up(y, x))


class BuiltInForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.channels = channels

    def forward(self, x):
        return Mask(self.channels)(x)


class NoSuper(nn.Module):
    def __init__(self, channels):
        self.one = ResidualUnit(channels)


class NoForward(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.one = ResidualUnit(channels)


class Unused(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.extra = ResidualUnit(channels)


class FixedChannels(Mask):
    def __init__(self, channels):
        super().__init__(12)


class ExtraNorm(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.norm3 = nn.BatchNorm2d(channels)

    def tail(self, y):
        return self.norm3(super().tail(y))


class SharedNorm(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.norm2 = self.norm1


class SharedConv(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.conv2 = self.conv1


class Remembering(Mask):
    def forward(self, x):
        if not hasattr(self, "first"):
            self.first = super().forward(x)
        return self.first


class PlainConvolutions(nn.Module):
    """Two plain 3x3 convolutions in place of the residual units."""

    def __init__(self, channels):
        super().__init__()
        self.down = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False), nn.ReLU(),
        )
        self.tail = UnitTwice(channels).tail

    def forward(self, x):
        return self.tail(up(self.down(pool(x)), x))


class ThreeUnits(Mask):
    def __init__(self, channels):
        super().__init__(channels)
        self.three = ResidualUnit(channels)

    def units(self, y):
        return self.three(super().units(y))


class BatchAlways(Mask):
    def forward(self, x):
        return Mask.forward(self.train(), x)


class ChannelAttention(Mask):
    def tail(self, y):
        return super().tail(y).mean((2, 3), keepdim=True).expand_as(y)


class Narrow(nn.Module):
    """A tail that squeezes to a quarter of the channels between its 1x1s."""

    def __init__(self, channels):
        super().__init__()
        self.one, self.two = ResidualUnit(channels), ResidualUnit(channels)
        self.tail = nn.Sequential(
            nn.BatchNorm2d(channels), nn.ReLU(), conv(channels, channels // 4),
            nn.BatchNorm2d(channels // 4), nn.ReLU(), conv(channels // 4, channels),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.tail(up(self.two(self.one(pool(x))), x))


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
    ("no sigmoid", replacing(end=lambda self, y: y), "sigmoid"),
    ("a ReLU at the end", replacing(end=lambda self, y: y.relu()), "sigmoid"),
    ("tanh", replacing(end=lambda self, y: y.tanh()), "tanh"),
    ("softmax over positions", replacing(
        end=lambda self, y: y.flatten(2).softmax(-1).view_as(y)), "softmax"),
    ("softmax over channels", replacing(end=lambda self, y: y.softmax(1)), "softmax"),
    ("sigmoid, then batch norm", replacing(
        end=lambda self, y: F.batch_norm(y.sigmoid(), None, None, training=True)),
     "batch norm"),
    ("batch norm before the sigmoid", ExtraNorm, "batch norm"),
    ("a ReLU before the sigmoid", replacing(end=lambda self, y: y.relu().sigmoid()),
     "ReLU"),
    ("two sigmoids", replacing(end=lambda self, y: y.sigmoid().sigmoid()), "twice"),
    ("hard sigmoid", replacing(end=lambda self, y: F.hardsigmoid(y)), "hard"),
    ("half of tanh", replacing(end=lambda self, y: (y.tanh() + 1) / 2), None),
    ("the sign turned", replacing(end=lambda self, y: 1 - y.sigmoid()), "sign"),
    ("1 + the mask", replacing(end=lambda self, y: 1 + y.sigmoid()), "1 is added"),
    ("x times the mask", replacing(
        forward=lambda self, x: x * Mask.forward(self, x)), "x is in"),
    ("x times 1 + the mask", replacing(
        forward=lambda self, x: x * (1 + Mask.forward(self, x))), "x is in"),
    ("x plus the mask", replacing(
        forward=lambda self, x: x + Mask.forward(self, x)), "x is in"),
    ("nearest", replacing(
        up=lambda self, y, x: up(y, x, mode="nearest", align_corners=None)), "nearest"),
    ("corners not aligned", replacing(
        up=lambda self, y, x: up(y, x, align_corners=None)), "corners"),
    ("bicubic", replacing(up=lambda self, y, x: up(y, x, mode="bicubic")), "bicubic"),
    ("a factor of 2", replacing(up=lambda self, y, x: F.interpolate(
        y, scale_factor=2, mode="bilinear", align_corners=True)), "factor"),
    ("the shown size", replacing(up=lambda self, y, x: F.interpolate(
        y, (8, 10), mode="bilinear", align_corners=True)), "size"),
    ("the whole shape as size", replacing(up=lambda self, y, x: F.interpolate(
        y, size=x.shape, mode="bilinear", align_corners=True)), "height and width"),
    ("half size", replacing(up=lambda self, y, x: y), "half size"),
    ("the stretch after the sigmoid", replacing(
        forward=lambda self, x: up(self.tail(self.units(pool(x))).sigmoid(), x)),
     "too late"),
    ("the stretch after the tail", replacing(
        forward=lambda self, x: up(self.tail(self.units(pool(x))), x).sigmoid()),
     "too late"),
    ("padding in the pooling", replacing(
        pool=lambda self, x: F.max_pool2d(x, 3, 2, padding=1)), "padding"),
    ("pooling in floor mode", replacing(
        pool=lambda self, x: pool(x, ceil_mode=False)), "ceil"),
    ("pooling 2x2", replacing(pool=lambda self, x: F.max_pool2d(x, 2)), "2x2"),
    ("a mean pooling", replacing(
        pool=lambda self, x: F.avg_pool2d(x, 3, 2, ceil_mode=True)), "average"),
    ("every second pixel", replacing(pool=lambda self, x: x[..., ::2, ::2]), "second"),
    ("no pooling", replacing(pool=lambda self, x: x), "pooling is left out"),
    ("a unit used twice", UnitTwice, "twice"),
    ("two names, one unit", SharedUnit, "twice"),
    ("the second unit unused, the first twice", replacing(
        units=lambda self, y: self.one(self.one(y))), "twice"),
    ("one unit", OneUnit, "single unit"),
    ("the second unit unused", replacing(units=lambda self, y: self.one(y)), "single"),
    ("three units", ThreeUnits, "3 residual units"),
    ("no units", replacing(units=lambda self, y: y), "units are left out"),
    ("an unused unit", Unused, "3 residual units"),
    ("plain convolutions", PlainConvolutions, "no residual unit"),
    ("a unit behind the stretch", replacing(
        units=lambda self, y: self.one(y),
        up=lambda self, y, x: self.two(up(y, x))),
     "behind the stretch"),
    ("a unit before the pooling", replacing(
        pool=lambda self, x: pool(self.one(x)), units=lambda self, y: self.two(y)),
     "before the pooling"),
    ("a skip round the units", replacing(
        units=lambda self, y: y + self.two(self.one(y))), "skip"),
    ("the trunk's input added before the 1x1s", replacing(
        up=lambda self, y, x: up(y, x) + x), "x is added"),
    ("x multiplied before the 1x1s", replacing(
        up=lambda self, y, x: up(y, x) * x), "multiplied by x"),
    ("no BN-ReLU before the 1x1s", tail(
        lambda n, c, y: c(y), lambda n, c, y: c(y)), "missing"),
    ("no BN-ReLU before the first 1x1", tail(
        lambda n, c, y: c(y), lambda n, c, y: c(n(y).relu())), "none before"),
    ("no BN-ReLU before the second 1x1", tail(
        lambda n, c, y: c(n(y).relu()), lambda n, c, y: c(y)), "missing"),
    ("no ReLU before the 1x1s", tail(
        lambda n, c, y: c(n(y)), lambda n, c, y: c(n(y))), "missing"),
    ("no batch norm before the 1x1s", tail(
        lambda n, c, y: c(y.relu()), lambda n, c, y: c(y.relu())), "missing"),
    ("BN-ReLU after each 1x1", tail(
        lambda n, c, y: n(c(y)).relu(), lambda n, c, y: n(c(y)).relu()),
     "come after the 1x1; they stand before"),
    ("BN-ReLU after the first 1x1, nothing else", tail(
        lambda n, c, y: n(c(y)).relu(), lambda n, c, y: c(y)), "come after the 1x1"),
    ("BN-ReLU after the first 1x1, before the second", tail(
        lambda n, c, y: n(c(y)).relu(), lambda n, c, y: c(n(y).relu())),
     "come after the 1x1"),
    ("BN-ReLU before the first 1x1, after the second", tail(
        lambda n, c, y: c(n(y).relu()), lambda n, c, y: n(c(y)).relu()),
     "come after the 1x1"),
    ("ReLU-BN after each 1x1", tail(
        lambda n, c, y: n(c(y).relu()), lambda n, c, y: n(c(y).relu())),
     "come after the 1x1"),
    ("ReLU before the batch norm", tail(
        lambda n, c, y: c(n(y.relu())), lambda n, c, y: c(n(y.relu()))), "order"),
    ("1x1s of groups or another width", Narrow, "1x1"),
    ("one 1x1", replacing(tail=lambda self, y: self.conv1(self.norm1(y).relu())),
     "single 1x1"),
    ("no 1x1", replacing(tail=lambda self, y: y), "left out"),
    ("one 1x1 used twice", SharedConv, "twice"),
    ("one batch norm used twice", SharedNorm, "batch norm"),
    ("a bias in the last 1x1", with_layers(conv2=lambda c: conv(c, bias=True)), "bias"),
    ("a bias in both 1x1s", with_layers(
        conv1=lambda c: conv(c, bias=True), conv2=lambda c: conv(c, bias=True)),
     "bias"),
    ("3x3 in place of the last 1x1", with_layers(
        conv2=lambda c: nn.Conv2d(c, c, 3, padding=1, bias=False)), "1x1"),
    ("3x3 in place of both 1x1s", with_layers(
        conv1=lambda c: nn.Conv2d(c, c, 3, padding=1, bias=False),
        conv2=lambda c: nn.Conv2d(c, c, 3, padding=1, bias=False)), "3x3"),
    ("a unit with stride for the pooling", with_layers(
        pool=lambda c: nn.Identity(), one=lambda c: ResidualUnit(c, c, 2)),
     "no projection"),
    ("instance norm", with_layers(
        norm1=lambda c: nn.InstanceNorm2d(c, affine=True),
        norm2=lambda c: nn.InstanceNorm2d(c, affine=True)), "by itself"),
    ("batch norm without weights", with_layers(
        norm1=lambda c: nn.BatchNorm2d(c, affine=False)), "batch norm"),
    ("batch norm without running statistics", with_layers(
        norm1=lambda c: nn.BatchNorm2d(c, track_running_stats=False)), "eval"),
    ("training mode always", BatchAlways, "eval"),
    ("one channel, spread out", with_layers(conv2=lambda c: nn.Sequential(
        conv(c, 1), nn.Upsample(scale_factor=1))), "one channel"),
    ("one channel, broadcast", replacing(
        end=lambda self, y: y.mean(1, keepdim=True).sigmoid().expand_as(y)),
     "one channel"),
    ("the mean of all channels", replacing(
        end=lambda self, y: y.sigmoid().mean(1, keepdim=True)), "one channel"),
    ("one value for a channel", ChannelAttention, "one value"),
    ("always 0.5", replacing(end=lambda self, y: torch.full_like(y, 0.5)), "ignores"),
    ("its input times 0", replacing(end=lambda self, y: (0 * y).sigmoid()), "ignores"),
    ("the first mask for ever", Remembering, "ignores its input"),
    ("noise", replacing(end=lambda self, y: torch.rand_like(y)), "anew"),
    ("detached", replacing(end=lambda self, y: y.sigmoid().detach()), "graph"),
    ("units detached", replacing(
        units=lambda self, y: self.two(self.one(y)).detach()), "graph"),
    ("the input detached", replacing(pool=lambda self, x: pool(x.detach())), "graph"),
    ("a weight detached", replacing(tail=lambda self, y: F.conv2d(
        self.norm2(self.conv1(self.norm1(y).relu())).relu(),
        self.conv2.weight.detach())), "graph"),
    ("between the units detached", replacing(
        units=lambda self, y: self.two(self.one(y).detach())), "graph"),
    ("its input changed", replacing(pool=lambda self, x: pool(x.relu_())), "in-place"),
    ("its input returned", replacing(forward=lambda self, x: x), "as it was"),
    ("a pair", replacing(forward=lambda self, x: (x, Mask.forward(self, x))), "return"),
    ("nothing", replacing(forward=lambda self, x: None), "return"),
    ("NumPy", replacing(
        forward=lambda self, x: np.ones(x.shape)), "return"),
    ("float32 whatever came", replacing(
        end=lambda self, y: y.sigmoid().float()), ".float()"),
    ("units in a plain list", PlainList, "plain list"),
    ("built in forward", BuiltInForward, "__init__"),
    ("no super().__init__()", NoSuper, "super"),
    ("no forward", NoForward, "forward"),
    ("12 channels whatever is asked", FixedChannels, "channels"),
    ("an instance", Mask(8), "class"),
    ("a function of x", lambda x: torch.sigmoid(x), None),
    ("an argument missing", type("MyMask", (Mask,), {"__init__": lambda self: None}),
     None),
]
