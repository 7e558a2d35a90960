"""Networks whose depth is known, and the wrong depths that the usual mistakes give.

A layer's place in a network is its dotted name, such as
``stages.0.1.mask.body.down.0.conv1``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.residual import ResidualUnit
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem

Keep = Callable[[list[str], nn.Module], bool]


def networks() -> Iterator[tuple[str, nn.Module, int]]:
    """Small networks with the wiring of the real ones: name, network, depth."""
    for name, modules, depth in (("56", (1, 1, 1), 56), ("92", (1, 2, 3), 92)):
        yield f"a narrow Attention-{name}", _imagenet(modules), depth
    stages = [Stage(8, 1, 1, leave=1), Stage(16, 2, 2, leave=1)]
    larger = ResidualAttentionNetwork(_LongStem(), stages, 10, p=2, t=3, r=2)
    depth = 2 + 3 * (3 * 7 + 4) + 1
    yield "p = 2, t = 3, r = 2, a stem of 2 layers", larger, depth
    exchanged = exchange_units(_imagenet((1, 1, 1)), PostActivationUnit)
    yield "a BN behind each projection", exchanged, 56
    plain = ResidualNetwork(CifarStem(), [(8, 2), (16, 3)], 10)
    yield "a network of 5 units, no masks", plain, 17


class _LongStem(CifarStem):
    """A stem of two convolutions, so that leaving it out costs two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(self.conv, nn.Conv2d(16, 16, 3, padding=1))


def _imagenet(modules: tuple[int, int, int]) -> ResidualAttentionNetwork:
    stages = [
        Stage(channels, count, poolings)
        for channels, count, poolings in zip((8, 16, 32), modules, (3, 2, 1),
                                             strict=True)
    ]
    return ResidualAttentionNetwork(ImageNetStem(), [*stages, Stage(64, enter=3)], 10)


def count(network: nn.Module, keep: Keep) -> int:
    """How many parts of a network ``keep`` accepts, by place and by kind."""
    return sum(
        bool(keep(name.split("."), part)) for name, part in network.named_modules()
    )


def weighted(place: list[str], part: nn.Module) -> bool:
    """Whether it is a convolution or a linear layer."""
    return isinstance(part, nn.Conv2d | nn.Linear)


def on_trunk(place: list[str], part: nn.Module) -> bool:
    """Whether a layer counts: what :func:`count` keeps for the right depth."""
    return weighted(place, part) and not {"mask", "projection"} & set(place)


def but(*wrong: str) -> Keep:
    """The right layers without those whose place holds one of these words."""
    return lambda place, part: on_trunk(place, part) and not set(wrong) & set(place)


def _masks_too(place: list[str], part: nn.Module) -> bool:
    return weighted(place, part) and "projection" not in place


def _projections_too(place: list[str], part: nn.Module) -> bool:
    return weighted(place, part) and "mask" not in place


def _tails_too(place: list[str], part: nn.Module) -> bool:
    return weighted(place, part) and not {"body", "projection"} & set(place)


def _norms_too(place: list[str], part: nn.Module) -> bool:
    kinds = nn.Conv2d | nn.Linear | nn.BatchNorm2d
    return isinstance(part, kinds) and not {"mask", "projection"} & set(place)


def _bare_projections_only(place: list[str], part: nn.Module) -> bool:
    """Projections that are more than a convolution slip through."""
    return _projections_too(place, part) and place[-1] != "projection"


def _bare_and_masks(place: list[str], part: nn.Module) -> bool:
    return weighted(place, part) and place[-1] != "projection"


def _of_kernel(size: int) -> Keep:
    def keep(place: list[str], part: nn.Module) -> bool:
        return on_trunk(place, part) and getattr(part, "kernel_size", 0) == (size, size)

    return keep


def _of_chapter_1(place: list[str], part: nn.Module) -> bool:
    return isinstance(part, ResidualUnit) and "mask" not in place


