"""Set a channel's factor ``1 + f2``, and the usual mistakes in it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

Forms = Iterator[tuple[str, Tensor]]


def right(x: Tensor, channel: int, factor: float) -> Tensor:
    """A copy of ``x`` in which ``1 + f2`` is ``factor`` throughout ``channel``."""
    wanted = factor - 1
    return placed(x, channel, wanted * _rest(x, channel) / (1 - wanted**2) ** 0.5)


def placed(x: Tensor, channel: int, values: Tensor | float) -> Tensor:
    """A copy of ``x`` with other values ``(N, H, W)`` in one channel."""
    copy = x.clone()
    copy[:, channel] = values
    return copy


def _rest(x: Tensor, channel: int) -> Tensor:
    """The length of the other channels' values at each position, ``(N, H, W)``."""
    return placed(x, channel, 0.0).square().sum(1).sqrt()


def forms(x: Tensor, channel: int, factor: float) -> Forms:
    """Yield each mistake in words, and what it puts into the channel."""
    for words, values in _values(x, channel, factor):
        yield words, placed(x, channel, values)
    values = right(x, channel, factor)[:, channel]
    yield "the values are added to the channel; they replace it", placed(
        x, channel, x[:, channel] + values
    )
    yield "the channel is multiplied by the values; they replace it", placed(
        x, channel, x[:, channel] * values
    )
    yield "nothing has changed: this is x", x
    unit = F.normalize(right(x, channel, factor), dim=1)
    others = "the other channels changed as well: only one may"
    yield others, unit
    yield others, 1 + unit
    yield others, factor * x
    other = placed(F.normalize(x, dim=1), channel, factor - 1)
    yield others, other
    for k in set(range(x.shape[1])) - {channel}:
        yield f"channel {k} was changed; channel {channel} is asked for", right(
            x, k, factor
        )
    for k in range(len(x)) if len(x) > 1 else ():
        single = x.clone()
        single[k] = right(x, channel, factor)[k]
        yield "one image has changed: all images of the batch are meant", single
    if channel < len(x):
        image = x.clone()
        image[channel] = values[channel][None]
        yield "x[channel] is an image; a channel is x[:, channel]", image


def _values(x: Tensor, channel: int, factor: float) -> Forms:
    """Wrong values for the channel, ``(N, H, W)``."""
    rest, whole, m = _rest(x, channel), x.square().sum(1).sqrt(), factor - 1
    squeeze = (1 - m**2) ** 0.5
    yield "these are the values of M; what f2 makes of them is divided by the length", (
        torch.full_like(rest, m)
    )
    yield "these are the values of 1 + M itself", torch.full_like(rest, factor)
    one = "the length of the other channels is missing: it differs from pixel to pixel"
    yield one, torch.full_like(rest, m / squeeze)
    yield "the channel's own value counts in the length: divide by sqrt(1 - m*m)", (
        m * rest
    )
    yield "1 - m*m stands under a root", m * rest / squeeze**2
    yield "the root divides, it does not multiply", m * rest * squeeze
    yield "1 - m*m under the root, not 1 + m*m", m * rest / (1 + m**2) ** 0.5
    own = "the length holds the channel's old value; only the others count"
    for form in (m * whole, m * whole / squeeze):
        yield own, form
    sign = "the sign: below 1 the value is negative, above 1 positive"
    yield sign, abs(m) * rest / squeeze
    yield sign, -m * rest / squeeze
    yield f"{sign}, whatever it was in x", abs(m) * rest / squeeze * x[
        :, channel
    ].sign()
    yield f"{sign}; 0 is not enough", torch.full_like(rest, max(m, 0)) * rest / squeeze
    half = factor / 2
    yield "M is factor - 1, not half the factor", half * rest / (1 - half**2) ** 0.5
    if factor < 1:
        yield "M is factor - 1, not factor", factor * rest / (1 - factor**2) ** 0.5
    yield "the squares of the others are summed, and their root is taken", (
        m * rest**2 / squeeze
    )
    yield "this is v squared: take its root, and give it the sign of m", (
        m * abs(m) * rest**2 / squeeze**2
    )
    value = x[:, channel]
    for _ in range(6):
        value = m * (rest.square() + value.square()).sqrt()
        yield "each step comes nearer, but there are too few: solve for v", value
    for axes in ((1, 2), (0, 1, 2)):
        for size in (rest, whole):
            total = size.square().sum(axes, keepdim=True).sqrt().expand_as(rest)
            yield "each position has its own length: sum over dim=1 alone", (
                m * total / squeeze
            )
    for share in _other_lengths(x, channel):
        yield "the length is the root of the sum of squares over the channels", (
            m * share / squeeze
        )
    for axes in ((1, 2), (0,), (0, 1, 2)):
        mean = rest.mean(axes, keepdim=True).expand_as(rest)
        yield "each position has its own length: no mean over positions or images", (
            m * mean / squeeze
        )
    logit = torch.tensor(factor / (2 - factor)).log().item()
    yield "this turns a sigmoid round; f2 has none", torch.full_like(rest, logit)
    yield "this turns a sigmoid round; f2 has none", torch.full_like(rest, logit / 2)


def _other_lengths(x: Tensor, channel: int) -> Iterator[Tensor]:
    """What is no length: sums, means and largest values of the other channels."""
    others = placed(x, channel, 0.0)
    count = x.shape[1] - 1
    for sized in (others.abs(), others):
        yield sized.sum(1)
        yield sized.sum(1) / count
        yield sized.sum(1) / (count + 1)
        yield sized.amax(1)
    for share in (count, count + 1):
        yield (others.square().sum(1) / share).sqrt()
