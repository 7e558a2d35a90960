"""The gradient of channel attention by hand, and the usual slips in it.

``x`` is the input and ``pull`` the gradient that arrives at the mask, both
``(N, C, H, W)``.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from resattn_tutorial.checks.engine.probe import Forms


def right(x: Tensor, pull: Tensor) -> Tensor:
    """What autograd finds for ``(f2(x) * pull).sum()``."""
    leaf = x.detach().clone().requires_grad_()
    mask = leaf / leaf.square().sum(1, keepdim=True).sqrt()
    return torch.autograd.grad((mask * pull).sum(), leaf)[0]


def forms(x: Tensor, pull: Tensor) -> Forms:
    """Yield each slip in words, and what it makes of ``x`` and ``pull``."""
    length = x.square().sum(1, keepdim=True).sqrt()
    mask = x / length
    along = (mask * pull).sum(1, keepdim=True)
    yield from _missing_parts(mask, pull, along, length)
    words = "the scalar product is a sum over the channels of each pixel: sum(dim=1)"
    for other in _other_products(mask, pull):
        yield words, (pull - mask * other) / length
    yield from _mixed_up(x, pull, mask, along, length)


def _missing_parts(mask: Tensor, pull: Tensor, along: Tensor, length: Tensor) -> Forms:
    """What leaves out a term or a factor, or turns a sign."""
    yield "the length depends on x too: its part, -m(m·g), is missing", pull / length
    yield "only the length's part is there: the pull itself is missing", (
        -mask * along / length
    )
    yield "only the part along m is there: it is what must be taken away", (
        mask * along / length
    )
    yield "the sign: the part along m is taken away, not added", (
        pull + mask * along
    ) / length
    yield "the sign of the whole is turned", (mask * along - pull) / length
    scale = "the division by the length: once"
    yield f"{scale}, and here it is missing", pull - mask * along
    yield f"{scale}, and here it comes twice", (pull - mask * along) / length**2
    yield f"{scale}, and here it multiplies", (pull - mask * along) * length
    brackets = "the brackets: both terms are divided by the length"
    yield brackets, pull - mask * along / length
    yield (
        "the part along m keeps the length: x stands where m belongs, or brackets are "
        "missing"
    ), pull / length - mask * along
    yield "each channel acts on the others: sum m·g over the channels first", (
        pull * (1 - mask.square()) / length
    )


def _other_products(mask: Tensor, pull: Tensor) -> Iterator[Tensor]:
    """Sums of ``m * g`` over other axes, and what is no sum at all."""
    both = mask * pull
    several = (2, 3), (0, 1), (1, 2), (1, 3), (1, 2, 3), (0, 1, 2, 3)
    for axes in (*several, (0,), (2,), (3,)):
        yield both.sum(axes, keepdim=True)
    yield both.mean(1, keepdim=True)
    yield both
    yield mask.sum(1, keepdim=True) * pull.sum(1, keepdim=True)


def _mixed_up(
    x: Tensor, pull: Tensor, mask: Tensor, along: Tensor, length: Tensor
) -> Forms:
    """What takes one tensor for another."""
    raw = (x * pull).sum(1, keepdim=True)
    units = "x stands where m = x / length belongs"
    yield units, (pull - x * raw) / length
    yield "the product m·g stands alone: m must be multiplied by it", (
        pull - along
    ) / length
    size = pull.square().sum(1, keepdim=True).sqrt()
    yield "x and the pull are exchanged", (x - pull * raw / size**2) / size
    yield "the scalar product is m·g: the pull belongs under the sum", (
        pull * (1 - mask * mask.sum(1, keepdim=True)) / length
    )
    yield "the absolute values of x: its signs count", (
        pull - mask.abs() * (mask.abs() * pull).sum(1, keepdim=True)
    ) / length
    size = x.abs().sum(1, keepdim=True)
    yield "the length is the root of the sum of squares, not a sum of values", (
        pull - x * raw / size**2
    ) / size
    yield "m and the pull are exchanged", (mask - pull * along) / length
    yield "the part along the pull is taken away; take away the one along m", (
        pull - pull * along
    ) / length
    for axes in ((2, 3), (1, 2, 3), (0, 1, 2, 3)):
        size = x.square().sum(axes, keepdim=True).sqrt()
        own = x / size
        product = (own * pull).sum(1, keepdim=True)
        yield "the length runs over the channels of a pixel: dim=1", (
            pull - own * product
        ) / size
        product = (own * pull).sum(axes, keepdim=True)
        yield "the length runs over the channels of a pixel: dim=1", (
            pull - own * product
        ) / size
    gentle = x.sigmoid() * (1 - x.sigmoid())
    yield "this is the sigmoid's gradient; f2 has no sigmoid", pull * gentle
    yield "this is the sigmoid's gradient; f2 has no sigmoid", pull * mask * (1 - mask)
    ones = (1 - mask * mask.sum(1, keepdim=True)) / length
    yield "the pull has no effect: it stands for what comes from above", ones
    yield "this is the mask; its gradient is asked for", mask
    yield "this is the pull as it came", pull
    yield "this is mask times pull; its gradient is asked for", mask * pull
