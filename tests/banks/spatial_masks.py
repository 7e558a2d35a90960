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


def root_of_zero(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / (away.square().mean(MAP, True).sqrt() + 1e-5))


def in_place(x):
    x -= x.mean(MAP, keepdim=True)
    return scaled()(x)


def mean_detached(x):
    mean = x.mean(MAP, keepdim=True).detach()
    deviation = (x.var(MAP, correction=0, keepdim=True) + 1e-5).sqrt().detach()
    return torch.sigmoid((x - mean) / deviation)


def nan_to_zero(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / x.std(MAP, correction=0, keepdim=True)).nan_to_num(0.0)


def no_mean(x):
    return torch.sigmoid(x / (x.var(MAP, correction=0, keepdim=True) + 1e-5).sqrt())


def by_variance(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / (x.var(MAP, correction=0, keepdim=True) + 1e-5))


def lowest_to_highest(x):
    low, high = x.amin(MAP, True), x.amax(MAP, True)
    return (x - low) / (high - low)


def over_length(x):
    return torch.sigmoid(F.normalize(x.flatten(2), dim=2).view_as(x))


def shown_size(x):
    flat = x.reshape(3, 4, 40)
    mean = flat.mean(-1, keepdim=True)
    deviation = (flat.var(-1, correction=0, keepdim=True) + 1e-5).sqrt()
    return torch.sigmoid((flat - mean) / deviation).view(3, 4, 5, 8)


def without_keepdim(x):
    return torch.sigmoid((x - x.mean(MAP)) / x.std(MAP, correction=0))


def mean_absolute(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / (away.abs().mean(MAP, keepdim=True) + 1e-5))


def middle(x):
    median = x.flatten(2).median(-1).values[..., None, None]
    deviation = (x.var(MAP, correction=0, keepdim=True) + 1e-5).sqrt()
    return torch.sigmoid((x - median) / deviation)


def mean_of_squares(x):
    mean = x.mean(MAP, keepdim=True)
    variance = x.square().mean(MAP, keepdim=True) - mean.square()
    return torch.sigmoid((x - mean) / (variance + 1e-5).sqrt())


def brackets_forgotten(x):
    mean, deviation = x.mean(MAP, keepdim=True), x.std(MAP, correction=0, keepdim=True)
    return torch.sigmoid(x - mean / (deviation + 1e-5))


def scrambled(x):
    return plain(x.permute(0, 2, 3, 1).reshape(x.shape))


def as_one_image(x):
    maps = x.reshape(1, -1, *x.shape[2:])
    return F.batch_norm(maps, None, None, training=True).sigmoid().view_as(x)


def by_clamping(x):
    away = x - x.mean(MAP, keepdim=True)
    return torch.sigmoid(away / x.std(MAP, correction=0, keepdim=True).clamp_min(1e-3))


class Averages(nn.Module):
    """Counts its calls, and answers by their number."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return scaled()(x) + (0.1 if self.calls % 2 == 0 else 0)


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
    ("over the batch", scaled((0, 2, 3)), "batch"),
    ("batch norm", lambda x: F.batch_norm(x, None, None, training=True).sigmoid(),
     "batch"),
    ("over the channels too", scaled((1, 2, 3)), "channels as well"),
    ("layer norm over all", lambda x: F.layer_norm(x, x.shape[1:]).sigmoid(),
     "channels as well"),
    ("over the channels only", scaled((1,)), "channels of a pixel"),
    ("over columns", scaled((2,)), "column"),
    ("over rows", scaled((3,)), "row"),
    ("over all there is", scaled((0, 1, 2, 3)), "everything"),
    ("std as it comes", divided(1e-5, correction=1), "Bessel"),
    ("var as it comes", scaled(correction=1), "Bessel"),
    ("no sigmoid", lambda x: F.instance_norm(x), "sigmoid is missing"),
    ("no mean", no_mean, "mean is not taken"),
    ("no deviation", lambda x: torch.sigmoid(x - x.mean(MAP, keepdim=True)),
     "deviation is missing"),
    ("by the variance", by_variance, "variance divides"),
    ("by the mean absolute distance", mean_absolute, "absolute"),
    ("the median", middle, "median"),
    ("the sign turned", lambda x: 1 - scaled()(x), "sign"),
    ("exp without its minus", lambda x: 1 / (1 + F.instance_norm(x).exp()), "minus"),
    ("a mean of squares less a square", mean_of_squares, "rounding"),
    ("brackets forgotten", brackets_forgotten, "brackets"),
    ("reshaped after a permute", scrambled, "after permute"),
    ("a square in the sigmoid", lambda x: F.instance_norm(x).square().sigmoid(),
     "a square"),
    ("tanh", lambda x: F.instance_norm(x).tanh(), "tanh"),
    ("a ReLU", lambda x: F.instance_norm(x).relu(), "ReLU"),
    ("a softmax", lambda x: x.flatten(2).softmax(-1).view_as(x), "softmax"),
    ("a softmax behind", lambda x: F.instance_norm(x).flatten(2).softmax(-1).view_as(x),
     "softmax"),
    ("two sigmoids", lambda x: F.instance_norm(x).sigmoid().sigmoid(), "too many"),
    ("the sigmoid first", lambda x: F.instance_norm(x.sigmoid()), "comes last"),
    ("lowest to highest", lowest_to_highest, "lowest and highest"),
    ("by the length", over_length, "length"),
    ("f1", torch.sigmoid, "f1"),
    ("f2", F.normalize, "f2"),
    ("times the input", lambda x: x * F.instance_norm(x).sigmoid(), "mask alone"),
    ("Equation 3 at once", lambda x: (1 + F.instance_norm(x).sigmoid()) * x,
     "mask alone"),
    ("a flat map divides by 0", divided(), "0 / 0"),
    ("nan made 0", nan_to_zero, "sigmoid of 0"),
    ("the root of 0", root_of_zero, "before the root"),
    ("a large slack", scaled(slack=1.0), "too large"),
    ("a slack for strong maps only", scaled(slack=1e-2), "too large"),
    ("statistics detached", mean_detached, "graph"),
    ("all detached", lambda x: F.instance_norm(x.detach()).sigmoid(), "graph"),
    ("under no_grad", torch.no_grad()(plain), "graph"),
    ("float32 whatever came", lambda x: plain(x.float()), ".float()"),
    ("the input in place", in_place, "in-place"),
    ("the input itself", lambda x: x, "as it was"),
    ("nothing", lambda x: None, "return"),
    ("NumPy", lambda x: plain(x).detach().numpy(), "return"),
    ("mask and mean", lambda x: (plain(x), x.mean(MAP)), "return"),
    ("one image only", lambda x: plain(x[:1]), "images"),
    ("one channel for all", lambda x: plain(x.mean(1, keepdim=True)), "channels"),
    ("flattened", lambda x: plain(x).flatten(2), "axes"),
    ("the shown size only", shown_size, "fixed"),
    ("keepdim forgotten", without_keepdim, "keepdim"),
    ("a batch norm of four channels", nn.Sequential(nn.BatchNorm2d(4), nn.Sigmoid()),
     "batch"),
    ("a layer norm of the shown size", nn.Sequential(
        nn.LayerNorm([5, 8], elementwise_affine=False), nn.Sigmoid()), "fixed"),
    ("kept between calls", Averages(), None),
    ("a class", Spatial, "name"),
    ("a called result", plain(torch.zeros(1, 1, 4, 4)), "name"),
    ("two arguments", lambda x, eps: plain(x), "arguments"),
    ("noise", lambda x: torch.rand_like(x), None),
]
