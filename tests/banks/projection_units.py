"""Answers to *Write the projection unit*."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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


def one_norm_twice(self, x: Tensor) -> Tensor:
    ready = F.relu(self.bn1(x))
    y = self.conv2(F.relu(self.bn2(self.conv1(ready))))
    return self.proj(ready) + self.conv3(F.relu(self.bn2(y)))


def entry(story: str, answer: object, named: str | None = None) -> Answer:
    """A wrong answer to this exercise."""
    return Answer(NAME, story, answer, named)


WRONG = [
    entry("raw input and stride on the first 1x1", replacing(
        lambda s, x: s.proj(x) + s.way(F.relu(s.bn1(x))),
        conv1=down, conv2=conv(3, True, stride=1, padding=1)), "two things"),
    entry("one batch norm used twice",
          type("U", (Layers,), {"forward": one_norm_twice}), "once"),
    entry("detached projection",
          joined(lambda s, x, r, y: s.proj(r).detach() + y), "cut"),
    entry("projection of detached features",
          joined(lambda s, x, r, y: s.proj(r.detach()) + y), "cut"),
]
