"""Answers to *Accumulate gradients*."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.banks import Answer

NAME = "accumulation"


def make(weight, zero="before", give=lambda total: total, cut=True):
    """An answer that weighs each micro-batch's mean: ``weight(x, whole, k, most)``."""
    def my_backward(network, images, labels, most):
        if zero == "before":
            network.zero_grad()
        total = 0.0
        pairs = list(zip(images.split(most), labels.split(most), strict=True))
        for k, (x, y) in enumerate(pairs):
            if zero == "each":
                network.zero_grad()
            loss = F.cross_entropy(network(x), y)
            loss = loss * weight(len(y), len(labels), k, most, len(pairs))
            loss.backward()
            total += loss.item() if cut else loss
        return give(total)
    return my_backward


by_size = make(lambda size, count, k, most, parts: size / count)


def with_sums(network, images, labels, most):
    for p in network.parameters():
        p.grad = None
    total = 0.0
    for start in range(0, len(labels), most):
        here = slice(start, start + most)
        loss = F.cross_entropy(network(images[here]), labels[here], reduction="sum")
        (loss / len(images)).backward()
        total += float(loss.detach())
    return total / len(images)


def rescaled(network, images, labels, most):
    network.zero_grad(set_to_none=False)
    losses = []
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        loss = -F.log_softmax(network(x), 1).gather(1, y[:, None]).sum()
        loss.backward()
        losses.append(loss.item())
    for p in network.parameters():
        p.grad /= len(labels)
    return sum(losses) / len(labels)


def by_autograd(network, images, labels, most):
    parameters = list(network.parameters())
    sums, total = [torch.zeros_like(p) for p in parameters], 0.0
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        loss = F.cross_entropy(network(x), y, reduction="sum") / len(labels)
        for one, more in zip(sums, torch.autograd.grad(loss, parameters), strict=True):
            one += more
        total += loss.item()
    for p, one in zip(parameters, sums, strict=True):
        p.grad = one
    return total


def one_by_one(network, images, labels, most):
    return by_size(network, images, labels, 1)


def sum_with_graphs(network, images, labels, most):
    network.zero_grad()
    total = 0                        # nodes remain, but no tensors behind them
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        loss = F.cross_entropy(network(x), y) * len(y) / len(labels)
        loss.backward()
        total = total + loss
    return total.item()


RIGHT = [
    Answer(NAME, "a sum of losses after their backward", sum_with_graphs),
    Answer(NAME, "each part by its size", by_size),
    Answer(NAME, "sums, divided by the batch", with_sums),
    Answer(NAME, "gradients divided at the end", rescaled),
    Answer(NAME, "by torch.autograd.grad", by_autograd),
    Answer(NAME, "image by image", one_by_one),
]


def equal_shares(network, images, labels, most):
    network.zero_grad()
    total, parts = 0.0, len(labels) // most
    stacked = images.reshape(parts, most, *images.shape[1:])
    for x, y in zip(stacked, labels.reshape(parts, most), strict=True):
        loss = F.cross_entropy(network(x), y) / parts
        loss.backward()
        total += loss.item()
    return total


def labels_whole(network, images, labels, most):
    network.zero_grad()
    for x in images.split(most):
        F.cross_entropy(network(x), labels).backward()
    return 0.0


WRONG = [
    Answer(NAME, "equal parts only", equal_shares, "smaller"),
    Answer(NAME, "labels not cut", labels_whole, "cut the labels"),
    Answer(NAME, "returns the labels", lambda n, x, y, most: y, "backward"),
]
