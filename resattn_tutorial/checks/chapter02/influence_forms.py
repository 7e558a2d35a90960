"""The usual wrong ways of measuring which pixels act on a network's centre."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.map_forms import at_centre, influenced, pull
from resattn_tutorial.checks.engine.probe import Forms


def influence_forms(network: nn.Module, x: Tensor) -> Forms:
    """Yield pairs of a mistake in words and the map that it makes."""
    with torch.no_grad():
        out = network(x)
    yield from _wrong_sums(pull(network, x, at_centre), x)
    yield from _wrong_places(network, x, out)
    yield from _no_gradients(network, x, out)
    for mode in (True, False):
        yield (
            "train() or eval(): the network is measured in the mode in which it comes"
        ), influenced(copy.deepcopy(network).train(mode), x)


def _wrong_sums(signed: Tensor, x: Tensor) -> Forms:
    """What other ways of putting the gradient together make of it."""
    size = signed.abs()
    signs = "abs is missing, or comes too late: pluses and minuses cancel in a sum"
    yield signs, signed.sum((0, 1))
    yield signs, signed.sum((0, 1)).abs()
    yield signs, signed.sum(0).abs().sum(0)
    yield signs, signed.sum(1).abs().sum(0)
    yield signs, signed
    yield "negative gradients are dropped: they act too; use abs", signed.clamp(
        min=0
    ).sum((0, 1))
    yield "squares: take abs", (signed**2).sum((0, 1))
    yield "squares: take abs, no norm", (signed**2).sum((0, 1)).sqrt()
    mean = "a mean: sum over images and over channels"
    yield mean, size.mean((0, 1))
    yield mean, size.mean(0).sum(0)
    yield mean, size.mean(1).sum(0)
    most = "the largest only: sum over images and over channels"
    yield most, size.amax((0, 1))
    yield most, size.sum(0).amax(0)
    yield most, size.amax(0).sum(0)
    yield most, size.amax(1).sum(0)
    yield most, size.amax(1)
    for channel in range(x.shape[1]):
        yield "one channel only: sum over all of them", size[:, channel].sum(0)
        yield "one channel of one image only: sum over all", size[0, channel]
    for image in range(x.shape[0]):
        yield "one image only: sum over all of them", size[image].sum(0)
    left = "an axis is left: sum over images and channels, so that (H, W) remains"
    for form in (size, size.sum(0), size.sum(1), size.sum((0, 1), keepdim=True)):
        yield left, form
    yield left, size.sum(1, keepdim=True)
    total = size.sum((0, 1))
    yield "a number: one value for each pixel is wanted", total.sum()
    yield "height and width are swapped", total.T
    for scale in (total.max(), total.sum(), total.mean(), total.norm()):
        yield "a rescaling: the plain sum is wanted", total / scale
    yield "a yes or no: the strength is wanted", (total > 0).to(x.dtype)
    yield "the gradient was multiplied by x", (signed * x).abs().sum((0, 1))
    yield "the gradient was multiplied by x", (signed * x).sum((0, 1))


def _wrong_places(network: Callable, x: Tensor, out: Tensor) -> Forms:
    """What the gradient of another number than the centre's sum looks like."""
    height, width = out.shape[-2:]
    middle = (height // 2, width // 2)

    def strength(score: Callable[[Tensor], Tensor]) -> Tensor:
        return pull(network, x, score).abs().sum((0, 1))

    whole = "all outputs are summed: take the centre pixel's alone"
    yield whole, strength(torch.sum)
    yield whole, strength(torch.mean)
    yield "a mean of the centre: take its sum", strength(
        lambda y: y[:, :, middle[0], middle[1]].mean()
    )
    for row, column, where in _usual_pixels(x, out):
        yield where, strength(lambda y, r=row, c=column: y[:, :, r, c].sum())
    for channel in range(out.shape[1]):
        yield "one output channel only: sum over all of them", strength(
            lambda y, c=channel: y[:, c, middle[0], middle[1]].sum()
        )
    yield "the output was squared: its plain sum is wanted", strength(
        lambda y: at_centre(y**2)
    )
    yield "abs belongs to the gradient, not to the output", strength(
        lambda y: at_centre(y.abs())
    )


def _usual_pixels(x: Tensor, out: Tensor) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and words of the pixels usually taken for the centre."""
    height, width = out.shape[-2:]
    corner = "a corner: the centre is [:, :, h // 2, w // 2]"
    yield 0, 0, corner
    yield height - 1, width - 1, corner
    beside = "one pixel beside the centre: it is [:, :, h // 2, w // 2]"
    for row in ((height - 1) // 2, height // 2):
        for column in ((width - 1) // 2, width // 2):
            if (row, column) != (height // 2, width // 2):
                yield row, column, beside
    for row, column in ((height // 2, height // 2), (width // 2, width // 2)):
        if height != width and column < width:
            row = min(row, height - 1)
            yield row, column, "one half for both axes: it is h // 2 and w // 2"
    row, column = width // 2, height // 2
    if row < height and column < width:
        yield row, column, "height and width are swapped: h comes before w"
    row, column = x.shape[-2] // 2, x.shape[-1] // 2
    if row < height and column < width:
        yield row, column, "the input's centre: h and w are the output's"


def _no_gradients(network: Callable, x: Tensor, out: Tensor) -> Forms:
    """What is no gradient at all."""
    activation = "the activation: how x acts on it is wanted, its gradient"
    for form in (out, out.abs().sum((0, 1)), out.sum((0, 1)), out[0].sum(0)):
        yield activation, form
    yield "the input itself: its gradient is wanted", x.abs().sum((0, 1))
    yield "the input itself: its gradient is wanted", x
    yield "zeros: no gradient reached x", torch.zeros(x.shape[-2:], dtype=x.dtype)
    yield "ones: no gradient was taken", torch.ones(x.shape[-2:], dtype=x.dtype)
    step = "a step of finite size: a ReLU bends on the way; take the gradient"
    for size in (1.0, 0.1):
        yield step, _stepped(network, x, size)
        yield step, _stepped(network, x, size) / size


def _stepped(network: Callable, x: Tensor, size: float) -> Tensor:
    """How far the centre moves when one pixel after the other is raised."""
    moved = torch.zeros(x.shape[-2:], dtype=x.dtype)
    with torch.no_grad():
        before = at_centre(network(x))
        for row in range(x.shape[-2]):
            for column in range(x.shape[-1]):
                raised = x.clone()
                raised[:, :, row, column] += size
                moved[row, column] = (at_centre(network(raised)) - before).abs()
    return moved
