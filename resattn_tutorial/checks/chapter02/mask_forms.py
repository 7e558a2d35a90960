"""The usual wrong forms of a mask with one pooling, computed from given weights.

Batch norm is in training mode, at its fresh scale and shift: then its place shows in
the values.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from resattn_tutorial.checks.chapter02.mask_weights import Weights
from resattn_tutorial.checks.engine.map_forms import (
    Forms,
    halved,
    pooling_forms,
    stretch_forms,
    stretched,
)


def norm(x: Tensor) -> Tensor:
    """Batch norm with the batch's own statistics."""
    return F.batch_norm(x, None, None, training=True)


def ready(x: Tensor) -> Tensor:
    """Batch norm and ReLU, which come before each convolution."""
    return F.relu(norm(x))


def unit(x: Tensor, weights: tuple[Tensor, Tensor, Tensor]) -> Tensor:
    """The identity residual unit of chapter 1."""
    y = F.conv2d(ready(x), weights[0])
    y = F.conv2d(ready(y), weights[1], padding=1)
    return F.conv2d(ready(y), weights[2]) + x


def right_body(x: Tensor, weights: Weights) -> Tensor:
    """Pooling, two units, stretch."""
    y = unit(unit(halved(x), weights.units[0]), weights.units[-1])
    return stretched(y, x.shape[-2:])


def right_tail(y: Tensor, weights: Weights) -> Tensor:
    """Two 1x1 convolutions, each after batch norm and ReLU."""
    y = F.conv2d(ready(y), weights.heads[0])
    return F.conv2d(ready(y), weights.heads[-1])


def right_mask(x: Tensor, weights: Weights) -> Tensor:
    """The mask as it should be."""
    return torch.sigmoid(right_tail(right_body(x, weights), weights))


def mask_forms(x: Tensor, weights: Weights) -> Forms:
    """Yield the usual wrong masks made of these weights."""
    body = right_body(x, weights)
    for mistake, form in end_forms(x, right_tail(body, weights)):
        yield mistake, form
    for mistake, form in tail_forms(body, weights):
        yield mistake, torch.sigmoid(form)
    for mistake, form in body_forms(x, weights):
        yield mistake, torch.sigmoid(right_tail(form, weights))
    low = unit(unit(halved(x), weights.units[0]), weights.units[-1])
    late = "the stretch comes too late: it stands before the two 1x1 convolutions"
    small = right_tail(low, weights)
    yield "half size: stretch back to the input's height and width", small.sigmoid()
    yield late, stretched(small, x.shape[-2:]).sigmoid()
    yield late, stretched(small.sigmoid(), x.shape[-2:])


def end_forms(x: Tensor, y: Tensor) -> Forms:
    """Yield what other ends make of the last map ``y``."""
    yield "the input comes back as it was: nothing is computed from it", x
    no_sigmoid = "the sigmoid is left out: the last map's values have any size"
    yield no_sigmoid, y
    yield no_sigmoid, F.relu(y)
    yield "tanh: it gives -1 to 1; the sigmoid gives 0 to 1", torch.tanh(y)
    over = "a softmax makes the values compete; the sigmoid weighs each by itself"
    yield over, F.softmax(y, 1)
    yield over, F.softmax(y.flatten(2), -1).view_as(y)
    yield over, F.softmax(y.flatten(1), -1).view_as(y)
    yield over, F.softmax(y, -1)
    after = "batch norm at the end: nothing stands between the last 1x1 and the result "
    after += "but the sigmoid"
    yield after, norm(y.sigmoid())
    yield after, norm(y).sigmoid()
    yield after, ready(y).sigmoid()
    bent = "a ReLU before the sigmoid: the mask never falls below 0.5"
    yield bent, F.relu(y).sigmoid()
    yield "the sigmoid is applied twice", y.sigmoid().sigmoid()
    yield "a hard sigmoid: torch.sigmoid is wanted", F.hardsigmoid(y)
    one = "one channel for all: each channel of the mask has its own values"
    yield one, y.mean(1, keepdim=True).sigmoid().expand_as(y)
    yield one, y.sigmoid().mean(1, keepdim=True).expand_as(y)
    yield one, y.mean(1, keepdim=True).sigmoid()
    yield one, y.sigmoid().mean(1, keepdim=True)
    flat = "one value for a channel: each pixel of the mask has its own"
    yield flat, y.mean((2, 3), keepdim=True).sigmoid().expand_as(y)
    yield flat, y.mean((2, 3), keepdim=True).sigmoid()
    alone = "x is in the result: return the mask alone, weighting comes in chapter 3"
    for form in (x * y.sigmoid(), x * (1 + y.sigmoid()), x + y.sigmoid()):
        yield alone, form
    yield alone, (x + y).sigmoid()
    yield "1 is added: return the mask alone", 1 + y.sigmoid()
    yield "the sigmoid's sign is turned", torch.sigmoid(-y)


