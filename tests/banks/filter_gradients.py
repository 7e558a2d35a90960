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


def in_place(mask, x, gradient, form):
    gradient *= mask if form == "naive" else 1 + mask
    return taught(gradient, x)


def shown_size(mask, x, gradient, form):
    return filter_gradient(mask.view(2, 3, 4, 4), x, gradient, form)


def one_form(mask, x, gradient, form):
    if form == "residual":
        factor = 1 + mask
    return taught(factor * gradient, x)


def float32(mask, x, gradient, form):
    return filter_gradient(mask, x, gradient, form).float()


def mask_on_x(w, x, g, m):
    return taught(g, w * x)


def product_of_sums(w, x, g, m):
    return torch.einsum("nk,nc->kc", (w * g).sum((2, 3)), x.sum((2, 3)))


def through_a_layer(mask, x, gradient, form):
    trunk = torch.nn.Conv2d(x.shape[1], mask.shape[1], 1)(x)
    out = mask * trunk if form == "naive" else (1 + mask) * trunk
    (found,) = torch.autograd.grad(out, x, gradient)
    return found


def scrambled(w, x, g, m):
    return (w * g).reshape(w.shape[1], -1) @ x.reshape(x.shape[1], -1).t()


def square_loops(w, x, g, m):
    total = 0
    for i in range(x.shape[2]):
        for j in range(x.shape[2]):
            total = total + (w * g)[:, :, i, j].t() @ x[:, :, i, j]
    return total


def for_residual(function):
    """A wrong answer from the naive sum, in the residual form only."""

    def answer(mask, x, gradient, form):
        naive = taught(mask * gradient, x)
        return naive if form == "naive" else function(naive)

    return answer


WRONG = [
    ("reshaped, not moved", wrong(scrambled), "reshape moves none"),
    ("loops over a square", wrong(square_loops), "left out"),
    ("a row and a column left out",
     wrong(lambda w, x, g, m: taught((w * g)[..., :-1, :-1], x[..., :-1, :-1])),
     "left out"),
    ("rows meet columns",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,ncwh->kc", w * g, x)), "rows meet"),
    ("every image with every other",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,mchw->kc", w * g, x)), "two sums"),
    ("sums of everything apart",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,mcij->kc", w * g, x)), "two sums"),
    ("1 added to the sum", for_residual(lambda total: 1 + total), "the 1 in"),
    ("twice the naive sum", for_residual(lambda total: 2 * total), "the 1 in"),
    ("a hard mask",
     lambda m, x, g, f: filter_gradient((m > 0.5).to(m), x, g, f), "finished"),
    ("clamped", lambda m, x, g, f: filter_gradient(m.clamp(0, 1), x, g, f), "finished"),
    ("naive for both", lambda m, x, g, f: taught(m * g, x), "residual form's"),
    ("residual for both", lambda m, x, g, f: taught((1 + m) * g, x), "naive form's"),
    ("no mask", wrong(lambda w, x, g, m: taught(g, x)), "no effect"),
    ("no gradient", wrong(lambda w, x, g, m: taught(w, x)), "came back"),
    ("the mask twice", wrong(lambda w, x, g, m: taught(w * w * g, x)), "twice"),
    ("the mask on x", wrong(mask_on_x), "K channels"),
    ("the mean over positions",
     wrong(lambda w, x, g, m: taught(w * g, x) / x[0, 0].numel()), "no mean"),
    ("the mean over images",
     wrong(lambda w, x, g, m: taught(w * g, x) / len(x)), "no mean"),
    ("the mean of everything",
     wrong(lambda w, x, g, m: taught(w * g, x) / x[:, 0].numel()), "no mean"),
    ("one weight a map",
     wrong(lambda w, x, g, m: taught(w.mean((2, 3), keepdim=True) * g, x)), "its own"),
    ("one weight a position",
     wrong(lambda w, x, g, m: taught(w.mean(1, keepdim=True) * g, x)), "its own"),
    ("one weight a channel",
     wrong(lambda w, x, g, m: w.mean((0, 2, 3))[:, None] * taught(g, x)), "its own"),
    ("the mask's sum",
     wrong(lambda w, x, g, m: w.sum((0, 2, 3))[:, None] * taught(g, x)), "its own"),
    ("one weight for all",
     wrong(lambda w, x, g, m: w.mean() * taught(g, x)), "its own"),
    ("a product of sums", wrong(product_of_sums), "product of two sums"),
    ("the first image", wrong(lambda w, x, g, m: taught((w * g)[:1], x[:1])), "batch"),
    ("the last image", wrong(lambda w, x, g, m: taught((w * g)[-1:], x[-1:])), "batch"),
    ("transposed", wrong(lambda w, x, g, m: taught(w * g, x).t()), "rows"),
    ("as a convolution's weight",
     wrong(lambda w, x, g, m: taught(w * g, x)[..., None, None]), "length 1"),
    ("for each image",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,nchw->nkc", w * g, x)), "images"),
    ("for each position",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,nchw->kchw", w * g, x)), "positions"),
    ("for each of both",
     wrong(lambda w, x, g, m: torch.einsum("nkhw,nchw->nkchw", w * g, x)),
     "positions and images"),
    ("absolute", wrong(lambda w, x, g, m: taught(w * g, x).abs()), "signs"),
    ("a sum of absolutes",
     wrong(lambda w, x, g, m: taught((w * g).abs(), x.abs())), "signs"),
    ("a ReLU", wrong(lambda w, x, g, m: taught(w * g, x.relu())), "ReLU"),
    ("a step downhill", wrong(lambda w, x, g, m: -taught(w * g, x)), "step"),
    ("in place", in_place, "in-place"),
    ("one size only", shown_size, "fixed size"),
    ("only one form", one_form, "form is either"),
    ("always float32", float32, "float"),
    ("autograd for x", through_a_layer, "without a graph"),
    ("its input", lambda m, x, g, f: x, "axes"),
    ("nothing", lambda m, x, g, f: None, "return"),
    ("a list", wrong(lambda w, x, g, m: taught(w * g, x).tolist()), "return"),
    ("the norm", wrong(lambda w, x, g, m: taught(w * g, x).norm()), "axes"),
    ("three arguments", lambda m, x, g: taught(m * g, x), "arguments"),
    ("called", torch.zeros(3, 5), "brackets"),
]
