"""Gradients through the two merges of mask and trunk, rightly and wrongly computed.

``m`` is the mask, ``t`` the trunk's output, ``g`` the gradient that comes back to the
merge's output, ``w`` what the merge multiplies the trunk by.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

Forms = Iterator[tuple[str, Tensor]]
FORMS = ("naive", "residual")
OTHER_FORM = {
    "naive": "this is the residual form's factor, 1 + M: the naive form's is M",
    "residual": "this is the naive form's factor, M: the residual form's is 1 + M",
}
ERROR_WORDS = {
    "referenced before": "form is either 'naive' or 'residual', as text",
    "not associated with": "form is either 'naive' or 'residual', as text",
    "does not require grad": "the inputs come without a graph: write the product down",
}
CHANNELS = {
    "must match the size": "mask and gradient have the trunk's K channels, x has C: "
    "they meet only in the table (K, C)"
}


def factor(mask: Tensor, form: str) -> Tensor:
    """What the merge multiplies the trunk by."""
    return mask if form == "naive" else 1 + mask


def send_back(
    mask: Tensor, trunk: Tensor, gradient: Tensor, form: str
) -> tuple[Tensor, Tensor]:
    """The gradients for the trunk's output and for the mask."""
    return factor(mask, form) * gradient, trunk * gradient


def to_trunk_mistakes(m: Tensor, t: Tensor, g: Tensor, form: str) -> Forms:
    """Yield wrong gradients for the trunk's output."""
    w = factor(m, form)
    other = factor(m, "residual" if form == "naive" else "naive")
    yield OTHER_FORM[form], other * g
    yield "the two are swapped: the trunk's gradient comes first", t * g
    yield "the mask has no effect: this is the gradient that came", g
    yield "the gradient that came back is missing: multiply by it", w
    yield "this is the forward pass: a gradient multiplies what came back", w * t
    yield "the trunk itself does not act on its own gradient", w * t * g
    yield "the factor comes in twice", w * w * g
    first = "the 1 in 1 + M stands for one whole gradient, nothing else: (1 + M) * it"
    for sent in (t + m * g, 1 + m * g, (2 + m) * g, 2 * m * g):
        if form == "residual":
            yield first, sent
    yield "the sign: nothing is subtracted in either merge", (1 - m) * g
    yield "the sign: a gradient is asked for, not a step against it", -w * g
    yield "the signs get lost: no abs, no ReLU", (w * g).abs()
    yield "the signs get lost: no abs, no ReLU", (w * g).relu()
    yield "the signs get lost: no abs, no ReLU", w * g.abs()
    yield "a merge multiplies, and so does its gradient: no division", g / w
    finished = "use the mask as it comes, it is already finished"
    yield finished, factor(m.sigmoid(), form) * g
    yield finished, factor(m.clamp(0, 1), form) * g
    yield from _reduced(w * g)
    for axes in ((1,), (2, 3), (0, 1, 2, 3)):
        words = "every value of the mask acts on its own value of the gradient: no mean"
        yield words, w.mean(axes, keepdim=True) * g


def to_mask_mistakes(m: Tensor, t: Tensor, g: Tensor, form: str) -> Forms:
    """Yield wrong gradients for the mask."""
    w = factor(m, form)
    alone = "the 1 is added to the mask, not multiplied with it: T alone is left"
    for sent in ((1 + t) * g, (t - 1) * g, g + t, 1 + t * g):
        yield alone, sent
    again = "this is the trunk's gradient again: for the mask, the trunk is the factor"
    yield again, w * g
    yield again, m * g
    yield "the mask is no factor of its own gradient", m * t * g
    yield "the mask is no factor of its own gradient", w * t * g
    yield "the gradient that came back is missing: multiply by it", t
    yield "the trunk has no effect: this is the gradient that came", g
    slope = m * (1 - m)
    yield "the sigmoid's slope belongs to the mask branch: stop at the mask", (
        slope * t * g
    )
    yield "the signs get lost: no abs, no ReLU", (t * g).abs()
    yield "the signs get lost: no abs, no ReLU", (t * g).relu()
    yield "the signs get lost: no abs, no ReLU", t * g.abs()
    yield "the sign: a gradient is asked for, not a step against it", -t * g
    yield "a mask gets a gradient in both forms", torch.zeros_like(g)
    yield from _reduced(t * g)


