"""Answers to "Set a factor": invert channel attention in one channel."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F


def put(values):
    """An answer that writes ``values(x, channel, m, rest)`` into the channel."""

    def answer(x, channel, factor):
        rest = (x.square().sum(1) - x[:, channel].square()).clamp_min(0).sqrt()
        copy = x.clone()
        copy[:, channel] = values(x, channel, factor - 1, rest)
        return copy

    return answer


def plain(x, channel, factor):
    m = factor - 1
    copy = x.clone()
    copy[:, channel] = 0
    rest = copy.norm(dim=1)
    copy[:, channel] = m * rest / math.sqrt(1 - m**2)
    return copy


def by_angle(x, channel, factor):
    others = torch.cat([x[:, :channel], x[:, channel + 1 :]], dim=1)
    value = math.tan(math.asin(factor - 1)) * torch.linalg.vector_norm(others, dim=1)
    return torch.cat(
        [x[:, :channel], value[:, None], x[:, channel + 1 :]], dim=1
    )


def by_where(x, channel, factor):
    here = (torch.arange(x.shape[1]) == channel).view(1, -1, 1, 1)
    rest = x.masked_fill(here, 0).square().sum(1, keepdim=True).sqrt()
    m = torch.tensor(factor - 1, dtype=x.dtype)
    return torch.where(here, torch.sinh(torch.atanh(m)) * rest, x)


def by_halving(x, channel, factor):
    copy = x.clone()
    low, high = torch.full_like(x[:, channel], -1e4), torch.full_like(x[:, 0], 1e4)
    for _ in range(60):
        middle = (low + high) / 2
        copy[:, channel] = middle
        below = 1 + F.normalize(copy, dim=1)[:, channel] < factor
        low, high = low.where(~below, middle), high.where(below, middle)
    return copy


def wrong_axis(x, channel, factor):
    copy, values = x.clone(), plain(x, channel, factor)[:, channel]
    copy[channel] = values[channel % len(x)]
    return copy


def shown_size(x, channel, factor):
    copy = x.reshape(2, 4, 3, 5).clone()
    copy[:, channel] = plain(x, channel, factor)[:, channel]
    return copy


def many_steps(x, channel, factor):
    copy = x.clone()
    for _ in range(100):
        copy[:, channel] = (factor - 1) * copy.norm(dim=1)
    return copy


def root(m):
    return math.sqrt(1 - m**2)


RIGHT = [
    ("the formula", plain),
    ("as an angle", by_angle),
    ("torch.where and hyperbolic", by_where),
    ("bisection", by_halving),
    ("the length by subtraction", put(lambda x, c, m, r: r * m / root(m))),
    ("as a root of a fraction", put(
        lambda x, c, m, r: math.copysign((m * m / (1 - m * m)) ** 0.5, m) * r)),
    ("a hundred steps", many_steps),
]

WRONG = [
    ("x[channel]", wrong_axis, "image"),
    ("the shown size only", shown_size, "fixed"),
    ("factor and channel exchanged", lambda x, factor, channel: plain(
        x, int(channel * 2), 0.5), "other channels"),
]
