"""Answers to "The gradient of channel attention": a formula, without autograd."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def parts(x, pull):
    """The mask, its product with the pull, and the length."""
    length = x.square().sum(1, keepdim=True).sqrt()
    mask = x / length
    return mask, (mask * pull).sum(1, keepdim=True), length


def plain(x, pull):
    mask, along, length = parts(x, pull)
    return (pull - mask * along) / length


def without_mask(x, pull):
    square = x.square().sum(1, keepdim=True)
    raw = (x * pull).sum(1, keepdim=True)
    return pull / square.sqrt() - x * raw / square**1.5


def by_matrix(x, pull):
    length = x.norm(dim=1)
    mask = x / length.unsqueeze(1)
    eye = torch.eye(x.shape[1], dtype=x.dtype).view(1, x.shape[1], x.shape[1], 1, 1)
    matrix = (eye - mask.unsqueeze(1) * mask.unsqueeze(2)) / length[:, None, None]
    return torch.einsum("nckhw,nkhw->nchw", matrix, pull)


def by_pixels(x, pull):
    result = torch.empty_like(x)
    for n in range(x.shape[0]):
        for i in range(x.shape[2]):
            for j in range(x.shape[3]):
                v, g = x[n, :, i, j], pull[n, :, i, j]
                m = v / v.norm()
                result[n, :, i, j] = (g - m * torch.dot(m, g)) / v.norm()
    return result


def autograd(x, pull):
    leaf = x.detach().clone().requires_grad_()
    (F.normalize(leaf, dim=1) * pull).sum().backward()
    return leaf.grad


def made(form):
    """An answer from ``form(x, pull, mask, along, length)``."""
    return lambda x, pull: form(x, pull, *parts(x, pull))


def shown_size(x, pull):
    return plain(x.reshape(2, 3, 4, 5), pull)


RIGHT = [
    ("the formula", plain),
    ("without the mask", without_mask),
    ("as a matrix", by_matrix),
    ("pixel by pixel", by_pixels),
    ("einsum for the product", made(
        lambda x, g, m, a, r: (g - torch.einsum("nchw,nchw->nhw", m, g)[:, None] * m)
        / r)),
]

WRONG = [
    ("a matrix product", made(lambda x, g, m, a, r: (g - m * (m @ g)) / r), "@"),
    ("the shown size only", shown_size, "fixed"),
    ("keepdim forgotten", lambda x, g: g / x.norm(dim=1), "keepdim"),
    ("the first image only", lambda x, g: plain(x[:1], g[:1]), "images"),
]
