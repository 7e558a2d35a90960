"""Levels of a mask: right ones written differently, and wrong ones no slip makes."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from resattn_tutorial.models.residual import ResidualUnit
from tests.banks import Answer


def pool(x):
    return F.max_pool2d(x, 3, 2, ceil_mode=True)


def up(y, x):
    return F.interpolate(y, x.shape[-2:], mode="bilinear", align_corners=True)


class Level(nn.Module):
    """The plain answer, cut into pieces that the wrong ones replace."""

    def __init__(self, channels, poolings):
        super().__init__()
        self.up = ResidualUnit(channels)
        self.lower = poolings > 1
        if self.lower:
            self.below = type(self)(channels, poolings - 1)
            self.skip = ResidualUnit(channels)
        self.down = ResidualUnit(channels)

    def join(self, y):
        return self.below(y) + self.skip(y)

    def forward(self, x):
        y = self.down(pool(x))
        return up(self.up(self.join(y) if self.lower else y), x)


class InLoops(nn.Module):
    """Three lists, one loop down and one up."""

    def __init__(self, channels, poolings):
        super().__init__()
        self.down, self.side, self.up = (
            nn.ModuleList(ResidualUnit(channels) for _ in range(count))
            for count in (poolings, poolings - 1, poolings))

    def forward(self, x):
        maps = [x]
        for unit in self.down:
            maps.append(unit(pool(maps[-1])))
        y = maps.pop()
        for k in reversed(range(len(self.up))):
            before = maps.pop()
            y = up(self.up[k](y), before)
            if k:
                y = y + self.side[k - 1](before)
        return y


class ByLists(nn.Module):
    """All units in one list, taken by a function that calls itself."""

    def __init__(self, channels, poolings):
        super().__init__()
        self.poolings = poolings
        self.units = nn.ModuleList(
            ResidualUnit(channels) for _ in range(3 * poolings - 1))

    def level(self, x, k):
        y = self.units[3 * k](pool(x))
        if k < self.poolings - 1:
            y = self.level(y, k + 1) + self.units[3 * k + 2](y)
        return up(self.units[3 * k + 1](y), x)

    def forward(self, x):
        return self.level(x, 0)


class Around(nn.Module):
    """Built from the lowest level upwards: each takes what lies below ready made."""

    def __init__(self, channels, below):
        super().__init__()
        self.first, self.last = ResidualUnit(channels), ResidualUnit(channels)
        self.parts = nn.ModuleList([below, ResidualUnit(channels)] if below else [])

    def forward(self, x):
        y = self.first(nn.functional.max_pool2d(x, 3, 2, ceil_mode=True))
        if len(self.parts):
            y = torch.stack([part(y) for part in self.parts]).sum(0)
        return up(self.last(y), x)


def from_below(channels, poolings):
    level = None
    for _ in range(poolings):
        level = Around(channels, level)
    return level


class Endless(nn.Module):
    def __init__(self, channels, poolings):
        super().__init__()
        self.down, self.up = ResidualUnit(channels), ResidualUnit(channels)
        self.below = Endless(channels, poolings - 1)

    def forward(self, x):
        return x


class EndlessForward(Level):
    def join(self, y):
        return self.skip(y) + self(y)


class Hidden(Level):
    """Its levels below lie in a plain list."""

    def __init__(self, channels, poolings):
        super().__init__(channels, poolings)
        if self.lower:
            below = self.below
            del self.below
            self.hidden = [below]

    def join(self, y):
        return self.hidden[0](y) + self.skip(y)


class InForward(Level):
    """The level below is made anew in each pass."""

    def __init__(self, channels, poolings):
        super().__init__(channels, poolings)
        self.given = channels, poolings - 1
        if self.lower:
            del self.below

    def join(self, y):
        return InForward(*self.given).to(y)(y) + self.skip(y)


class BatchAlways(Level):
    def forward(self, x):
        return Level.forward(self.train(), x)


def replacing(**pieces):
    """The plain level with some of its methods replaced."""
    return type("MyDownUp", (Level,), pieces)


RIGHT = [
    Answer("down_up", "piece by piece", Level),
    Answer("down_up", "in loops", InLoops),
    Answer("down_up", "by lists", ByLists),
    Answer("down_up", "from below", from_below),
]
WRONG = [
    Answer("down_up", "endless in __init__", Endless, "never ends"),
    Answer("down_up", "endless in forward", EndlessForward, "nothing is left"),
    Answer("down_up", "a plain list", Hidden, "a plain list hides it"),
    Answer("down_up", "made in forward", InForward, "made in __init__"),
    Answer("down_up", "training mode always", BatchAlways, "eval"),
    Answer("down_up", "the level below detached", replacing(
        join=lambda self, y: self.below(y).detach() + self.skip(y)), "cut"),
    Answer("down_up", "the skip's way detached", replacing(
        join=lambda self, y: self.below(y) + self.skip(y.detach())), "cut"),
    Answer("down_up", "a function of x", lambda x: up(pool(x), x), "arguments"),
]
