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


def make(move=None, bad=None, back=lambda scale, fine: scale if fine else scale / 2):
    """An answer with another move, another test or another return."""
    def my_scaled_step(weights, gradients, scale, rate):
        fine = all(not (bad(g) if bad else not g.isfinite().all()) for g in gradients)
        if fine:
            for w, g in zip(weights, gradients, strict=True):
                w -= (move or right_move)(w, g, scale, rate)
        return back(scale, fine)
    return my_scaled_step


def right_move(w, g, scale, rate):
    return rate * g.float() / scale


def tensor_by_tensor(weights, gradients, scale, rate):
    for weight, gradient in zip(weights, gradients, strict=True):
        if not gradient.isfinite().all():
            return scale / 2
        weight -= rate * gradient.float() / scale
    return scale


def skip_the_bad(weights, gradients, scale, rate):
    for weight, gradient in zip(weights, gradients, strict=True):
        if gradient.isfinite().all():
            weight -= rate * gradient.float() / scale
        else:
            back = scale / 2
            scale = back
    return scale


def repaired(weights, gradients, scale, rate):
    fine = all(g.isfinite().all() for g in gradients)
    for weight, gradient in zip(weights, gradients, strict=True):
        weight -= rate * torch.nan_to_num(gradient.float(), 0, 0, 0) / scale
    return scale if fine else scale / 2


def masked(weights, gradients, scale, rate):
    fine = all(g.isfinite().all() for g in gradients)
    for weight, gradient in zip(weights, gradients, strict=True):
        good = gradient.isfinite()
        weight[good] -= rate * gradient.float()[good] / scale
    return scale if fine else scale / 2


def checked_afterwards(weights, gradients, scale, rate):
    for weight, gradient in zip(weights, gradients, strict=True):
        weight -= rate * gradient.float() / scale
    fine = all(w.isfinite().all() for w in weights)
    return scale if fine else scale / 2


def moved_and_back(weights, gradients, scale, rate):
    for weight, gradient in zip(weights, gradients, strict=True):
        weight -= rate * gradient.float() / scale
    if all(w.isfinite().all() for w in weights):
        return scale
    for weight, gradient in zip(weights, gradients, strict=True):
        weight += rate * gradient.float() / scale
    return scale / 2


def new_list(weights, gradients, scale, rate):
    if not all(g.isfinite().all() for g in gradients):
        return scale / 2
    for k, g in enumerate(gradients):
        weights[k] = weights[k] - rate * g.float() / scale
    return scale


def rebound(weights, gradients, scale, rate):
    if not all(g.isfinite().all() for g in gradients):
        return scale / 2
    for w, g in zip(weights, gradients, strict=True):
        w = w - rate * g.float() / scale
    return scale


def divided_in_place(weights, gradients, scale, rate):
    if not all(g.isfinite().all() for g in gradients):
        return scale / 2
    for w, g in zip(weights, gradients, strict=True):
        g /= scale
        w -= rate * g
    return scale


def only_first(weights, gradients, scale, rate):
    if not gradients[0].isfinite().all():
        return scale / 2
    for w, g in zip(weights, gradients, strict=True):
        w -= rate * g.float() / scale
    return scale


def last_decides(weights, gradients, scale, rate):
    for g in gradients:
        fine = g.isfinite().all()
    if not fine:
        return scale / 2
    for w, g in zip(weights, gradients, strict=True):
        w -= rate * g.float() / scale
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


def halved_for_each(weights, gradients, scale, rate):
    bad = sum(not g.isfinite().all() for g in gradients)
    return scale / 2**bad if bad else solution(weights, gradients, scale, rate)


def weights_in_float16(weights, gradients, scale, rate):
    if not all(g.isfinite().all() for g in gradients):
        return scale / 2
    for w, g in zip(weights, gradients, strict=True):
        w.copy_(w.half() - (rate * g.float() / scale).half())
    return scale


