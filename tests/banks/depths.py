"""Answers to *Count the depth*."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import nn

from resattn_tutorial.models.attention_module import AttentionModule
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.soft_mask import DownUp, SoftMaskBranch
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


def walk(skip=(), kinds=WEIGHTED, more=0, dotted=True):
    """An answer that leaves out places, by a word of their dotted names."""
    def answer(network):
        found = 0
        for name, part in network.named_modules():
            place = name.split(".") if dotted else name.split(".")[-1:]
            found += isinstance(part, kinds) and not set(skip) & set(place)
        return found + more
    return answer


def with_masks_mended(network):
    for part in network.modules():
        if isinstance(part, AttentionModule):
            part.mask = nn.Identity()
    return walk(("projection",))(network)


def only_stages(network):
    return sum(
        isinstance(part, WEIGHTED) and "mask" not in name and "projection" not in name
        for name, part in network.stages.named_modules()
    )


def tails_forgotten(network):
    layers = 0
    for name, part in network.named_children():
        if isinstance(part, DownUp | nn.Sequential) and name == "body":
            continue
        if name != "projection":
            layers += isinstance(part, WEIGHTED) + tails_forgotten(part)
    return layers


def units(network):
    return sum(
        hasattr(part, "conv3") and "mask" not in name
        for name, part in network.named_modules()
    )


def trunks_alone(network):
    total = 2
    for part in network.modules():
        if isinstance(part, AttentionModule):
            total += 3 * len(part.trunk)
    return total


def formula(network):
    modules = sum(isinstance(part, AttentionModule) for part in network.modules())
    return 12 * modules + 20


def pre_activation_units(network):
    return 2 + 3 * sum(
        isinstance(part, ResidualUnit) and "mask" not in name
        for name, part in network.named_modules()
    )


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


def kernels(size):
    def answer(network):
        return sum(
            getattr(part, "kernel_size", 0) == (size, size)
            for name, part in network.named_modules()
            if "mask" not in name and "projection" not in name
        )
    return answer


def results_lost(network):
    """Goes down, and throws away what comes back."""
    layers = 0
    for name, part in network.named_children():
        if name not in RIGHT_SKIP:
            layers += isinstance(part, WEIGHTED)
            results_lost(part)
    return layers


def two_walks(network):
    """Goes down by recursion and by named_modules() at once."""
    layers = 0
    for name, part in network.named_modules():
        if part is not network and not set(RIGHT_SKIP) & set(name.split(".")):
            layers += isinstance(part, WEIGHTED) + two_walks(part)
    return layers


def projections_by_stride(network):
    return sum(
        isinstance(part, WEIGHTED) and not (
            getattr(part, "kernel_size", 0) == (1, 1) and part.stride == (2, 2))
        for name, part in network.named_modules() if "mask" not in name
    )


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
    Answer(NAME, "the masks counted", walk(("projection",)), "beside the trunk"),
    Answer(NAME, "the projections counted", walk(("mask",)), "on the shortcut"),
    Answer(NAME, "both counted", walk(), "on the shortcut"),
    Answer(NAME, "every convolution", walk((), nn.Conv2d), "beside the trunk"),
    Answer(NAME, "projections by their last name",
           lambda n: sum(isinstance(p, WEIGHTED) for name, p in n.named_modules()
                         if "mask" not in name and not name.endswith("projection")),
           "nn.Sequential"),
    Answer(NAME, "masks by their last name", walk(RIGHT_SKIP, dotted=False),
           "beside the trunk"),
    Answer(NAME, "the classifier forgotten", walk(RIGHT_SKIP, nn.Conv2d), "classifier"),
    Answer(NAME, "the stem forgotten", walk((*RIGHT_SKIP, "stem")), "stem"),
    Answer(NAME, "the stem and the classifier forgotten",
           walk((*RIGHT_SKIP, "stem", "head")), "stem's convolutions"),
    Answer(NAME, "only the stages, by attribute", only_stages, "no `stages`"),
    Answer(NAME, "the masks' tails counted", tails_forgotten, "mask's end"),
    Answer(NAME, "batch norms counted", walk(RIGHT_SKIP, (*WEIGHTED, nn.BatchNorm2d)),
           "batch norms"),
    Answer(NAME, "the last units forgotten", walk((*RIGHT_SKIP, "after")), "half"),
    Answer(NAME, "the first units forgotten", walk((*RIGHT_SKIP, "before")), "half"),
    Answer(NAME, "before and after forgotten",
           walk((*RIGHT_SKIP, "before", "after")), "`before` the split"),
    Answer(NAME, "the trunk forgotten", walk((*RIGHT_SKIP, "trunk")), "`trunk`"),
    Answer(NAME, "units, not layers", units, "units are counted"),
    Answer(NAME, "units, and two", lambda n: units(n) + 2, "units are counted"),
    Answer(NAME, "only the 3x3", kernels(3), "3x3"),
    Answer(NAME, "only the 1x1", kernels(1), "1x1"),
    Answer(NAME, "the formula", formula, "36m"),
    Answer(NAME, "always 56", lambda n: 56, "same depth"),
    Answer(NAME, "twice each", lambda n: 2 * by_name(n), "twice"),
    Answer(NAME, "parameters", lambda n: len(list(n.parameters())), "parameters"),
    Answer(NAME, "all modules", lambda n: len(list(n.modules())), "all modules"),
    Answer(NAME, "only the units of chapter 1", pre_activation_units,
           "another class"),
    Answer(NAME, "only the modules' trunks", trunks_alone, None),
    Answer(NAME, "the modules left out",
           walk((*RIGHT_SKIP, "before", "trunk", "after")), "only the mask"),
    Answer(NAME, "units of chapter 1, not layers", walk(("mask",), ResidualUnit),
           "units are counted"),
    Answer(NAME, "three a unit, and two", lambda n: 3 * units(n) + 2, "more than one"),
    Answer(NAME, "one more by hand", walk(RIGHT_SKIP, more=1), "too many"),
    Answer(NAME, "projections by their stride", projections_by_stride, None),
    Answer(NAME, "what the walk finds is lost", results_lost, "nothing is found"),
    Answer(NAME, "two walks in one", two_walks, "more than once"),
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
    Answer(NAME, "printed", lambda n: print(end=""), "without a return"),
    Answer(NAME, "not a function", 56, "brackets"),
]
