"""Answers to *Count the depth*."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.soft_mask import SoftMaskBranch
from tests.banks import Answer

NAME = "depth"
WEIGHTED = (nn.Conv2d, nn.Linear)


def by_recursion(network):
    layers = 0
    for name, part in network.named_children():
        if isinstance(part, SoftMaskBranch) or name == "projection":
            continue
        layers += isinstance(part, WEIGHTED) + by_recursion(part)
    return layers


def by_name(network):
    return sum(
        isinstance(part, WEIGHTED)
        for name, part in network.named_modules()
        if "mask" not in name and "projection" not in name
    )


def by_subtraction(network):
    """Right: all layers, less those of every mask and every projection."""
    def layers(part):
        return sum(isinstance(one, WEIGHTED) for one in part.modules())

    total = layers(network)
    for name, part in network.named_modules():
        place = name.split(".")
        if isinstance(part, SoftMaskBranch):
            total -= layers(part)
        elif place[-1] == "projection" and "mask" not in place and part is not None:
            total -= layers(part)
    return total


def by_weights(network):
    """Right: a convolution's weight has four axes, the classifier's has two."""
    return torch.tensor(sum(
        p.dim() in (2, 4) for name, p in network.named_parameters()
        if not {"mask", "projection"} & set(name.split("."))
    ))


def by_three_a_unit(network):
    """Right: three layers a unit, the stem's and the classifier's."""
    stem = sum(isinstance(part, nn.Conv2d) for part in network.stem.modules())
    return stem + 1 + 3 * sum(
        hasattr(part, "conv3") and "mask" not in name
        for name, part in network.named_modules()
    )


def on_a_copy(network):
    """Right: take the masks out of a copy, then count."""
    network = deepcopy(network)
    for part in list(network.modules()):
        for name, _ in list(part.named_children()):
            if name in ("mask", "projection"):
                setattr(part, name, nn.Identity())
    return sum(isinstance(part, WEIGHTED) for part in network.modules())


RIGHT = [
    Answer(NAME, "a recursive walk", by_recursion),
    Answer(NAME, "by the places' names", by_name),
    Answer(NAME, "all layers, less the others", by_subtraction),
    Answer(NAME, "by the weights' axes, as a tensor", by_weights),
    Answer(NAME, "three a unit", by_three_a_unit),
    Answer(NAME, "on a copy without masks", on_a_copy),
]


def with_masks_mended(network):
    for part in network.modules():
        if isinstance(part, AttentionModule):
            part.mask = nn.Identity()
    return by_name(network)


def trunks_alone(network):
    total = 2
    for part in network.modules():
        if isinstance(part, AttentionModule):
            total += 3 * len(part.trunk)
    return total


class Counter:
    """Keeps its count between two calls."""

    def __init__(self):
        self.layers = 0

    def __call__(self, network):
        self.layers += by_recursion(network)
        return self.layers


def to_eval(network):
    return by_recursion(network.eval())


def with_hooks(network):
    for name, part in network.named_modules():
        if isinstance(part, WEIGHTED) and "mask" not in name:
            part.register_forward_hook(lambda *_: None)
    return by_recursion(network)


def endless(network):
    return endless(network)


def by_running(network):
    found, hooks = [], []
    for name, part in network.named_modules():
        if isinstance(part, WEIGHTED) and not set(RIGHT_SKIP) & set(name.split(".")):
            hooks.append(part.register_forward_hook(lambda *_: found.append(1)))
    try:
        network(torch.zeros(2, 3, 32, 32))
    finally:
        for hook in hooks:
            hook.remove()
    return len(found)


RIGHT_SKIP = ("mask", "projection")
WRONG = [
    Answer(NAME, "only the modules' trunks", trunks_alone, None),
    Answer(NAME, "by running it", by_running, "computed"),
    Answer(NAME, "the masks taken out for good", with_masks_mended, "take parts out"),
    Answer(NAME, "the mode changed", to_eval, "mode"),
    Answer(NAME, "hooks left behind", with_hooks, "add to them"),
    Answer(NAME, "counts on", Counter(), "kept between calls"),
    Answer(NAME, "never ends", endless, "ends the walk"),
    Answer(NAME, "a float", lambda n: by_name(n) / 1, "//"),
    Answer(NAME, "the layers themselves",
           lambda n: [p for p in n.modules() if isinstance(p, WEIGHTED)], "whole"),
    Answer(NAME, "as text", lambda n: str(by_name(n)), "whole"),
]
