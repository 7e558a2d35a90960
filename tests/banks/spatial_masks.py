"""Answers to "Compare a map with itself": Equation 6 for each image and channel."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

MAP = (2, 3)


def plain(x):
    mean = x.mean(dim=MAP, keepdim=True)
    variance = (x - mean).pow(2).mean(dim=MAP, keepdim=True)
    return torch.sigmoid((x - mean) / torch.sqrt(variance + 1e-5))


def by_flattening(x):
    flat = x.flatten(2)
    away = flat - flat.mean(-1, keepdim=True)
    z = away * (away.square().mean(-1, keepdim=True) + 1e-6).rsqrt()
    return (1 / (1 + torch.exp(-z))).view_as(x)


def by_loops(x):
    images = []
    for image in x:
        maps = []
        for one in image:
            away = one - one.mean()
            maps.append(torch.sigmoid(away / (away.square().mean() + 1e-5) ** 0.5))
        images.append(torch.stack(maps))
    return torch.stack(images)


def by_masking(x):
    away = x - x.mean(MAP, keepdim=True)
    variance = away.square().mean(MAP, keepdim=True)
    return torch.sigmoid(away / variance.where(variance > 1e-9, 1.0).sqrt())


def scaled(axes=MAP, correction=0, slack=1e-5):
    def answer(x):
        mean = x.mean(axes, keepdim=True)
        variance = x.var(axes, correction=correction, keepdim=True)
        return torch.sigmoid((x - mean) / (variance + slack).sqrt())

    return answer


def divided(slack=0.0, correction=0, axes=MAP):
    def answer(x):
        deviation = x.std(axes, correction=correction, keepdim=True)
        return torch.sigmoid((x - x.mean(axes, keepdim=True)) / (deviation + slack))

    return answer


def shown_size(x):
    flat = x.reshape(3, 4, 40)
    mean = flat.mean(-1, keepdim=True)
    deviation = (flat.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    return torch.sigmoid((flat - mean) / deviation).view(3, 4, 5, 8)


def without_keepdim(x):
    return torch.sigmoid((x - x.mean(MAP)) / x.std(MAP, correction=0))


def as_one_image(x):
    maps = x.reshape(1, -1, *x.shape[2:])
    return F.batch_norm(maps, None, None, training=True).sigmoid().view_as(x)


def by_clamping(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / x.std(MAP, correction=0, keepdim=True).clamp_min(1e-3))


class Spatial(nn.Module):
    def forward(self, x):
        return scaled()(x)


RIGHT = [
    ("the formula", plain),
    ("instance norm", lambda x: torch.sigmoid(F.instance_norm(x))),
    ("a group for each channel", lambda x: F.group_norm(x, x.shape[1]).sigmoid()),
    ("layer norm over a map", lambda x: F.layer_norm(x, x.shape[2:]).sigmoid()),
    ("flattened, by exponentials", by_flattening),
    ("loops over the maps", by_loops),
    ("flat maps masked", by_masking),
    ("var with correction 0", scaled()),
    ("std with correction 0", divided(1e-5)),
    ("a module", Spatial()),
    ("PyTorch's own module", lambda x: nn.InstanceNorm2d(x.shape[1])(x).sigmoid()),
    ("every map a channel of one image", as_one_image),
    ("a deviation of at least 1e-3", by_clamping),
]

WRONG = [
    ("the sigmoid first", lambda x: F.instance_norm(x.sigmoid()), "comes last"),
    ("one image only", lambda x: plain(x[:1]), "images"),
    ("one channel for all", lambda x: plain(x.mean(1, keepdim=True)), "channels"),
    ("flattened", lambda x: plain(x).flatten(2), "axes"),
    ("the shown size only", shown_size, "fixed"),
    ("keepdim forgotten", without_keepdim, "keepdim"),
    ("a batch norm of four channels", nn.Sequential(nn.BatchNorm2d(4), nn.Sigmoid()),
     "batch"),
    ("a layer norm of the shown size", nn.Sequential(
        nn.LayerNorm([5, 8], elementwise_affine=False), nn.Sigmoid()), "fixed"),
]
