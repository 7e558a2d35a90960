"""Answers to *A step with scaled gradients*."""

from __future__ import annotations

import math

import torch

from tests.banks import Answer

NAME = "scaled_step"


def solution(weights, gradients, scale, rate):
    if not all(gradient.isfinite().all() for gradient in gradients):
        return scale / 2
    for weight, gradient in zip(weights, gradients, strict=True):
        weight -= rate * (gradient.float() / scale)
    return scale


def by_norm(weights, gradients, scale, rate):
    total = sum(float(g.double().abs().sum()) for g in gradients)
    if math.isinf(total) or math.isnan(total):
        return 0.5 * scale
    with torch.no_grad():
        for k in range(len(weights)):
            weights[k].sub_(gradients[k].to(torch.float32) * (rate / scale))
    return scale


def in_double(weights, gradients, scale, rate):
    for gradient in gradients:
        if torch.isinf(gradient).any() or torch.isnan(gradient).any():
            return scale * 0.5
    for weight, gradient in zip(weights, gradients, strict=True):
        weight.add_((gradient.double() / scale).float(), alpha=-rate)
    return torch.tensor(scale).item()


def by_copies(weights, gradients, scale, rate):
    moved = [w - rate * g.float() / scale
             for w, g in zip(weights, gradients, strict=True)]
    if any(not m.isfinite().all() for m in moved):
        return scale / 2
    for weight, new in zip(weights, moved, strict=True):
        weight.copy_(new)
    return scale


def cut_from_one_vector(weights, gradients, scale, rate):
    joined = torch.cat([g.reshape(-1) for g in gradients]).float()
    if not joined.abs().max().isfinite():
        return scale / 2
    parts = joined.split([w.numel() for w in weights])
    for weight, part in zip(weights, parts, strict=True):
        weight.sub_(part.view_as(weight) * (rate / scale))
    return scale


RIGHT = [
    Answer(NAME, "all in one vector", cut_from_one_vector),
    Answer(NAME, "look first, then move", solution),
    Answer(NAME, "by the sum of sizes", by_norm),
    Answer(NAME, "inf and NaN asked apart", in_double),
    Answer(NAME, "moved copies, taken if they are finite", by_copies),
]


def skip_the_bad(weights, gradients, scale, rate):
    for weight, gradient in zip(weights, gradients, strict=True):
        if gradient.isfinite().all():
            weight -= rate * gradient.float() / scale
        else:
            back = scale / 2
            scale = back
    return scale


def one_tensor(weights, gradients, scale, rate):
    if not gradients[0].isfinite().all():
        return scale / 2
    weights[0] -= rate * gradients[0].float() / scale
    return scale


def through_grad(weights, gradients, scale, rate):
    for w in weights:
        if not w.grad.isfinite().all():
            return scale / 2
        w -= rate * w.grad / scale
    return scale


def three_only(weights, gradients, scale, rate):
    a, b, c = gradients
    return solution(weights, [a, b, c], scale, rate)


def undecided(weights, gradients, scale, rate):
    for g in gradients:
        if not g.isfinite():
            return scale / 2
    return solution(weights, gradients, scale, rate)


WRONG = [
    Answer(NAME, "bad tensors left out", skip_the_bad, "whole step"),
    Answer(NAME, "one tensor only", one_tensor, "every tensor"),
    Answer(NAME, "through .grad", through_grad, "second argument"),
    Answer(NAME, "three tensors only", three_only, "any number"),
    Answer(NAME, "isfinite without all", undecided, ".all()"),
    Answer(NAME, "no return after a good one",
           lambda *x: back if (back := solution(*x)) < x[2] else None,
           "without a return"),
    Answer(NAME, "whether it moved", lambda *x: solution(*x) == x[2], "one number"),
    Answer(NAME, "nothing", lambda w, g, scale, rate: None, "without a return"),
]
