"""Answers to *A counter of your own*."""

from __future__ import annotations

from torch import nn

from resattn_tutorial.cost.flops import operations, torch_count
from tests.banks import Answer

NAME = "multiply_adds"


def by_kind(network, images):
    """Right: a rule for each kind of layer, and a number that grows."""
    total = 0

    def convolution(layer, inputs, output):
        nonlocal total
        height, width = layer.kernel_size
        each = layer.in_channels // layer.groups * height * width
        total += output.numel() * each

    def linear(layer, inputs, output):
        nonlocal total
        total += inputs[0].numel() * layer.out_features

    handles = []
    for part in network.modules():
        if isinstance(part, nn.Conv2d):
            handles.append(part.register_forward_hook(convolution))
        if isinstance(part, nn.Linear):
            handles.append(part.register_forward_hook(linear))
    network(images)
    for handle in handles:
        handle.remove()
    return total


def by_the_recorder(network, images):
    return sum(one.multiply_adds for one in operations(network, images))


def by_torchs_counter(network, images):
    return float(torch_count(network, images).total())


RIGHT = [
    Answer(NAME, "a rule for each kind", by_kind),
    Answer(NAME, "by the recorder of operations", by_the_recorder),
    Answer(NAME, "by PyTorch's counter, as a float", by_torchs_counter),
]


def other(story, named, function):
    return Answer(NAME, story, function, named)


def in_training_mode(network, images):
    network.train()
    return by_kind(network, images)


def not_nonlocal(network, images):
    total = 0

    def note(layer, inputs, output):
        total += output.numel()                      # noqa: F823, F841  (the mistake)

    for part in network.modules():
        if isinstance(part, nn.Conv2d | nn.Linear):
            part.register_forward_hook(note)
    network(images)
    return total


def two_arguments(network, images):
    for part in network.modules():
        part.register_forward_hook(lambda layer, output: None)
    return network(images)


def as_though_a_tensor(network, images):
    sizes = []
    hooks = [
        part.register_forward_hook(lambda layer, x, y: sizes.append(x.numel()))
        for part in network.modules()
    ]
    network(images)
    return sum(sizes), hooks


WRONG = [
    other("switches to training mode", "outlasts", in_training_mode),
    other("a name of its own inside the hook", "nonlocal", not_nonlocal),
    other("a hook with two arguments", "three things", two_arguments),
    other("inputs taken for a tensor", "tuple", as_though_a_tensor),
    other("a list for each layer", "one whole number",
          lambda network, images: [by_kind(network, images)]),
    other("as text", "no strings",
          lambda network, images: str(by_kind(network, images))),
]