def tail_forms(body: Tensor, weights: Weights) -> Forms:
    """Yield what other tails make of the stretched map."""
    first, last = weights.heads[0], weights.heads[-1]
    yield from late_tails(body, first, last)
    bare = "batch norm and ReLU are missing before a 1x1 convolution: each has both"
    for one in (lambda y: y, norm, F.relu, ready):
        for two in (lambda y: y, norm, F.relu, ready):
            if (one, two) != (ready, ready):
                yield bare, F.conv2d(two(F.conv2d(one(body), first)), last)
    turned = "the order is batch norm, ReLU, 1x1: here it is another"
    y = F.conv2d(body, first)
    yield turned, norm(F.conv2d(ready(y), last))
    yield turned, norm(F.conv2d(norm(y), last))
    y = F.conv2d(norm(F.relu(body)), first)
    yield turned, F.conv2d(norm(F.relu(y)), last)
    yield "one 1x1 convolution is used twice: each is its own", F.conv2d(
        ready(F.conv2d(ready(body), first)), first
    )
    own = "each image is normalised by itself: batch norm takes the batch's statistics"
    y = F.conv2d(F.relu(F.instance_norm(body)), first)
    yield own, F.conv2d(F.relu(F.instance_norm(y)), last)
    only = "a single 1x1 convolution: two are wanted"
    for weight in (first, last):
        yield only, F.conv2d(ready(body), weight)
        yield only, F.conv2d(body, weight)
    yield "the 1x1 convolutions are left out", body


def late_tails(body: Tensor, first: Tensor, last: Tensor) -> Forms:
    """Yield tails with batch norm and ReLU behind a 1x1, behind one or behind both."""
    late = "batch norm and ReLU come after the 1x1; they stand before it"
    right = F.conv2d(ready(body), first)
    for after in (ready, lambda y: norm(F.relu(y))):
        y = after(F.conv2d(body, first))
        yield f"{late} (the first has none before it)", F.conv2d(y, last)
        yield late, F.conv2d(ready(y), last)
        yield late, after(F.conv2d(y, last))
        yield late, after(F.conv2d(right, last))
        yield late, norm(F.conv2d(y, last))


def body_forms(x: Tensor, weights: Weights) -> Forms:
    """Yield what other ways down and up make of ``x``."""
    first, last = weights.units[0], weights.units[-1]
    size = x.shape[-2:]
    low = unit(unit(halved(x), first), last)
    once = "a unit is used twice: build two, each with weights of its own"
    yield once, stretched(unit(unit(halved(x), first), first), size)
    yield "a single unit: two are wanted below the pooling", stretched(
        unit(halved(x), first), size
    )
    yield "the units are left out", stretched(halved(x), size)
    yield "the pooling is left out: the units work at full size", unit(
        unit(x, first), last
    )
    for mistake, form in pooling_forms(x):
        if min(form.shape[-2:]) > 1:
            yield f"pooling, {mistake}", stretched(unit(unit(form, first), last), size)
    for mistake, form in stretch_forms(low, size):
        yield f"stretch, {mistake}", form
    back = stretched(low, size)
    added = "x is added to the stretched map: the mask takes only the size from it"
    yield added, back + x
    yield added, back + unit(x, first)
    yield "the stretched map is multiplied by x: the mask is made of it alone", back * x
    yield "a skip round the two units: nothing is added below one pooling", stretched(
        low + halved(x), size
    )
    early = "the first unit stands before the pooling: both stand behind it"
    yield early, stretched(unit(halved(unit(x, first)), last), size)
    yield early, stretched(halved(unit(unit(x, first), last)), size)
    yield "the second unit stands behind the stretch: both stand before it", unit(
        stretched(unit(halved(x), first), size), last
    )
