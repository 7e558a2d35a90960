"""Answers to *Write the projection unit*."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.models.residual import ResidualUnit
from tests.banks import Answer

NAME = "projection_unit"


class Layers(nn.Module):
    """The right layers; wrong answers replace one of them, or ``forward``."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        width = out_channels // 4
        self.stride = stride
        self.bn1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.proj = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)

    def way(self, ready: Tensor) -> Tensor:
        """The right way, from the first BN-ReLU's output on."""
        y = self.conv2(F.relu(self.bn2(self.conv1(ready))))
        return self.conv3(F.relu(self.bn3(y)))

    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.bn1(x))
        return self.proj(ready) + self.way(ready)


def joined(function: Callable) -> type:
    """The right layers; ``function(self, x, ready, way)`` gives the output."""

    def forward(self, x: Tensor) -> Tensor:
        ready = F.relu(self.bn1(x))
        return function(self, x, ready, self.way(ready))

    return type("MyProjectionUnit", (Layers,), {"forward": forward})


def replacing(forward: Callable = Layers.forward, **new: Callable) -> type:
    """The right answer with other layers, each made from in, out and stride."""

    def init(self, in_channels: int, out_channels: int, stride: int) -> None:
        Layers.__init__(self, in_channels, out_channels, stride)
        for name, make in new.items():
            setattr(self, name, make(in_channels, out_channels, stride))

    return type("MyProjectionUnit", (Layers,), {"__init__": init, "forward": forward})


class Projecting(ResidualUnit):
    """Wrong: the package's own unit, which projects only where it has to."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(in_channels, out_channels, stride=stride)


class Sliced(nn.Module):
    """Right: the stride as slices, the layers in Sequentials, the sum as a stack."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        w, self.step = out_channels // 4, stride
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.ready = nn.Sequential(nn.BatchNorm2d(in_channels), nn.ReLU())
        self.head = nn.Sequential(
            nn.Conv2d(in_channels, w, 1, bias=False), nn.BatchNorm2d(w), nn.ReLU(),
            nn.Conv2d(w, w, 3, padding=1, bias=False),
        )
        self.tail = nn.Sequential(
            nn.BatchNorm2d(w), nn.ReLU(), nn.Conv2d(w, out_channels, 1, bias=False)
        )

    def forward(self, x: Tensor) -> Tensor:
        ready, s = self.ready(x), self.step
        y = self.tail(self.head(ready)[:, :, ::s, ::s])
        return torch.stack([y, self.shortcut(ready[:, :, ::s, ::s])]).sum(0)


class ByMatrix(Layers):
    """Right: the projection as a matrix on every stride-th pixel, channels last."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(in_channels, out_channels, stride)
        self.proj = nn.Linear(in_channels, out_channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        ready, s = F.relu(self.bn1(x)), self.stride
        pixels = ready[:, :, ::s, ::s].movedim(1, -1)
        return self.way(ready) + self.proj(pixels).movedim(-1, 1)


RIGHT = [
    Answer(NAME, "as in the chapter", Layers),
    Answer(NAME, "slices, Sequentials and a stack", Sliced),
    Answer(NAME, "the projection as a matrix", ByMatrix),
]


def conv(side: int = 1, width: bool = False, **options) -> Callable:
    """A convolution to ``out`` channels, or inside the bottleneck, with options."""
    def make(c: int, out: int, stride: int) -> nn.Module:
        if width:
            c = out = out // 4
        return nn.Conv2d(c, out, side, **({"stride": stride, "bias": False} | options))
    return make


def down(c: int, out: int, stride: int) -> nn.Module:
    return nn.Conv2d(c, out // 4, 1, stride, bias=False)


def up(c: int, out: int, stride: int) -> nn.Module:
    return nn.Conv2d(out // 4, out, 1, stride, bias=False)


def post(self, x: Tensor) -> Tensor:
    """BN and ReLU behind each convolution, all the layers of a ResNet of 2015."""
    y = F.relu(self.bn2(self.conv1(x)))
    y = F.relu(self.bn3(self.conv2(y)))
    return F.relu(self.bn1(self.conv3(y)) + self.proj(x))


def relu_first(self, x: Tensor) -> Tensor:
    ready = self.bn1(F.relu(x))
    y = self.conv2(self.bn2(F.relu(self.conv1(ready))))
    return self.proj(ready) + self.conv3(self.bn3(F.relu(y)))


def padded(self, x: Tensor) -> Tensor:
    """ResNet's parameter-free shortcut: every other pixel, and channels of zeros."""
    y = self.way(F.relu(self.bn1(x)))
    s, more = self.stride, max(y.shape[1] - x.shape[1], 0)
    return y + F.pad(x[:, : y.shape[1], ::s, ::s], (0, 0, 0, 0, 0, more))


