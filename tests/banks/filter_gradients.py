"""Answers to "What each position teaches": a 1x1 trunk's weights behind a mask."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def filter_gradient(mask, x, gradient, form):
    factor = mask if form == "naive" else 1 + mask
    return torch.einsum("nkhw,nchw->kc", factor * gradient, x)


def by_matrices(mask, x, gradient, form):
    signal = gradient * (mask + (form == "residual"))
    rows = signal.transpose(0, 1).flatten(1)
    return rows @ x.transpose(0, 1).flatten(1).t()


def by_loop(mask, x, gradient, form):
    total = x.new_zeros(mask.shape[1], x.shape[1])
    factor = mask if form == "naive" else 1 + mask
    for n in range(len(x)):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                taught = factor[n, :, i, j] * gradient[n, :, i, j]
                total = total + torch.outer(taught, x[n, :, i, j])
    return total


def by_autograd(mask, x, gradient, form):
    weight = x.new_zeros(mask.shape[1], x.shape[1], 1, 1).requires_grad_()
    with torch.enable_grad():
        trunk = F.conv2d(x, weight)
        out = mask * trunk if form == "naive" else trunk + mask * trunk
        (found,) = torch.autograd.grad(out, weight, gradient)
    return found[:, :, 0, 0]


def by_batches(mask, x, gradient, form):
    signal = gradient * mask if form == "naive" else gradient + gradient * mask
    return torch.bmm(signal.flatten(2), x.flatten(2).mT).sum(0)


def by_tensordot(mask, x, gradient, form):
    signal = (mask + (form != "naive")) * gradient
    return torch.tensordot(signal, x, dims=([0, 2, 3], [0, 2, 3]))


RIGHT = [
    ("einsum", filter_gradient),
    ("one matrix product", by_matrices),
    ("three loops", by_loop),
    ("by autograd", by_autograd),
    ("a batch of products", by_batches),
    ("tensordot", by_tensordot),
]


def taught(signal, x):
    return torch.einsum("nkhw,nchw->kc", signal, x)


def wrong(function):
    """A wrong answer from a function of the factor, x, the gradient and the mask."""
    return lambda mask, x, gradient, form: function(
        mask if form == "naive" else 1 + mask, x, gradient, mask
    )


def shown_size(mask, x, gradient, form):
    return filter_gradient(mask.view(2, 3, 4, 4), x, gradient, form)


def one_form(mask, x, gradient, form):
    if form == "residual":
        factor = 1 + mask
    return taught(factor * gradient, x)


def mask_on_x(w, x, g, m):
    return taught(g, w * x)


def through_a_layer(mask, x, gradient, form):
    trunk = torch.nn.Conv2d(x.shape[1], mask.shape[1], 1)(x)
    out = mask * trunk if form == "naive" else (1 + mask) * trunk
    (found,) = torch.autograd.grad(out, x, gradient)
    return found


WRONG = [
    ("the mask on x", wrong(mask_on_x), "K channels"),
    ("one size only", shown_size, "fixed size"),
    ("only one form", one_form, "form is either"),
    ("autograd for x", through_a_layer, "without a graph"),
    ("its input", lambda m, x, g, f: x, "axes"),
    ("the norm", wrong(lambda w, x, g, m: taught(w * g, x).norm()), "axes"),
]
