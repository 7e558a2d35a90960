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


def at_once(network, images, labels, most):
    network.zero_grad()
    loss = F.cross_entropy(network(images), labels)
    loss.backward()
    return loss.item()


def one_graph(network, images, labels, most):
    network.zero_grad()
    total = 0.0
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        total = total + F.cross_entropy(network(x), y) * len(y) / len(labels)
    total.backward()
    return total.item()


def all_logits(network, images, labels, most):
    network.zero_grad()
    logits = torch.cat([network(x) for x in images.split(most)])
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    return loss.item()


def with_a_step(network, images, labels, most):
    loss = by_size(network, images, labels, most)
    with torch.no_grad():
        for p in network.parameters():
            p -= 0.1 * p.grad
    return loss


def no_backward(network, images, labels, most):
    network.zero_grad()
    return sum(
        F.cross_entropy(network(x), y).item() * len(y) / len(labels)
        for x, y in zip(images.split(most), labels.split(most), strict=True)
    )


def full_shares_only(network, images, labels, most):
    network.zero_grad()
    total = 0.0
    for k in range(len(labels) // most):
        here = slice(k * most, (k + 1) * most)
        loss = F.cross_entropy(network(images[here]), labels[here]) * most / len(labels)
        loss.backward()
        total += loss.item()
    return total


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


def item_first(network, images, labels, most):
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        F.cross_entropy(network(x), y).item().backward()


def chunks_of_most(network, images, labels, most):
    """``most`` taken for the number of parts."""
    network.zero_grad()
    total = 0.0
    for x, y in zip(images.chunk(most), labels.chunk(most), strict=True):
        loss = F.cross_entropy(network(x), y) * len(y) / len(labels)
        loss.backward()
        total += loss.item()
    return total


def under_no_grad(network, images, labels, most):
    with torch.no_grad():
        return by_size(network, images, labels, most)


def two_passes(network, images, labels, most):
    network.zero_grad()
    total = 0.0
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        network(x)
        loss = F.cross_entropy(network(x), y) * len(y) / len(labels)
        loss.backward()
        total += loss.item()
    return total


def last_loss(network, images, labels, most):
    by_size(network, images, labels, most)
    with torch.no_grad():
        part = labels.split(most)[-1]
        return F.cross_entropy(network(images[-len(part):]), part).item()


def zero_at_the_end(network, images, labels, most):
    loss = by_size(network, images, labels, most)
    network.zero_grad()
    return loss


def right_gradient(loss_weight):
    """The gradient is right, and the loss is put together wrongly."""
    def my_backward(network, images, labels, most):
        network.zero_grad()
        total, parts = 0.0, labels.split(most)
        for x, y in zip(images.split(most), parts, strict=True):
            loss = F.cross_entropy(network(x), y)
            (loss * len(y) / len(labels)).backward()
            total += loss.item() * loss_weight(len(y), len(labels), len(parts))
        return total
    return my_backward


def graphs_retained(network, images, labels, most):
    network.zero_grad()
    losses = []
    for x, y in zip(images.split(most), labels.split(most), strict=True):
        loss = F.cross_entropy(network(x), y) * len(y) / len(labels)
        loss.backward(retain_graph=True)
        losses.append(loss)
    return sum(losses).item()


def in_eval(network, images, labels, most):
    network.eval()
    return by_size(network, images, labels, most)


def first_labels(network, images, labels, most):
    network.zero_grad()
    total = 0.0
    for x in images.split(most):
        loss = F.cross_entropy(network(x), labels[: len(x)]) * len(x) / len(labels)
        loss.backward()
        total += loss.item()
    return total


WRONG = [
    Answer(NAME, "graphs retained", graphs_retained, "retain_graph"),
    Answer(NAME, "eval mode", in_eval, "mode"),
    Answer(NAME, "the first labels for all", first_labels, "own labels"),
    Answer(NAME, "four at a time, whatever comes",
           lambda n, x, y, most: by_size(n, x, y, 4), "no part may be larger"),
    Answer(NAME, "loss: divided once more",
           right_gradient(lambda n, c, p: n / c / p), "divide their sum again"),
    Answer(NAME, "a mean of means", make(lambda n, c, k, m, p: 1 / p), "by its size"),
    Answer(NAME, "a sum of means", make(lambda n, c, k, m, p: 1), "are added"),
    Answer(NAME, "a sum over the batch", make(lambda n, c, k, m, p: n), "are added"),
    Answer(NAME, "divided by most", make(lambda n, c, k, m, p: n / m), "not by `most`"),
    Answer(NAME, "most over the batch", make(lambda n, c, k, m, p: m / c),
           "smaller than"),
    Answer(NAME, "means over the batch", make(lambda n, c, k, m, p: 1 / c),
           "by its size"),
    Answer(NAME, "parts rounded down", make(lambda n, c, k, m, p: 1 / max(c // m, 1)),
           "rounded up"),
    Answer(NAME, "no zero_grad", make(lambda n, c, k, m, p: n / c, zero="never"),
           "from before"),
    Answer(NAME, "zero_grad for each part",
           make(lambda n, c, k, m, p: n / c, zero="each"), "before the loop"),
    Answer(NAME, "zero_grad for each part, means",
           make(lambda n, c, k, m, p: 1, zero="each"), "before the loop"),
    Answer(NAME, "the wrong sign", make(lambda n, c, k, m, p: -n / c), "sign"),
    Answer(NAME, "twice", make(lambda n, c, k, m, p: 2 * n / c), "twice"),
    Answer(NAME, "zeroed at the end", zero_at_the_end, "no gradient"),
    Answer(NAME, "the whole batch at once", at_once, "whole batch"),
    Answer(NAME, "one graph of all losses", one_graph, "graphs"),
    Answer(NAME, "one graph of all logits", all_logits, "graphs"),
    Answer(NAME, "two passes", two_passes, "once"),
    Answer(NAME, "a step, too", with_a_step, "no step"),
    Answer(NAME, "no backward", no_backward, "backward"),
    Answer(NAME, "full parts only", full_shares_only, "smaller"),
    Answer(NAME, "equal parts only", equal_shares, "smaller"),
    Answer(NAME, "labels not cut", labels_whole, "cut the labels"),
    Answer(NAME, "a float before backward", item_first, "backward"),
    Answer(NAME, "most for the number of parts", chunks_of_most, "chunk(n)"),
    Answer(NAME, "no_grad", under_no_grad, "graph is cut"),
    Answer(NAME, "the last micro-batch's loss", last_loss, "add them up"),
    Answer(NAME, "loss: a mean of means", right_gradient(lambda n, c, p: 1 / p),
           "by its size"),
    Answer(NAME, "loss: a sum of means", right_gradient(lambda n, c, p: 1),
           "are added"),
    Answer(NAME, "loss: a sum", right_gradient(lambda n, c, p: n), "are added"),
    Answer(NAME, "a tensor", make(lambda n, c, k, m, p: n / c, cut=False), ".item()"),
    Answer(NAME, "nothing", make(lambda n, c, k, m, p: n / c, give=lambda t: None),
           "without a return"),
    Answer(NAME, "three arguments", lambda network, images, labels: 0.0, "arguments"),
    Answer(NAME, "returns the labels", lambda n, x, y, most: y, "backward"),
]
