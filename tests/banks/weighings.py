"""Answers to the exercise on the attention residual form, right and wrong."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from tests.banks import Answer


def weigh_spread_out(trunk, mask):
    return trunk + mask * trunk


def weigh_by_torch(trunk, mask):
    return torch.addcmul(trunk, trunk, mask)


def weigh_by_loop(trunk, mask):
    images = [(torch.ones_like(m) + m).mul(t) for t, m in zip(trunk, mask, strict=True)]
    return torch.stack(images)


class Weigher(nn.Module):
    def forward(self, trunk, mask):
        return torch.einsum("nchw,nchw->nchw", trunk, 1 + mask)


class WeighByClass(nn.Module):
    def __init__(self, trunk, mask):
        super().__init__()

    def forward(self, trunk, mask):
        return (1 + mask) * trunk


def weigh_in_place(trunk, mask):
    trunk *= 1 + mask
    return trunk


def weigh_mask_in_place(trunk, mask):
    return mask.add_(1) * trunk


def weigh_without_graph(trunk, mask):
    with torch.no_grad():
        return (1 + mask) * trunk


def weigh_by_numpy(trunk, mask):
    return (1 + mask.detach().numpy()) * trunk.detach().numpy()


def weigh_no_return(trunk, mask):
    (1 + mask) * trunk


def weigh_shown_size(trunk, mask):
    return (1 + mask.view(2, 3, 4, 4)) * trunk


def weigh_new_tensor(trunk, mask):
    return torch.tensor(((1 + mask) * trunk).tolist())


def weigh_noisy(trunk, mask):
    return (1 + F.dropout(mask, 0.1)) * trunk


def weigh_per_image(trunk, mask):
    lowest, highest = mask.amin((1, 2, 3), True), mask.amax((1, 2, 3), True)
    return (1 + (mask - lowest) / (highest - lowest)) * trunk


def weigh_swapped_axes(trunk, mask):
    return ((1 + mask) * trunk).permute(0, 2, 3, 1)


RIGHT = [
    Answer("weigh", "spread out", weigh_spread_out),
    Answer("weigh", "as the chapter has it", lambda trunk, mask: (1 + mask) * trunk),
    Answer("weigh", "torch.addcmul", weigh_by_torch),
    Answer("weigh", "image by image", weigh_by_loop),
    Answer("weigh", "a module object, called like a function", Weigher()),
]

WRONG = [
    Answer("weigh", "naive attention", lambda t, m: m * t, "trunk itself"),
    Answer("weigh", "a sum", lambda t, m: t + m, "added"),
    Answer("weigh", "a sum and one", lambda t, m: 1 + m + t, "added"),
    Answer("weigh", "minus", lambda t, m: (1 - m) * t, "sign"),
    Answer("weigh", "mask minus one", lambda t, m: (m - 1) * t, "sign"),
    Answer("weigh", "no brackets", lambda t, m: 1 + m * t, "brackets"),
    Answer("weigh", "the arguments exchanged", lambda m, t: (1 + m) * t, "exchanged"),
    Answer("weigh", "trunk added twice", lambda t, m: t + (1 + m) * t, "twice"),
    Answer("weigh", "its input", lambda t, m: t, "no effect"),
    Answer("weigh", "the mask", lambda t, m: m, "no effect"),
    Answer("weigh", "the trunk weighs itself", lambda t, m: (1 + t) * t, "no effect"),
    Answer("weigh", "twice the mask", lambda t, m: 2 * m * t, "be added"),
    Answer("weigh", "half of it", lambda t, m: (1 + m) * t / 2, "halving"),
    Answer("weigh", "a matrix product", lambda t, m: (1 + m) @ t, "matrices"),
    Answer("weigh", "a second sigmoid", lambda t, m: (1 + m.sigmoid()) * t, "sigmoid"),
    Answer("weigh", "relu on the mask", lambda t, m: (1 + m.relu()) * t, "ReLU"),
    Answer("weigh", "clamped", lambda t, m: (1 + m.clamp(0, 1)) * t, "clamp"),
    Answer("weigh", "tanh of the mask", lambda t, m: (1 + m.tanh()) * t, "tanh"),
    Answer("weigh", "half of the mask", lambda t, m: (1 + m / 2) * t),
    Answer("weigh", "a hard mask", lambda t, m: (1 + (m > 0.5)) * t, "threshold"),
    Answer("weigh", "a rounded mask", lambda t, m: (1 + m.round()) * t, "threshold"),
    Answer("weigh", "relu on the sum", lambda t, m: ((1 + m) * t).relu(), "ReLU"),
    Answer("weigh", "relu on the trunk", lambda t, m: (1 + m) * t.relu(), "ReLU"),
    Answer(
        "weigh",
        "one mask for all channels",
        lambda t, m: (1 + m.mean(1, keepdim=True)) * t,
        "channels",
    ),
    Answer(
        "weigh", "the first channel's mask", lambda t, m: (1 + m[:, :1]) * t, "channel"
    ),
    Answer(
        "weigh",
        "one weight a channel",
        lambda t, m: (1 + m.mean((2, 3), keepdim=True)) * t,
        "positions",
    ),
    Answer("weigh", "one weight", lambda t, m: (1 + m.mean()) * t, "everything"),
    Answer("weigh", "the first image's mask", lambda t, m: (1 + m[:1]) * t, "batch"),
    Answer(
        "weigh", "softmax over channels", lambda t, m: (1 + m.softmax(1)) * t, "softmax"
    ),
    Answer(
        "weigh",
        "a mask of length 1",
        lambda t, m: (1 + F.normalize(m, dim=1)) * t,
        "normalise",
    ),
    Answer(
        "weigh",
        "divided by its maximum",
        lambda t, m: (1 + m / m.max()) * t,
        "normalise",
    ),
    Answer("weigh", "stretched to [0, 1] image by image", weigh_per_image, "normalise"),
    Answer(
        "weigh",
        "a constant gate",
        lambda t, m: (1 + torch.ones_like(m)) * t,
        "no effect",
    ),
    Answer("weigh", "mask detached", lambda t, m: (1 + m.detach()) * t, "detach"),
    Answer("weigh", "trunk detached", lambda t, m: (1 + m) * t.detach(), "detach"),
    Answer("weigh", "mask's data", lambda t, m: (1 + m.data) * t, "detach"),
    Answer("weigh", "product detached", lambda t, m: t + (m * t).detach(), "detach"),
    Answer("weigh", "no_grad", weigh_without_graph, "no_grad"),
    Answer("weigh", "a new tensor", weigh_new_tensor, "NumPy"),
    Answer("weigh", "trunk in place", weigh_in_place, "in-place"),
    Answer("weigh", "mask in place", weigh_mask_in_place, "in-place"),
    Answer("weigh", "a NumPy array", weigh_by_numpy, "tensor"),
    Answer("weigh", "no return", weigh_no_return, "return"),
    Answer("weigh", "result and mask", lambda t, m: ((1 + m) * t, m), "return"),
    Answer("weigh", "the mean", lambda t, m: ((1 + m) * t).mean(), "mean"),
    Answer("weigh", "channels summed", lambda t, m: ((1 + m) * t).sum(1), "sum"),
    Answer("weigh", "channels last", weigh_swapped_axes, "reshape"),
    Answer("weigh", "concatenated", lambda t, m: torch.cat([t, m * t], 1), "cat"),
    Answer("weigh", "one size only", weigh_shown_size, "size"),
    Answer("weigh", "half precision", lambda t, m: ((1 + m) * t).half()),
    Answer("weigh", "always float32", lambda t, m: ((1 + m) * t).float(), "float"),
    Answer("weigh", "dropout on the mask", weigh_noisy, "random"),
    Answer("weigh", "a class", WeighByClass, "function"),
    Answer("weigh", "one argument", lambda trunk: trunk, "arguments"),
    Answer("weigh", "an and", lambda t, m: (1 + m) & t, "type"),
]