def resized(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    y = self.way(ready)
    return y + F.interpolate(self.proj(ready), y.shape[-2:])


def one_norm_twice(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    y = self.conv2(F.relu(self.bn2(self.conv1(ready))))
    return self.proj(ready) + self.conv3(F.relu(self.bn2(y)))


def two_norms(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    return self.proj(F.relu(self.bn0(x))) + self.way(ready)


def norm_in(c: int, out: int, stride: int) -> nn.Module:
    return nn.BatchNorm2d(c)


def norm_out(c: int, out: int, stride: int) -> nn.Module:
    return nn.BatchNorm2d(out)


def only_if_wider(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    shortcut = x if self.proj is None else self.proj(ready)
    return shortcut + self.way(ready)


def raw_if_same(self, x: Tensor) -> Tensor:
    """The identity shortcut of a ResNet, where input and output have one shape."""
    ready = F.relu(self.bn1(x))
    same = self.stride == 1 and self.proj.in_channels == self.proj.out_channels
    return self.way(ready) + (x if same else self.proj(ready))


def raw_if_as_wide(self, x: Tensor) -> Tensor:
    """The same where only the channels agree, with every stride-th pixel."""
    ready, s = F.relu(self.bn1(x)), self.stride
    if self.proj.in_channels == self.proj.out_channels:
        return self.way(ready) + x[:, :, ::s, ::s]
    return self.way(ready) + self.proj(ready)


def raw_on_top(self, x: Tensor) -> Tensor:
    y = Layers.forward(self, x)
    return y + x if x.shape == y.shape else y


def in_one(self, x: Tensor) -> Tensor:
    """The first 1x1 and the projection as one convolution, split behind it."""
    width, s = self.conv2.in_channels, self.stride
    y, shortcut = self.both(F.relu(self.bn1(x))).tensor_split([width], 1)
    y = self.conv2(F.relu(self.bn2(y)))
    return self.conv3(F.relu(self.bn3(y))) + shortcut[:, :, ::s, ::s]


def nothing(c: int, out: int, stride: int) -> None:
    return None


def both(c: int, out: int, stride: int) -> nn.Module:
    return nn.Conv2d(c, out // 4 + out, 1, bias=False)


def quarter_of_input(c: int, out: int, stride: int) -> nn.Module:
    unit, w = Layers(c, out, stride), c // 4
    unit.conv1, unit.bn2 = nn.Conv2d(c, w, 1, bias=False), nn.BatchNorm2d(w)
    unit.conv2 = nn.Conv2d(w, w, 3, stride, padding=1, bias=False)
    unit.bn3, unit.conv3 = nn.BatchNorm2d(w), nn.Conv2d(w, out, 1, bias=False)
    return unit


def entry(story: str, answer: object, named: str | None = None) -> Answer:
    """A wrong answer to this exercise."""
    return Answer(NAME, story, answer, named)


WRONG = [
    entry("projection of the raw input",
          joined(lambda s, x, r, y: s.proj(x) + y), "raw x"),
    entry("projection of BN's output, no ReLU",
          joined(lambda s, x, r, y: s.proj(s.bn1(x)) + y), "without the ReLU"),
    entry("projection of relu(x)",
          joined(lambda s, x, r, y: s.proj(F.relu(x)) + y), "without the batch norm"),
    entry("ReLU behind the projection",
          joined(lambda s, x, r, y: F.relu(s.proj(r)) + y), "behind the projection"),
    entry("batch norm behind the projection", replacing(
        lambda s, x: s.bn4(s.proj(F.relu(s.bn1(x)))) + s.way(F.relu(s.bn1(x))),
        bn4=norm_out), "or the projection"),
    entry("a norm of its own for the projection", replacing(two_norms, bn0=norm_in),
          "first BN-ReLU gives"),
    entry("stride on the first 1x1", replacing(
        conv1=down, conv2=conv(3, True, stride=1, padding=1)), "first 1x1"),
    entry("stride on the last 1x1", replacing(
        conv3=up, conv2=conv(3, True, stride=1, padding=1)), "last 1x1"),
    entry("stride on the first 1x1 and the 3x3", replacing(conv1=down), "steps"),
    entry("no stride on the 3x3", replacing(
        conv2=conv(3, True, stride=1, padding=1)), "steps"),
    entry("no stride on the projection", replacing(proj=conv(stride=1)), "steps"),
    entry("no stride at all", replacing(
        proj=conv(stride=1), conv2=conv(3, True, stride=1, padding=1)), "stride"),
    entry("stride always 2", lambda c, out, stride: Layers(c, out, 2), "fixed"),
    entry("raw input and stride on the first 1x1", replacing(
        lambda s, x: s.proj(x) + s.way(F.relu(s.bn1(x))),
        conv1=down, conv2=conv(3, True, stride=1, padding=1)), "two things"),
    entry("pooled shortcut", replacing(
        lambda s, x: s.proj(F.avg_pool2d(
            F.relu(s.bn1(x)), s.stride, ceil_mode=True)) + s.way(F.relu(s.bn1(x))),
        proj=conv(stride=1)), "pools"),
    entry("projection resized to fit", replacing(resized, proj=conv(stride=1)), None),
    entry("3x3 projection", replacing(proj=conv(3, padding=1)), "1x1"),
    entry("projection with a bias", replacing(proj=conv(bias=True)), "bias"),
    entry("no shortcut", joined(lambda s, x, r, y: y), "+ x"),
    entry("only the projection", joined(lambda s, x, r, y: s.proj(r)),
          "convolutions are missing"),
    entry("raw input sliced and padded with zeros", replacing(
        padded, proj=lambda c, out, stride: None), "projection is missing"),
    entry("projection only where channels change", replacing(
        only_if_wider, proj=lambda c, out, s: None if c == out else conv()(c, out, s)),
        "projection is missing"),
    entry("projection only where the shape changes", replacing(
        only_if_wider,
        proj=lambda c, out, s: None if (c, s) == (out, 1) else conv()(c, out, s)),
        "would fit"),
    entry("the package's unit", Projecting, "would fit"),
    entry("raw input where it fits", replacing(raw_if_same), "there too"),
    entry("raw input, sliced, where the channels agree", replacing(raw_if_as_wide),
          "there too"),
    entry("raw input on top where it fits", replacing(raw_on_top), "on top"),
    entry("one convolution for the first 1x1 and the projection", replacing(
        in_one, both=both, conv1=nothing, proj=nothing), "layers of their own"),
    entry("ReLU after the sum",
          joined(lambda s, x, r, y: F.relu(s.proj(r) + y)), "sum"),
    entry("multiplied", joined(lambda s, x, r, y: s.proj(r) * y), "multiplied"),
    entry("BN after the convolutions", replacing(post, bn1=norm_out),
          "before its convolution"),
    entry("ReLU before BN", type("U", (Layers,), {"forward": relu_first}),
          "before its"),
    entry("one batch norm used twice",
          type("U", (Layers,), {"forward": one_norm_twice}), "once"),
    entry("one batch norm shared", replacing(
        one_norm_twice, bn3=lambda c, out, s: None), "its own"),
    entry("a quarter of the input's channels", quarter_of_input, "quarter"),
    entry("no padding", replacing(conv2=conv(3, True)), "padding=1"),
    entry("detached projection",
          joined(lambda s, x, r, y: s.proj(r).detach() + y), "cut"),
    entry("projection of detached features",
          joined(lambda s, x, r, y: s.proj(r.detach()) + y), "cut"),
    entry("the input and the projection",
          joined(lambda s, x, r, y: (s.proj(r), y)), "return"),
    entry("the identity unit", lambda c, out, stride: ResidualUnit(c), "missing"),
    entry("in and out exchanged", lambda c, out, stride: Layers(out, c, stride),
          "fixed"),
    entry("an instance", Layers(12, 32, 2), "without brackets"),
    entry("no return", joined(lambda s, x, r, y: None), "return"),
]
