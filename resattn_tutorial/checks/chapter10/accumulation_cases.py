"""Batches to learn from in micro-batches, and the usual mistakes in the sum.

A wrong answer usually gives each part another weight in the sum: all of them 1, all of
them alike, only one of them. So the losses and gradients of all parts are computed
once, and the answer's are compared with the sums that such weights would give.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from resattn_tutorial.checks.chapter10.accumulation_bench import make_bench
from resattn_tutorial.checks.engine.probe import same

CASES = ((10, 4), (6, 6), (7, 3), (5, 8), (4, 1))


def make_batch(count: int) -> tuple[Tensor, Tensor]:
    """Images ``(count, 3, 6, 6)`` and labels ``(count,)``."""
    generator = torch.Generator().manual_seed(count)
    images = torch.randn(count, 3, 6, 6, generator=generator)
    return images, torch.randint(5, (count,), generator=generator)


def gradient(network: nn.Module) -> Tensor:
    """All gradients as one vector; zeros where there is none."""
    return torch.cat([
        (torch.zeros_like(p) if p.grad is None else p.grad).detach().flatten()
        for p in network.parameters()
    ])


def learned(images: Tensor, labels: Tensor) -> tuple[float, Tensor]:
    """The mean loss of images, and its gradient."""
    network = make_bench().network
    network.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    return loss.item(), gradient(network)


Weigh = Callable[[int, int, list[int], int], float]
# Each gives the weight of part k, of sizes[k] images out of `count`, `most` at a time.
SUM = "the losses of the parts are added; the mean over the batch is meant"
WEIGHTS: list[tuple[Weigh, str]] = [
    (lambda k, count, sizes, most: 1 / len(sizes), "the mean of the micro-batches' "
     "means: a "
     "smaller last part must count less, by its size"),
    (lambda k, count, sizes, most: 1.0, SUM),
    (lambda k, count, sizes, most: sizes[k], SUM),
    (lambda k, count, sizes, most: sizes[k] / most, "divide by the number of images in "
     "the batch, not by `most`"),
    (lambda k, count, sizes, most: most / count, "the last part may be smaller than "
     "`most`: count its images"),
    (lambda k, count, sizes, most: 1 / count, "each micro-batch's mean counts by its "
     "size: "
     "times len(y), divided by len(labels)"),
    (lambda k, count, sizes, most: 1 / max(count // most, 1), "the number of parts is "
     "rounded up, and they are not equal: weigh by size"),
    (lambda k, count, sizes, most: float(k == len(sizes) - 1), "only the last "
     "micro-batch's "
     "gradient is left: zero_grad belongs before the loop"),
    (lambda k, count, sizes, most: (k == len(sizes) - 1) * sizes[k] / count, "only the "
     "last micro-batch's gradient is left: zero_grad belongs before the loop"),
    (lambda k, count, sizes, most: float(k == 0), "only the first part is learned "
     "from"),
    (lambda k, count, sizes, most: (k == 0) * sizes[k] / count, "only the first part "
     "is learned from"),
    (lambda k, count, sizes, most: (sizes[k] == most) * sizes[k] / count, "a smaller "
     "last part counts, too"),
    (lambda k, count, sizes, most: (sizes[k] == most) * 1 / max(count // most, 1), "a "
     "smaller last part counts, too"),
    (lambda k, count, sizes, most: -sizes[k] / count, "the sign"),
    (lambda k, count, sizes, most: 2 * sizes[k] / count, "backward is called twice"),
]


class Wanted(NamedTuple):
    """What is right for a case, and what each wrong weight would give."""

    loss: float
    gradient: Tensor
    forms: list[tuple[str, float, Tensor]]


def wanted(count: int, most: int) -> Wanted:
    """The right loss and gradient, and the wrong ones with their words."""
    images, labels = make_batch(count)
    pairs = zip(images.split(most), labels.split(most), strict=True)
    each = [learned(x, y) for x, y in pairs]
    sizes = [len(part) for part in labels.split(most)]
    forms = []
    for weigh, words in WEIGHTS:
        weights = [float(weigh(k, count, sizes, most)) for k in range(len(sizes))]
        loss = sum(w * one for w, (one, _) in zip(weights, each, strict=True))
        moved = sum(w * one for w, (_, one) in zip(weights, each, strict=True))
        forms.append((words, loss, moved))
    again = [learned(x, labels[: len(x)]) for x in images.split(most)]
    shared = [size / count for size in sizes]
    forms.append((
        "each part needs its own labels: cut them like the images",
        sum(w * one for w, (one, _) in zip(shared, again, strict=True)),
        sum(w * one for w, (_, one) in zip(shared, again, strict=True)),
    ))
    return Wanted(*learned(images, labels), forms)


def name_gradient(got: Tensor, goal: Wanted) -> str | None:
    """Which mistake gives this gradient."""
    if not got.any():
        return "there is no gradient: backward() for each part"
    left = torch.ones_like(got)
    if same(got, left):
        return "the gradients are those from before: backward() for each part"
    if same(got, goal.gradient + left):
        return "gradients from before are still in the sum: zero_grad before the loop"
    for words, _, form in goal.forms:
        if same(got, form) or same(got, form + left):
            return words
    return None


def name_loss(got: float, goal: Wanted, parts: int) -> str | None:
    """Which mistake gives this loss, where the gradient is right."""
    if abs(got - goal.loss / parts) < 1e-4:
        return "the losses have their weights already: do not divide their sum again"
    for words, form, _ in goal.forms:
        if abs(got - form) < 1e-4:
            last = words.startswith("only the last")
            return "only the last micro-batch's loss is returned: add them up" if last \
                else words
    return None


ERRORS = {
    "has no attribute 'backward'": "backward belongs to the loss as a tensor: .item() "
    "comes after it",
    "does not require grad": "the graph is cut: no_grad, .item() or .detach() before "
    "backward",
    "backward through the graph a second time": "each part has a graph of its own, "
    "and backward goes through it once",
    "must match": "cut the labels like the images, and keep the pairs together",
    "Expected input batch_size": "cut the labels like the images, and keep the pairs "
    "together",
    "shape": "the last part may be smaller than the others",
    "invalid for input of size": "the last part may be smaller than the others",
    "zip()": "cut the labels like the images, and keep the pairs together",
    "unpack": "any number of parts may come: a loop over them",
    "index": "any number of parts may come: a loop over them",
    "ZeroDivision": "a batch may be smaller than `most`: it is one part then",
    "implicitly created only for scalar": "the loss of a part is one number: its mean",
}
"""From the words of an error to the mistake that usually lies behind it."""
