"""The convolution weights of a learner's mask, found by their shapes alone.

No attribute needs a certain name, and no layer a certain place in the list: where an
order is open, every order is tried.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.checks.engine.modules import is_vector


class Weights(NamedTuple):
    """A mask's convolution weights, in the order in which they are applied.

    Attributes:
        units: for each residual unit its 1x1, 3x3 and 1x1 weights.
        heads: the weights of the 1x1 convolutions behind the stretch.
    """

    units: list[tuple[Tensor, Tensor, Tensor]]
    heads: list[Tensor]


def settle(mask: nn.Module) -> None:
    """Give a fresh mask weights that show: random ones, no zeros, no shifts.

    A learner may start a convolution at zero or give it a bias; neither shall hide
    what the mask computes. A batch norm's scale is known by its ones.
    """
    with torch.no_grad():
        for weight in mask.parameters():
            if not is_vector(weight):
                fan_in = max(1, weight[0].numel())
                weight.copy_(torch.randn(weight.shape) * (2 / fan_in) ** 0.5)
            elif weight.dim() <= 1 and not torch.all(weight == 1):
                weight.zero_()


def find(mask: nn.Module, channels: int) -> list[list[Tensor]]:
    """The weights by kind: into a unit, its 3x3, out of it, behind the stretch."""
    width = channels // 4
    kinds = [(width, channels, 1, 1), (width, width, 3, 3)]
    kinds += [(channels, width, 1, 1), (channels, channels, 1, 1)]
    weights = [p.detach() for p in mask.parameters() if not is_vector(p)]
    # A matrix is a 1x1 convolution's weight too, in nn.Linear or F.linear.
    weights = [w[..., None, None] if w.dim() == 2 else w for w in weights]
    return [[w for w in weights if tuple(w.shape) == kind] for kind in kinds]


def arrangements(mask: nn.Module, channels: int, mixed: bool) -> Iterator[Weights]:
    """Yield the orders in which the mask's weights may be applied.

    ``mixed`` also takes the parts of a unit from different places in the list.
    """
    found = find(mask, channels)
    if any(not 1 <= len(kind) <= 2 for kind in found):
        return
    for orders in itertools.product(*[itertools.permutations(kind) for kind in found]):
        parts = zip(found, orders, strict=True)
        turned = [order[0] is not kind[0] for kind, order in parts]
        if mixed or len(set(turned[:3])) == 1:
            yield Weights(list(zip(*orders[:3], strict=False)), list(orders[3]))


def count_mistake(mask: nn.Module, channels: int) -> str | None:
    """What is wrong with the number of the mask's weights; ``None`` if nothing is."""
    down, middle, up, heads = find(mask, channels)
    vectors = [p for p in mask.parameters() if is_vector(p)]
    others = len(list(mask.parameters())) - len(vectors)
    if not (down or middle or up or heads):
        return (
            "no weights are found: layers belong into __init__, as attributes or in "
            "nn.Sequential; a plain list or a layer built in forward is not seen"
        )
    if not (down or middle or up):
        return (
            "no residual unit's weights are found: make both in __init__; a plain "
            "list hides them, nn.ModuleList or nn.Sequential does not"
        )
    if len(down) < 2 or len(middle) < 2 or len(up) < 2:
        return "a single residual unit, perhaps used twice: build two of them"
    if len(middle) > 2:
        return f"{len(middle)} residual units: two are wanted"
    tall = [p for p in mask.parameters() if p.shape == (channels, channels, 3, 3)]
    if tall and len(heads) < 2:
        return "a 3x3 from C to C channels: the two behind the stretch are 1x1"
    if len(heads) > 2:
        return (
            "a 1x1 from C to C channels too many: two stand behind the stretch, and a "
            "unit that keeps its channels and its size has no projection"
        )
    if len(heads) < 2:
        return (
            f"{len(heads)} of two 1x1 convolutions from C to C channels: build two, "
            "use none of them twice"
        )
    if others > 8:
        return f"{others} convolutions: two units of three and two 1x1 make 8"
    if len(vectors) > 16:
        return "a bias in a convolution (set bias=False), or a batch norm too many"
    if len(vectors) < 16:
        return (
            "batch norms: too few scales and shifts; each of the eight is its own, "
            "with weights"
        )
    return None
