"""What a network costs, worked out on paper (chapter 8).

Plain arithmetic on channels and sizes: no tensor is made and no layer is built, so a
whole network is counted in less time than it takes to write its name. Maps and images
are square. Multiply-adds are those of convolutions and linear layers, for one image;
the paper calls them FLOPs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Self

from resattn_tutorial.cost.stage_checks import require_stages
from resattn_tutorial.validation import (
    require_callable,
    require_count,
)

if TYPE_CHECKING:
    from resattn_tutorial.models.attention_network import Stage


@dataclass(frozen=True)
class Cost:
    """What a part costs. Costs add up, and ``3 * cost`` is that of three such parts.

    Attributes:
        weights: weights and biases of convolutions and linear layers.
        norms: scales and shifts of batch norms.
        multiply_adds: of convolutions and linear layers, for one image.
    """

    weights: int = 0
    norms: int = 0
    multiply_adds: int = 0

    @property
    def parameters(self) -> int:
        """All that is learned."""
        return self.weights + self.norms

    @property
    def stored(self) -> int:
        """All that is kept, a running mean and variance for each scale and shift."""
        return self.weights + 2 * self.norms

    def __add__(self, other: Self) -> Self:
        if not isinstance(other, Cost):
            return NotImplemented
        return Cost(
            self.weights + other.weights,
            self.norms + other.norms,
            self.multiply_adds + other.multiply_adds,
        )

    def __rmul__(self, count: int) -> Self:
        require_count("count", count, at_least=0)
        return Cost(
            count * self.weights,
            count * self.norms,
            count * self.multiply_adds,
        )


def convolution_cost(
    inputs: int, outputs: int, kernel: int, size: int, groups: int = 1
) -> Cost:
    """A convolution without bias.

    Args:
        inputs, outputs: channels, both a multiple of ``groups``.
        kernel, size: height and width of the kernel, and of the map that it puts out.
        groups: into how many groups the channels are split.

    Raises:
        TypeError, ValueError: a count is no whole number, too small or no multiple.
    """
    require_count("groups", groups)
    require_count("inputs", inputs, multiple_of=groups)
    require_count("outputs", outputs, multiple_of=groups)
    require_count("kernel", kernel)
    require_count("size", size)
    weights = kernel**2 * inputs // groups * outputs
    return Cost(weights, multiply_adds=weights * size**2)


def norm_cost(channels: int) -> Cost:
    """A batch norm: a scale and a shift for each channel."""
    return Cost(norms=2 * require_count("channels", channels))


def unit_cost(
    inputs: int, outputs: int, size: int, stride: int = 1
) -> Cost:
    """A residual unit of chapter 1, with a projection where the input does not fit.

    Args:
        inputs, outputs: channels; ``outputs`` is a multiple of 4.
        size: height and width of the map that comes in.
        stride: step of the 3x3 convolution and of the projection.
    """
    require_count("inputs", inputs)
    require_count("outputs", outputs, multiple_of=4)
    require_count("size", size)
    width = outputs // 4
    new = ceil(size / require_count("stride", stride))
    cost = (
        norm_cost(inputs) + convolution_cost(inputs, width, 1, size)
        + norm_cost(width) + convolution_cost(width, width, 3, new)
        + norm_cost(width) + convolution_cost(width, outputs, 1, new)
    )
    if stride != 1 or inputs != outputs:
        cost += convolution_cost(inputs, outputs, 1, new)
    return cost


def halved(size: int) -> int:
    """The size of a map after the authors' pooling: 3x3, stride 2, no padding, ceil."""
    return require_count("size", size, at_least=2) // 2


def mask_cost(channels: int, size: int, poolings: int, r: int = 1) -> Cost:
    """A soft mask branch on a map of ``size`` by ``size`` pixels.

    Args:
        channels: channels throughout, a multiple of 4.
        size: height and width of the mask, at least ``2 ** poolings``.
        poolings: how often the mask halves its map.
        r: residual units between two poolings.
    """
    require_count("channels", channels, multiple_of=4)
    require_count("poolings", poolings, at_least=0, at_most=16)
    require_count("size", size, at_least=2**poolings)
    require_count("r", r)
    small = halved(size) if poolings else size
    cost = 2 * r * unit_cost(channels, channels, small)
    for _ in range(poolings - 1):
        cost += unit_cost(channels, channels, small)      # in the skip
        small = halved(small)
        cost += 2 * r * unit_cost(channels, channels, small)
    once = norm_cost(channels)
    once += convolution_cost(channels, channels, 1, size)
    return cost + 2 * once


def trunk_cost(channels: int, size: int, p: int = 1, t: int = 2) -> Cost:
    """What an attention module holds beside its mask: ``2 * p + t`` units."""
    require_count("channels", channels, multiple_of=4)
    units = 2 * require_count("p", p) + require_count("t", t)
    return units * unit_cost(channels, channels, size)


def imagenet_stem_cost(image: int) -> tuple[Cost, int, int]:
    """The ImageNet stem: its cost, and the channels and the size of its map."""
    size = ceil(require_count("image", image, at_least=3) / 2)
    cost = convolution_cost(3, 64, 7, size) + norm_cost(64)
    return cost, 64, halved(size)


def cifar_stem_cost(image: int) -> tuple[Cost, int, int]:
    """The CIFAR stem: its cost, and the channels and the size of its map."""
    require_count("image", image)
    return convolution_cost(3, 16, 3, image), 16, image


def head_cost(channels: int, classes: int) -> Cost:
    """The last batch norm, and the linear layer with its bias."""
    require_count("channels", channels)
    require_count("classes", classes)
    weights = channels * classes
    return norm_cost(channels) + Cost(weights + classes, 0, weights)


def network_costs(
    stem: Callable[[int], tuple[Cost, int, int]],
    stages: Sequence[Stage],
    image: int,
    classes: int,
    p: int = 1,
    t: int = 2,
    r: int = 1,
) -> dict[str, Cost]:
    """A residual attention network, part by part; the sum is that of the whole.

    The parts are ``"stem"``, ``"stage 1, trunk"``, ``"stage 1, masks"`` and so on, and
    ``"head"``. A stage without modules has no masks.

    Args:
        stem: :func:`imagenet_stem_cost` or :func:`cifar_stem_cost`.
        stages: from the first to the last, as the network takes them.
        image: height and width of the image.
        classes: number of classes.
        p, t, r: as in
            :class:`~resattn_tutorial.models.attention_module.AttentionModule`.

    Raises:
        TypeError, ValueError: an argument is of another kind, a count is invalid, or a
            map is smaller than its mask's poolings need.
    """
    require_stages(stages)
    cost, channels, size = require_callable("stem", stem)(image)
    parts, stride = {"stem": cost}, 1
    for number, stage in enumerate(stages, 1):
        trunk = unit_cost(channels, stage.channels, size, stride)
        channels, size = stage.channels, ceil(size / stride)
        others = stage.enter - 1 + stage.leave
        trunk += others * unit_cost(channels, channels, size)
        trunk += stage.modules * trunk_cost(channels, size, p, t)
        parts[f"stage {number}, trunk"] = trunk
        if stage.modules:
            one = mask_cost(channels, size, stage.poolings, r)
            parts[f"stage {number}, masks"] = stage.modules * one
        stride = 2
    return parts | {"head": head_cost(channels, classes)}