WRONG = [
    Answer(NAME, "divided in float16", make(lambda w, g, s, r: r * (g / s).float()),
           "float16"),
    Answer(NAME, "all in float16", make(lambda w, g, s, r: r * g / s), "float16"),
    Answer(NAME, "a small factor in float16", make(lambda w, g, s, r: (r / s) * g),
           "float16"),
    Answer(NAME, "not divided", make(lambda w, g, s, r: r * g.float()), "still in"),
    Answer(NAME, "multiplied", make(lambda w, g, s, r: r * g.float() * s), "divide by"),
    Answer(NAME, "no rate", make(lambda w, g, s, r: g.float() / s), "rate is left"),
    Answer(NAME, "uphill", make(lambda w, g, s, r: -r * g.float() / s), "sign"),
    Answer(NAME, "twice", make(lambda w, g, s, r: 2 * r * g.float() / s), "twice"),
    Answer(NAME, "infinities only", make(bad=lambda g: g.isinf().any()), "both"),
    Answer(NAME, "NaN only", make(bad=lambda g: g.isnan().any()), "both"),
    Answer(NAME, "plus infinity only",
           make(bad=lambda g: bool((g == math.inf).any() or g.isnan().any())), "both"),
    Answer(NAME, "large ones refused", make(bad=lambda g: not (g.abs() < 1e4).all()),
           "finite, too"),
    Answer(NAME, "the sum asked", make(bad=lambda g: not g.sum().isfinite()),
           "finite, too"),
    Answer(NAME, "cut off", make(lambda w, g, s, r: r * (g.float() / s).clamp(-1, 1)),
           "cut off"),
    Answer(NAME, "a scale of its own", make(lambda w, g, s, r: r * g.float() / 1024),
           "argument"),
    Answer(NAME, "the rate in float16", make(lambda w, g, s, r: (r * g).float() / s),
           "float16"),
    Answer(NAME, "half a whole number",
           make(back=lambda s, fine: s if fine else s // 2), "below 1"),
    Answer(NAME, "halved for each bad one", halved_for_each, "halved once"),
    Answer(NAME, "weights in float16", weights_in_float16, "lose digits"),
    Answer(NAME, "never refused", make(bad=lambda g: False), "both"),
    Answer(NAME, "any for all", make(bad=lambda g: not g.isfinite().any()), "both"),
    Answer(NAME, "tensor by tensor", tensor_by_tensor, "look at all"),
    Answer(NAME, "bad tensors left out", skip_the_bad, "whole step"),
    Answer(NAME, "bad numbers made zero", repaired, "whole step"),
    Answer(NAME, "bad numbers left out", masked, "whole step"),
    Answer(NAME, "looked at afterwards", checked_afterwards, "both"),
    Answer(NAME, "moved and back", moved_and_back, "both"),
    Answer(NAME, "a new list", new_list, "in place"),
    Answer(NAME, "names moved, not weights", rebound, "in place"),
    Answer(NAME, "gradients divided in place", divided_in_place, "stay as they came"),
    Answer(NAME, "the first gradient decides", only_first, "both"),
    Answer(NAME, "the last gradient decides", last_decides, "both"),
    Answer(NAME, "one tensor only", one_tensor, "every tensor"),
    Answer(NAME, "through .grad", through_grad, "second argument"),
    Answer(NAME, "three tensors only", three_only, "any number"),
    Answer(NAME, "isfinite without all", undecided, ".all()"),
    Answer(NAME, "doubled", make(back=lambda s, fine: s if fine else 2 * s), "halved"),
    Answer(NAME, "never halved", make(back=lambda s, fine: s), "halved"),
    Answer(NAME, "always halved", make(back=lambda s, fine: s / 2), "stays"),
    Answer(NAME, "doubled after a good one",
           make(back=lambda s, fine: 2 * s if fine else s / 2), "stays"),
    Answer(NAME, "a tenth", make(back=lambda s, fine: s if fine else s / 10), "halved"),
    Answer(NAME, "no return after a good one",
           make(back=lambda s, fine: None if fine else s / 2), "without a return"),
    Answer(NAME, "whether it moved", make(back=lambda s, fine: fine), "one number"),
    Answer(NAME, "nothing", lambda w, g, scale, rate: None, "no weight has moved"),
]
