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
    return size(b for b in network.buffers() if b.is_floating_point())


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
            kept += 0 if name == "num_batches_tracked" else buffer.numel()
    return [weights, learned, learned + kept]


def as_tensors(network):
    return torch.tensor(counts(network))


def by_mean_and_variance(network):
    """Right: the statistics by their names, in floats."""
    kept = 0.0
    for part in network.modules():
        for name in ("running_mean", "running_var"):
            if getattr(part, name, None) is not None:
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


def by_name(network):
    return size(p for name, p in network.named_parameters() if "bn" not in name)


def kernels(network):
    return size(p for p in network.parameters() if p.dim() > 1)


def convolutions(network):
    parts = {p for p in network.modules() if isinstance(p, nn.Conv2d)}
    return size(p for part in parts for p in part.parameters())


def trainable(network):
    return size(p for p in network.parameters() if p.requires_grad)


def in_state(network):
    return size(network.state_dict().values())


def floats_in_state(network):
    return size(x for x in network.state_dict().values() if x.is_floating_point())


def twice(network):
    return size(p for _, p in network.named_parameters(remove_duplicate=False))


def evaluates(network):
    network.eval()
    return counts(network)


def unfreezes(network):
    network.requires_grad_(True)
    return counts(network)


def in_layers(network):
    parts = [p for p in network.modules() if isinstance(p, (nn.Conv2d, nn.Linear))]
    return size(p for part in parts for p in part.parameters())


def norms_by_every_name(network):
    parts = [p for _, p in network.named_modules(remove_duplicate=False)]
    return size(p for part in parts if isinstance(part, NORMS)
                for p in part.parameters())


def part_after_part(network):
    return size(p for part in network.modules() for p in part.parameters())


def outer_norms(network):
    parts = [part for part in network.children() if isinstance(part, NORMS)]
    return size(p for part in parts for p in part.parameters())


def channels(network):
    parts = [part for part in network.modules() if isinstance(part, NORMS)]
    return sum(part.num_features for part in parts)


def both_statistics(network):
    parts = [part for part in network.modules() if isinstance(part, NORMS)]
    return all_of(network) + sum(
        part.running_mean.numel() + part.running_var.numel() for part in parts)


WRONG = [
    wrong("weights by dimension, without biases", "biases", changed(0, kernels)),
    wrong("convolutions alone", "linear layers", changed(0, convolutions)),
    wrong("weights with batch norms", "Go by type", changed(0, all_of)),
    wrong("batch norms by their names", "Go by type", changed(0, by_name)),
    wrong("only BatchNorm2d", "BatchNorm1d", changed(
        0, lambda n: all_of(n) - norms(n, (nn.BatchNorm2d,)))),
    wrong("weights that are not frozen", "frozen", changed(
        0, lambda n: trainable(n) - norms(n))),
    wrong("weights by every name", "twice", changed(0, lambda n: twice(n) - norms(n))),
    wrong("learnable without batch norms", "missing", changed(
        1, lambda n: counts(n)[0])),
    wrong("scales without shifts", "two numbers a channel", changed(
        1, lambda n: counts(n)[0] + norms(n) // 2)),
    wrong("what is not frozen", "frozen", changed(1, trainable)),
    wrong("learnable from the whole state", "not learned", changed(1, in_state)),
    wrong("learnable with statistics", "not learned", changed(
        1, lambda n: counts(n)[2])),
    wrong("learnable by every name", "twice", changed(1, twice)),
    wrong("the batches counted, too", "num_batches_tracked", changed(
        2, lambda n: all_of(n) + size(n.buffers()))),
    wrong("stored without statistics", "are missing", changed(2, all_of)),
    wrong("means without variances", "running variance", changed(
        2, lambda n: all_of(n) + statistics(n) // 2)),
    wrong("the statistics alone", "alone", changed(2, statistics)),
    wrong("in bytes", "bytes", changed(2, lambda n: 4 * counts(n)[2])),
    wrong("the whole state", "num_batches_tracked", changed(2, in_state)),
    wrong("the numbers with a point in the state", "both names", changed(
        2, floats_in_state)),
    wrong("as many statistics as scales", "not every batch norm", changed(
        2, lambda n: all_of(n) + norms(n))),
    wrong("stored, of what is not frozen", "frozen", changed(
        2, lambda n: trainable(n) + statistics(n))),
    wrong("in the other order", "order", lambda n: counts(n)[::-1]),
    wrong("the sum", "return weights, learnable, stored", lambda n: sum(counts(n))),
    wrong("two of three", "return weights, learnable, stored", lambda n: counts(n)[:2]),
    wrong("as text", "no text", lambda n: [f"{one:,}" for one in counts(n)]),
    wrong("printed", "return weights", lambda n: print(counts(n), end="\r")),
    wrong("switches to evaluation mode", "counting changes nothing", evaluates),
    wrong("unfreezes", "counting changes nothing", unfreezes),
    wrong("Attention-56's numbers", None, lambda n: (31738024, 31810728, 31883432)),
    wrong("raises", None, lambda n: n.no_such_part),
    wrong("no layers of other kinds", "other layers", changed(0, in_layers)),
    wrong("every norm left out", "only batch norms", changed(0, lambda n: (
        all_of(n) - norms(n, (*NORMS, nn.GroupNorm, nn.LayerNorm))))),
    wrong("a batch norm used twice left out twice", "used twice", changed(
        0, lambda n: all_of(n) - norms_by_every_name(n))),
    wrong("parameters of parts in parts", "again and again", changed(
        0, lambda n: part_after_part(n) - norms(n))),
    wrong("the outermost batch norms", "outermost", changed(
        0, lambda n: all_of(n) - outer_norms(n))),
    wrong("two for each channel", "not its channels", changed(
        0, lambda n: all_of(n) - 2 * channels(n))),
    wrong("scales left out, shifts not", "half of them", changed(
        0, lambda n: all_of(n) - norms(n) // 2)),
    wrong("batch norms alone", "scales and shifts alone", changed(0, norms)),
    wrong("in millions", "not millions", lambda n: [one / 1e6 for one in counts(n)]),
    wrong("statistics that may be None", "without scales", changed(
        2, both_statistics)),
    wrong("statistics for all channels", "keeps no statistics", changed(
        2, lambda n: all_of(n) + 2 * channels(n))),
]
