"""Answers to *Another way back*."""

from __future__ import annotations

import torch

from tests.banks import Answer

NAME = "filtered"


def plainly(mask, stand_in, features):
    with torch.no_grad():
        gap = (mask - stand_in) * features
    return features * (1 + stand_in.detach()) + gap


def by_ratio(mask, stand_in, features):
    way = features + stand_in.detach() * features
    value = features.detach() + mask.detach() * features.detach()
    return value + (way - way.detach())


class Weighed(torch.autograd.Function):
    """A merge with a backward pass of its own."""

    @staticmethod
    def forward(ctx, mask, stand_in, features):
        ctx.save_for_backward(stand_in)
        return (1 + mask) * features

    @staticmethod
    def backward(ctx, gradient):
        (stand_in,) = ctx.saved_tensors
        return None, None, (1 + stand_in) * gradient


def by_function(mask, stand_in, features):
    return Weighed.apply(mask, stand_in, features)


RIGHT = [
    Answer(NAME, "what is missing is added without a graph", plainly),
    Answer(NAME, "the way minus itself carries the gradient", by_ratio),
    Answer(NAME, "a function with its own backward pass", by_function),
]


def without_one_forwards(mask, stand_in, features):
    way = features * (1 + stand_in.detach())
    return way + (mask * features).detach() - way.detach() * 0.5


def too_many_axes(mask, stand_in, features):
    return torch.stack([(1 + mask) * features, (1 + stand_in) * features])


def masks_attached(mask, stand_in, features):
    """The difference is detached by what it is subtracted from, and not whole."""
    gap = (stand_in - mask) * features
    return (1 + mask).detach() * features + gap - gap.detach()


WRONG = [
    Answer(NAME, "both masks attached", masks_attached, "wherever it weighs"),
    Answer(NAME, "a half is lost", without_one_forwards, None),
    Answer(NAME, "both, stacked", too_many_axes, "number of axes"),
    Answer(NAME, "two tensors", lambda m, s, f: ((1 + m) * f, (1 + s) * f), "tensor"),
    Answer(NAME, "a number", lambda m, s, f: ((1 + m) * f).sum().item(), "tensor"),
]
