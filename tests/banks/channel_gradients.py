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


def summed(*axes):
    """The scalar product taken over other axes."""

    def answer(x, pull):
        mask, _, length = parts(x, pull)
        return (pull - mask * (mask * pull).sum(axes, keepdim=True)) / length

    return answer


def map_length(x, pull):
    length = x.square().sum((2, 3), keepdim=True).sqrt()
    mask = x / length
    return (pull - mask * (mask * pull).sum((2, 3), keepdim=True)) / length


def by_sum(x, pull):
    size = x.abs().sum(1, keepdim=True)
    mask = x / size
    return (pull - mask * (mask * pull).sum(1, keepdim=True)) / size


def in_place(x, pull):
    result = plain(x, pull)
    pull -= pull
    return result


def shown_size(x, pull):
    return plain(x.reshape(2, 3, 4, 5), pull)


def sigmoid_slope(x, pull):
    return pull * torch.sigmoid(x) * (1 - torch.sigmoid(x))


def remembering():
    seen = []

    def answer(x, pull):
        seen.append(x)
        return plain(x, pull) * (1 if len(seen) < 5 else 1.1)

    return answer


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
    ("the length held fixed", made(lambda x, g, m, a, r: g / r), "length depends on x"),
    ("only the second part", made(lambda x, g, m, a, r: -m * a / r), "pull itself"),
    ("only the part along m", made(lambda x, g, m, a, r: m * a / r), "along m"),
    ("a plus", made(lambda x, g, m, a, r: (g + m * a) / r), "not added"),
    ("the sign turned", made(lambda x, g, m, a, r: (m * a - g) / r),
     "sign of the whole"),
    ("no length", made(lambda x, g, m, a, r: g - m * a), "missing"),
    ("the length twice", made(lambda x, g, m, a, r: (g - m * a) / r**2), "twice"),
    ("times the length", made(lambda x, g, m, a, r: (g - m * a) * r), "multiplies"),
    ("brackets forgotten", made(lambda x, g, m, a, r: g - m * a / r), "brackets"),
    ("brackets round the first", made(lambda x, g, m, a, r: g / r - m * a),
     "keeps the length"),
    ("the diagonal only", made(lambda x, g, m, a, r: g * (1 - m**2) / r),
     "each channel acts"),
    ("a product without a sum", made(lambda x, g, m, a, r: (g - m * (m * g)) / r),
     "sum"),
    ("summed over positions", summed(2, 3), "sum(dim=1)"),
    ("summed over all of an image", summed(1, 2, 3), "sum(dim=1)"),
    ("summed over everything", summed(0, 1, 2, 3), "sum(dim=1)"),
    ("summed over images", summed(0, 1), "sum(dim=1)"),
    ("summed over the images alone", summed(0), "sum(dim=1)"),
    ("the product alone", made(lambda x, g, m, a, r: (g - a) / r), "alone"),
    ("the pull outside the sum", made(
        lambda x, g, m, a, r: g * (1 - m * m.sum(1, keepdim=True)) / r), "under the"),
    ("x and pull exchanged", lambda x, g: plain(g, x), "x and the pull"),
    ("absolute values", made(lambda x, g, m, a, r: (
        g - m.abs() * (m.abs() * g).sum(1, keepdim=True)) / r), "absolute"),
    ("a sum for the length", by_sum, "root of the sum"),
    ("a matrix product", made(lambda x, g, m, a, r: (g - m * (m @ g)) / r), "@"),
    ("a slack of 0.1", made(lambda x, g, m, a, r: (g - m * a) / (r + 0.1)), None),
    ("a mean of the product", made(
        lambda x, g, m, a, r: (g - m * (m * g).mean(1, keepdim=True)) / r),
     "sum(dim=1)"),
    ("x for m", made(
        lambda x, g, m, a, r: (g - x * (x * g).sum(1, keepdim=True)) / r), "x stands"),
    ("x for m, once", made(lambda x, g, m, a, r: (g - x * a) / r),
     "x stands"),
    ("x for m in the product", made(
        lambda x, g, m, a, r: (g - m * (x * g).sum(1, keepdim=True)) / r), "x stands"),
    ("m and pull exchanged", made(lambda x, g, m, a, r: (m - g * a) / r), "exchanged"),
    ("along the pull", made(lambda x, g, m, a, r: (g - g * a) / r), "along the pull"),
    ("the length of a map", map_length, "length runs"),
    ("the sigmoid's", sigmoid_slope, "sigmoid"),
    ("the sigmoid's, of the mask", made(lambda x, g, m, a, r: g * m * (1 - m)),
     "sigmoid"),
    ("no pull", made(lambda x, g, m, a, r: (1 - m * m.sum(1, keepdim=True)) / r),
     "pull has no effect"),
    ("the mask", made(lambda x, g, m, a, r: m), "this is the mask"),
    ("the pull", made(lambda x, g, m, a, r: g), "as it came"),
    ("mask times pull", made(lambda x, g, m, a, r: m * g), "mask times pull"),
    ("autograd", autograd, "autograd"),
    ("the pull in place", in_place, "in-place"),
    ("the shown size only", shown_size, "fixed"),
    ("keepdim forgotten", lambda x, g: g / x.norm(dim=1), "keepdim"),
    ("the first image only", lambda x, g: plain(x[:1], g[:1]), "images"),
    ("float32 whatever came", lambda x, g: plain(x.float(), g.float()), ".float()"),
    ("nothing", lambda x, g: None, "return"),
    ("mask and gradient", lambda x, g: (parts(x, g)[0], plain(x, g)), "return"),
    ("NumPy", lambda x, g: plain(x, g).numpy(), "return"),
    ("one argument", lambda x: plain(x, x), "arguments"),
    ("kept between calls", remembering(), None),
    ("noise", lambda x, g: torch.randn_like(x), None),
    ("a called result", torch.zeros(2, 3), "name"),
]
