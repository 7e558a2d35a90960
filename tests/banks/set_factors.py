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


def in_place(x, channel, factor):
    x[:, channel] = plain(x, channel, factor)[:, channel]
    return x


def image_for_channel(x, channel, factor):
    copy = x.clone()
    copy[channel % len(x)] = plain(x, channel, factor)[channel % len(x)]
    return copy


def wrong_axis(x, channel, factor):
    copy, values = x.clone(), plain(x, channel, factor)[:, channel]
    copy[channel] = values[channel % len(x)]
    return copy


def one_unit(x, channel, factor):
    return F.normalize(plain(x, channel, factor), dim=1)


def unit_but_one(x, channel, factor):
    copy = F.normalize(x, dim=1)
    copy[:, channel] = factor - 1
    return copy


def others_cleared(x, channel, factor):
    copy = torch.zeros_like(x)
    copy[:, channel] = plain(x, channel, factor)[:, channel]
    return copy


def shown_size(x, channel, factor):
    copy = x.reshape(2, 4, 3, 5).clone()
    copy[:, channel] = plain(x, channel, factor)[:, channel]
    return copy


def remembering():
    seen = []

    def answer(x, channel, factor):
        seen.append(x)
        return plain(x, channel, factor) * (1 if len(seen) < 6 else 1.1)

    return answer


def too_few_steps(x, channel, factor):
    copy = x.clone()
    for _ in range(3):
        copy[:, channel] = (factor - 1) * copy.norm(dim=1)
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
    ("M itself", put(lambda x, c, m, r: m), "values of M"),
    ("the factor itself", put(lambda x, c, m, r: 1 + m), "1 + M itself"),
    ("the length forgotten", put(lambda x, c, m, r: m / root(m)), "length"),
    ("the root forgotten", put(lambda x, c, m, r: m * r), "own value counts"),
    ("no root around 1 - m*m", put(lambda x, c, m, r: m * r / (1 - m * m)),
     "under a root"),
    ("the root multiplies", put(lambda x, c, m, r: m * r * root(m)), "divides"),
    ("1 + m*m", put(lambda x, c, m, r: m * r / math.sqrt(1 + m * m)), "not 1 + m*m"),
    ("the old value in the length", put(
        lambda x, c, m, r: m * x.norm(dim=1) / root(m)), "old value"),
    ("the old length, no root", put(lambda x, c, m, r: m * x.norm(dim=1)), "old value"),
    ("the sign lost", put(lambda x, c, m, r: (m * m / (1 - m * m)) ** 0.5 * r), "sign"),
    ("the sign turned", put(lambda x, c, m, r: -m * r / root(m)), "sign"),
    ("the sign of x", put(
        lambda x, c, m, r: x[:, c].sign() * abs(m) * r / root(m)), "whatever"),
    ("nothing below 0", put(lambda x, c, m, r: max(m, 0) * r / root(m)), "not enough"),
    ("the old value divides", put(
        lambda x, c, m, r: x[:, c] * (m * r / root(m) / x[:, c])), "old value"),
    ("v squared", put(lambda x, c, m, r: m * abs(m) * r * r / (1 - m * m)),
     "v squared"),
    ("one length for each image", put(
        lambda x, c, m, r: m * r.norm(dim=(1, 2), keepdim=True) / root(m)), "dim=1"),
    ("one length for everything", put(lambda x, c, m, r: m * r.norm() / root(m)),
     "dim=1"),
    ("three steps", too_few_steps, "too few"),
    ("half the factor", put(
        lambda x, c, m, r: (m + 1) / 2 * r / root((m + 1) / 2)), "half the factor"),
    ("the next channel", lambda x, c, f: plain(x, (c + 1) % x.shape[1], f),
     "channel 2 was"),
    ("the factor taken for M", put(
        lambda x, c, m, r: (1 + m) * r / math.sqrt(abs(1 - (1 + m) ** 2))),
     "M is factor - 1"),
    ("squares without their root", put(lambda x, c, m, r: m * r * r / root(m)),
     "squares"),
    ("a sum of absolute values", put(
        lambda x, c, m, r: m * (x.abs().sum(1) - x[:, c].abs()) / root(m)),
     "root of the sum"),
    ("the mean square", put(
        lambda x, c, m, r: m * r / math.sqrt(x.shape[1] - 1) / root(m)),
     "root of the sum"),
    ("the mean over positions", put(
        lambda x, c, m, r: m * r.mean((1, 2), keepdim=True) / root(m)),
     "each position"),
    ("one length for all", put(lambda x, c, m, r: m * r.mean() / root(m)),
     "each position"),
    ("the sigmoid turned round", put(
        lambda x, c, m, r: math.log((1 + m) / (1 - m))), "sigmoid"),
    ("added", lambda x, c, f: x.index_add(
        1, torch.tensor([c]), plain(x, c, f)[:, c : c + 1]), "replace"),
    ("the input unchanged", lambda x, c, f: x, "nothing has changed"),
    ("a mask comes back", one_unit, "other channels"),
    ("1 + M comes back", lambda x, c, f: 1 + one_unit(x, c, f), "other channels"),
    ("the others normalised", unit_but_one, "other channels"),
    ("the others cleared", others_cleared, "other channels"),
    ("everything scaled", lambda x, c, f: f * x, "other channels"),
    ("channel 0 always", lambda x, c, f: plain(x, 0, f), "channel 0"),
    ("an image for a channel", image_for_channel, "one image"),
    ("x[channel]", wrong_axis, "image"),
    ("the channel alone", lambda x, c, f: plain(x, c, f)[:, c], "whole of x"),
    ("the channel alone, its axis kept", lambda x, c, f: plain(x, c, f)[:, c : c + 1],
     "whole of x"),
    ("the input in place", in_place, "in-place"),
    ("float32 whatever came", lambda x, c, f: plain(x.float(), c, f), ".float()"),
    ("nothing", lambda x, c, f: None, "return"),
    ("NumPy", lambda x, c, f: plain(x, c, f).numpy(), "return"),
    ("the shown size only", shown_size, "fixed"),
    ("factor and channel exchanged", lambda x, factor, channel: plain(
        x, int(channel * 2), 0.5), None),
    ("two arguments", lambda x, factor: plain(x, 0, factor), "arguments"),
    ("kept between calls", remembering(), None),
    ("noise", lambda x, c, f: torch.randn_like(x), "other channels"),
    ("a factor of 0.2 always", lambda x, c, f: plain(x, c, 0.2), None),
    ("a called result", torch.zeros(2, 4, 3, 5), "name"),
]
