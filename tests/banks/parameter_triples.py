"""Answers to *Count the parameters three times*."""

from __future__ import annotations

import torch
from torch import nn

from tests.banks import Answer

NAME = "three_counts"
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)


def size(tensors):
    return sum(x.numel() for x in tensors)


def all_of(network):
    return size(network.parameters())


def norms(network, kinds=NORMS):
    parts = [part for part in network.modules() if isinstance(part, kinds)]
    return size(p for part in parts for p in part.parameters())


def statistics(network):
    parts = [part for part in network.modules() if isinstance(part, NORMS)]
    return size(b for part in parts for b in part.buffers() if b.is_floating_point())


def counts(network):
    known = all_of(network)
    return known - norms(network), known, known + statistics(network)


def part_by_part(network):
    """Right: ask every part for what it holds itself."""
    weights = learned = kept = 0
    seen = set()
    for part in network.modules():
        for parameter in part.parameters(recurse=False):
            if id(parameter) not in seen:
                seen.add(id(parameter))
                learned += parameter.numel()
                weights += 0 if isinstance(part, NORMS) else parameter.numel()
        for name, buffer in part.named_buffers(recurse=False):
            if isinstance(part, NORMS) and name != "num_batches_tracked":
                kept += buffer.numel()
    return [weights, learned, learned + kept]


def as_tensors(network):
    return torch.tensor(counts(network))


def by_mean_and_variance(network):
    """Right: the statistics by their names, in floats."""
    kept = 0.0
    for part in network.modules():
        for name in ("running_mean", "running_var"):
            if isinstance(part, NORMS) and getattr(part, name) is not None:
                kept += getattr(part, name).numel()
    weights, known, _ = counts(network)
    return weights, known, known + kept


RIGHT = [
    Answer(NAME, "by parameters and buffers", counts),
    Answer(NAME, "part by part", part_by_part),
    Answer(NAME, "in one tensor", as_tensors),
    Answer(NAME, "statistics by their names", by_mean_and_variance),
]


def wrong(story, named, function):
    return Answer(NAME, story, function, named)


def changed(place, function):
    """Right but for one of the three."""
    def answer(network):
        numbers = list(counts(network))
        numbers[place] = function(network)
        return tuple(numbers)
    return answer


def evaluates(network):
    network.eval()
    return counts(network)


def unfreezes(network):
    network.requires_grad_(True)
    return counts(network)


def both_statistics(network):
    parts = [part for part in network.modules() if isinstance(part, NORMS)]
    return all_of(network) + sum(
        part.running_mean.numel() + part.running_var.numel() for part in parts)


WRONG = [
    wrong("the sum", "return weights, learnable, stored", lambda n: sum(counts(n))),
    wrong("two of three", "return weights, learnable, stored", lambda n: counts(n)[:2]),
    wrong("as text", "no strings", lambda n: [f"{one:,}" for one in counts(n)]),
    wrong("switches to evaluation mode", "counting changes nothing", evaluates),
    wrong("unfreezes", "counting changes nothing", unfreezes),
    wrong("Attention-56's numbers", "no effect", lambda n: (
        31738024, 31810728, 31883432)),
    wrong("statistics that may be None", "without scales", changed(
        2, both_statistics)),
]