def _unit(place: list[str], part: nn.Module) -> bool:
    return hasattr(part, "conv3") and "mask" not in place


MASKS = "the masks' layers are counted: a mask stands beside the trunk"
PROJECTIONS = "the projections are counted: they stand on the shortcut"
CLASSIFIER = "the classifier is a layer with weights too, the head's linear one"
STEM = "the stem's convolutions are on the trunk too"
HALF = (
    "a module has p units before the split and p more after the merge; half of them "
    "are missing"
)
OTHER_KINDS = (
    "units may be of another class than ResidualUnit, and a stem may have more than "
    "one layer: count the layers"
)
OF_UNITS = "each unit has three convolutions"
UNITS = (
    f"units are counted, not layers: {OF_UNITS}; then there are the stem and the "
    "classifier"
)
ONE_MORE = (
    "one layer too many in each network: a projection of stride 1 is a projection, "
    "too, and nothing has to be added by hand"
)
FORMS: list[tuple[Keep, str]] = [
    (_masks_too, MASKS),
    (_projections_too, PROJECTIONS),
    (weighted, f"{MASKS}; and {PROJECTIONS}"),
    (lambda place, part: isinstance(part, nn.Conv2d), f"{MASKS}; {CLASSIFIER}"),
    (_bare_projections_only, "a projection may be a convolution and a batch norm in "
     "an nn.Sequential: leave out whatever stands in `projection`"),
    (_bare_and_masks, MASKS),
    (_tails_too, "the two 1x1 convolutions at a mask's end belong to the mask"),
    (_norms_too, "batch norms are counted; depth counts convolutions and the linear"),
    (but("before", "trunk", "after"), "a module's own units are on the trunk: of a "
     "module, only the mask is left out"),
    (but("head"), CLASSIFIER),
    (but("stem"), STEM),
    (but("stem", "head"), f"{STEM}, and {CLASSIFIER}"),
    (but("after"), HALF),
    (but("before", "after"), "a module's units `before` the split and `after` the "
     "merge are on the trunk too"),
    (but("trunk"), "a module's `trunk` is missing"),
    (_of_kernel(3), f"only the 3x3 convolutions are counted; {OF_UNITS}"),
    (_of_kernel(1), f"only the 1x1 convolutions are counted; {OF_UNITS}"),
]


def name(found: list[Any], networks: list[nn.Module], right: list[int]) -> str | None:
    """Name the mistake behind a list of wrong depths, one for each network."""
    if not any(found):
        return "nothing is found: go down into the children, and add what they hold"
    if len(set(found)) == 1:
        return "the same depth came for every network: count this one's layers"
    if all(mine == 2 * true for mine, true in zip(found, right, strict=True)):
        return "every layer is counted twice: named_modules() walks into all parts"
    if found == [sum(1 for _ in one.parameters()) for one in networks]:
        return "parameters are counted: layers, not their weights and biases"
    if found == [sum(1 for _ in one.modules()) for one in networks]:
        return "all modules are counted: only convolutions and the linear layer count"
    for keep, words in FORMS:
        if found == [count(one, keep) for one in networks]:
            return words
    more = [mine - true for mine, true in zip(found, right, strict=True)]
    if set(more) == {1}:
        return ONE_MORE
    if all(mine > count(one, weighted) for mine, one in zip(found, networks,
                                                            strict=True)):
        return "layers are counted more than once: a walk by recursion goes through "\
            "named_children(), named_modules() goes through all parts by itself"
    for unit in (_unit, _of_chapter_1):
        units = [count(one, unit) for one in networks]
        if found == units or found == [each + 2 for each in units]:
            return UNITS
        if found == [3 * each + 2 for each in units]:
            return OTHER_KINDS
    modules = [count(one, lambda place, part: hasattr(part, "with_mask")
                     and hasattr(part, "before")) for one in networks]
    if found == [12 * each + 20 for each in modules]:
        return "36m + 20 is the CIFAR family's; walk the network that came"
    return None
