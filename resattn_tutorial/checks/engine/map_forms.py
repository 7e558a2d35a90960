"""The right and the usual wrong forms of chapter 2's small functions on maps.

Each ``*_forms`` yields pairs: the mistake in words, and what it makes of an input.
They are generators, so that nothing is computed beyond the form that is recognised.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.engine.probe import Forms


def halved(x: Tensor) -> Tensor:
    """The authors' pooling: ``(N, C, H, W)`` to ``(N, C, H // 2, W // 2)``."""
    return F.max_pool2d(x, 3, stride=2, padding=0, ceil_mode=True)


def pooling_forms(x: Tensor) -> Forms:
    """Yield the wrong ways of halving ``x``."""
    low = -torch.inf
    size = (x.shape[-2] // 2, x.shape[-1] // 2)
    padded = (
        "padding: the windows sit one pixel too far up and left; "
        "the authors' pooling has padding=0"
    )
    yield padded, F.max_pool2d(x, 3, 2, padding=1)
    yield padded, F.max_pool2d(x, 3, 2, padding=1, ceil_mode=True)
    yield padded, F.max_pool2d(F.pad(x, (1, 0, 1, 0)), 3, 2)
    yield (
        "ceil mode is missing: the last window, which is cut at the border, is "
        "dropped; set ceil_mode=True"
    ), F.max_pool2d(x, 3, 2)
    small = "2x2 windows (adaptive pooling makes them too): a window is 3x3 here"
    yield small, F.max_pool2d(x, 2)
    yield small, F.max_pool2d(x, 2, ceil_mode=True)
    yield small, F.adaptive_max_pool2d(x, size)
    third = "stride: left out, it is the window's width, 3; set stride=2"
    yield third, F.max_pool2d(x, 3)
    yield third, F.max_pool2d(x, 3, ceil_mode=True)
    yield "stride 1 keeps the size: set stride=2", F.max_pool2d(x, 3, 1, 1)
    yield "stride 1 keeps the size: set stride=2", F.max_pool2d(x, 3, 1)
    yield (
        "zero padding: past the border there is nothing, not 0, and here 0 wins "
        "against negative values; ceil mode cuts the window instead"
    ), F.max_pool2d(F.pad(x, (0, 1, 0, 1)), 3, 2)
    mean = "an average: the pooling takes the largest value of a window, not the mean"
    for ceil in (True, False):
        yield mean, F.avg_pool2d(x, 3, 2, ceil_mode=ceil)
    yield mean, F.avg_pool2d(x, 3, 2, padding=1)
    yield mean, F.avg_pool2d(x, 2)
    yield mean, F.adaptive_avg_pool2d(x, size)
    yield "the smallest value of each window: max is wanted", -halved(-x)
    yield "a ReLU or clamp: negative values stay negative", halved(x).clamp(min=0)
    yield "abs: the largest value is wanted, with its sign", halved(x.abs())
    for first in (0, 1):
        yield (
            "every second pixel is picked: nothing looks at the pixels between"
        ), x[..., first::2, first::2]
    for mode in ("nearest", "bilinear", "bicubic", "area"):
        yield f"interpolation ({mode}): a maximum is wanted", F.interpolate(
            x, size=size, mode=mode
        )
    for mode in ("bilinear", "bicubic"):
        yield f"interpolation ({mode}): a maximum is wanted", F.interpolate(
            x, size=size, mode=mode, align_corners=True
        )
    along = "the window runs along one direction only: it is 3x3"
    yield along, F.max_pool2d(x, (3, 1), 2, ceil_mode=True)
    yield along, F.max_pool2d(x, (3, 1), (2, 1), ceil_mode=True)
    yield along, F.max_pool2d(x, (1, 3), (1, 2), ceil_mode=True)
    yield "past the border the far edge comes in: ceil mode cuts the window", (
        F.max_pool2d(F.pad(x, (0, 1, 0, 1), mode="circular"), 3, 2)
    )
    yield "the window starts one pixel late", halved(
        F.pad(x, (-1, 1, -1, 1), value=low)
    )
    yield "the input comes back as it was: nothing is pooled", x


def stretched(below: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize bilinearly, corners on corners."""
    return F.interpolate(below, size=size, mode="bilinear", align_corners=True)


def stretch_forms(below: Tensor, size: tuple[int, int]) -> Forms:
    """Yield the wrong ways of stretching ``below`` to ``size``."""
    for mode in ("nearest", "nearest-exact"):
        yield (
            "nearest neighbour: it copies pixels into blocks (it is F.interpolate's "
            'default); set mode="bilinear"'
        ), F.interpolate(below, size=size, mode=mode)
    yield (
        "corners: the corner pixels moved; set align_corners=True (False is the "
        "default)"
    ), F.interpolate(below, size=size, mode="bilinear")
    for corners in (True, False):
        yield 'bicubic: set mode="bilinear"', F.interpolate(
            below, size=size, mode="bicubic", align_corners=corners
        )
    yield 'area: set mode="bilinear"', F.interpolate(below, size=size, mode="area")
    ends = F.affine_grid(
        torch.eye(2, 3).to(below).expand(len(below), -1, -1),
        [*below.shape[:2], *size],
        align_corners=True,
    )
    for padding in ("zeros", "border"):
        yield (
            "grid_sample: where the grid runs from -1 to 1 it needs align_corners=True"
        ), F.grid_sample(below, ends, padding_mode=padding, align_corners=False)


def rejoin_forms(below: Tensor, skip: Tensor) -> Forms:
    """Yield the wrong ways of bringing ``below`` back to ``skip``."""
    up = stretched(below, skip.shape[-2:])
    for mistake, form in stretch_forms(below, skip.shape[-2:]):
        yield mistake, form + skip
    for axis in (1, 2, 3):
        joined = "concatenation: the two are added, channel by channel"
        yield joined, torch.cat([up, skip], axis)
        yield joined, torch.cat([skip, up], axis)
    yield "a product: the two are added", up * skip
    yield "a product: the two are added, nothing else", (1 + up) * skip
    yield "a product: the two are added, nothing else", (1 + skip) * up
    yield "no sum: this is the stretched map alone; add skip", up
    yield "no sum: this is skip alone; add the stretched map", skip
    yield "no sum: this is the input below as it came", below
    smaller = stretched(skip, below.shape[-2:])
    turned = "the wrong one is stretched: skip keeps its size, below comes up to it"
    yield turned, smaller + below
    yield turned, F.interpolate(skip, size=below.shape[-2:]) + below
    yield (
        "the sum comes before the stretch: skip keeps its size and all its pixels"
    ), stretched(below + smaller, skip.shape[-2:])
    yield "a mean: the plain sum is wanted", (up + skip) / 2
    yield "a difference: the plain sum is wanted", skip - up
    yield "a difference: the plain sum is wanted", up - skip
    yield "a maximum: the plain sum is wanted", torch.maximum(up, skip)
    yield "a ReLU: the plain sum is wanted, with its sign", F.relu(up + skip)
    yield "a ReLU: below is added with its sign", F.relu(up) + skip
    yield "a sigmoid: the plain sum is wanted", torch.sigmoid(up) + skip
    yield "a sigmoid: the plain sum is wanted", torch.sigmoid(up + skip)
    flipped = stretched(below, (skip.shape[-1], skip.shape[-2]))
    yield "height and width are swapped: size is (H, W)", flipped
    yield "skip is added twice", up + 2 * skip


def pull(network: Callable, x: Tensor, score: Callable[[Tensor], Tensor]) -> Tensor:
    """The gradient of ``score(network(x))`` for each input value, signs kept."""
    leaf = x.detach().clone().requires_grad_()
    return torch.autograd.grad(score(network(leaf)), leaf)[0]


def at_centre(out: Tensor) -> Tensor:
    """The sum over images and channels of the output's centre pixel."""
    return out[:, :, out.shape[-2] // 2, out.shape[-1] // 2].sum()


def influenced(network: Callable, x: Tensor) -> Tensor:
    """How strongly each pixel of ``x`` acts on the output's centre: ``(H, W)``."""
    return pull(network, x, at_centre).abs().sum((0, 1))