def _reduced(right: Tensor) -> Forms:
    """Right values, summed or averaged over some axes."""
    words = "one gradient for each value of the map: no sum and no mean"
    for count in (len(right), right[0].numel(), right.numel(), right[0, 0].numel()):
        yield words, right / count
    for axes in ((0,), (1,), (2, 3), (0, 1, 2, 3)):
        for keep in (False, True):
            yield words, right.sum(axes, keepdim=keep)
            yield words, right.mean(axes, keepdim=keep)


def weight_gradient(mask: Tensor, x: Tensor, gradient: Tensor, form: str) -> Tensor:
    """The gradient for the weights ``(K, C)`` of a trunk of one 1x1 convolution."""
    return _taught(factor(mask, form) * gradient, x)


def _taught(signal: Tensor, x: Tensor) -> Tensor:
    return torch.einsum("nkhw,nchw->kc", signal, x)


def weight_mistakes(m: Tensor, x: Tensor, g: Tensor, form: str) -> Forms:
    """Yield wrong gradients for the weights."""
    w = factor(m, form)
    right = _taught(w * g, x)
    other = factor(m, "residual" if form == "naive" else "naive")
    yield OTHER_FORM[form], _taught(other * g, x)
    yield "the mask has no effect: it weighs every position's part", _taught(g, x)
    yield "the gradient that came back is missing", _taught(w, x)
    yield "the factor comes in twice", _taught(w * w * g, x)
    yield "the trunk's output does not come in, its input x does", _taught(w * g * g, x)
    places = x.shape[2] * x.shape[3]
    sums = "the parts of all positions and images are added up: no mean"
    for count in (places, len(x), len(x) * places):
        yield sums, right / count
    each = "each position is weighed by its own value of the mask, before the sum"
    for axes in ((1,), (2, 3), (0,), (0, 2, 3), (0, 1, 2, 3)):
        yield each, _taught(w.mean(axes, keepdim=True) * g, x)
    yield each, w.mean((0, 2, 3))[:, None] * _taught(g, x)
    yield each, w.sum((0, 2, 3))[:, None] * _taught(g, x)
    summed = torch.einsum("nkhw->nk", w * g), torch.einsum("nchw->nc", x)
    words = "multiply position by position, then sum: not a product of two sums"
    yield words, torch.einsum("nk,nc->kc", *summed)
    yield words, torch.einsum("nkhw,mchw->kc", w * g, x)
    yield words, torch.einsum("nkhw,mcij->kc", w * g, x)
    yield from _area_mistakes(w * g, x)
    first = "the 1 in 1 + M stands for the whole gradient, at every position"
    for taught in (1 + _taught(m * g, x), 2 * _taught(m * g, x), _taught(1 + m * g, x)):
        if form == "residual":
            yield first, taught
    finished = "use the mask as it comes, it is already finished"
    for mask in (m.sigmoid(), m.clamp(0, 1), (m > 0.5).to(m)):
        yield finished, _taught(factor(mask, form) * g, x)
    yield "all images teach: sum over the batch, too", _taught((w * g)[:1], x[:1])
    yield "all images teach: sum over the batch, too", _taught((w * g)[-1:], x[-1:])
    axes = "the axes: rows are output channels, columns input channels, (K, C)"
    yield axes, right.t()
    yield "drop the convolution's two axes of length 1: (K, C)", right[..., None, None]
    parts = torch.einsum("nkhw,nchw->nkchw", w * g, x)
    yield "the sum over positions and images is missing", parts
    yield "the sum over images is missing", parts.sum((3, 4))
    yield "the sum over positions is missing", parts.sum(0)
    yield "the signs get lost: no abs", parts.abs().sum((0, 3, 4))
    yield "the signs get lost: no abs", right.abs()
    yield "the signs get lost: no ReLU on x", _taught(w * g, x.relu())
    yield "the sign: a gradient is asked for, not a step against it", -right
    if m.shape == x.shape:
        yield "the mask weighs the trunk's output, not its input", _taught(g, w * x)


def _area_mistakes(signal: Tensor, x: Tensor) -> Forms:
    """Sums that leave places out, or that lay places upon others."""
    left_out = "all positions teach: some rows or columns are left out"
    short = min(x.shape[2:])
    for rows, columns in ((short, short), (-1, -1), (-1, None), (None, -1)):
        yield left_out, _taught(signal[..., :rows, :columns], x[..., :rows, :columns])
    k, c = signal.shape[1], x.shape[1]
    words = "the axes: reshape moves none: transpose(0, 1), then flatten(1)"
    yield words, signal.reshape(k, -1) @ x.reshape(c, -1).t()
    if x.shape[2] == x.shape[3]:
        yield "rows meet rows and columns columns: (h, w) in both", (
            _taught(signal, x.transpose(2, 3))
        )
