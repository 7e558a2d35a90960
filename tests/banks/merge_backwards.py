"""Answers to "Send the gradient back": both merges' backward passes by hand."""

from __future__ import annotations

import torch


def send_back(mask, trunk, gradient, form):
    factor = mask if form == "naive" else 1 + mask
    return factor * gradient, trunk * gradient


def spread_out(mask, trunk, gradient, form):
    to_trunk = mask * gradient
    if form == "residual":
        to_trunk = to_trunk + gradient
    return [to_trunk, gradient * trunk]


def by_autograd(mask, trunk, gradient, form):
    m, t = (x.detach().clone().requires_grad_() for x in (mask, trunk))
    with torch.enable_grad():
        out = m * t if form == "naive" else t + m * t
        return torch.autograd.grad(out, (t, m), gradient)


def by_differences(mask, trunk, gradient, form):
    """Right: both merges are linear in either input, so a difference is exact."""

    def merge(m, t):
        return m * t if form == "naive" else (1 + m) * t

    m, t, one = mask.double(), trunk.double(), 1.0
    to_trunk = (merge(m, t + one) - merge(m, t)) * gradient
    to_mask = (merge(m + one, t) - merge(m, t)) * gradient
    return to_trunk.to(mask.dtype), to_mask.to(mask.dtype)


RIGHT = [
    ("as the chapter has it", send_back),
    ("spread out, as a list", spread_out),
    ("by autograd on copies", by_autograd),
    ("by differences", by_differences),
    ("stacked", lambda m, t, g, f: torch.stack(send_back(m, t, g, f))),
]


def no_mask_gradient(mask, trunk, gradient, form):
    return send_back(mask, trunk, gradient, form)[0]


def residual_only(mask, trunk, gradient, form):
    if form == "residual":
        to_trunk = (1 + mask) * gradient
    return to_trunk, trunk * gradient


def asks_autograd(mask, trunk, gradient, form):
    out = mask * trunk if form == "naive" else (1 + mask) * trunk
    return torch.autograd.grad(out, (trunk, mask), gradient)


def shown_size(mask, trunk, gradient, form):
    return tuple(x.view(2, 3, 4, 4) for x in send_back(mask, trunk, gradient, form))


def float32(mask, trunk, gradient, form):
    return tuple(x.float() for x in send_back(mask, trunk, gradient, form))


def random(mask, trunk, gradient, form):
    return tuple(x + 1e-2 * torch.randn_like(x)
                 for x in send_back(mask, trunk, gradient, form))


WRONG = [
    ("the sum of both", lambda m, t, g, f: sum(send_back(m, t, g, f)), "return to"),
    ("the trunk's alone", no_mask_gradient, "return to_trunk"),
    ("lists of numbers",
     lambda m, t, g, f: [x.tolist() for x in send_back(m, t, g, f)], "return to_trunk"),
    ("only one form", residual_only, "form is either"),
    ("autograd without a graph", asks_autograd, "without a graph"),
    ("one size only", shown_size, "fixed size"),
    ("always float32", float32, "float"),
    ("noise", random, "drawn"),
]
