"""Small networks with the wiring of the real ones, whose depth is known."""

from __future__ import annotations

from functools import cache
from typing import Any

from torch import nn

from resattn_tutorial.models.attention_network import ResidualAttentionNetwork, Stage
from resattn_tutorial.models.post_activation import PostActivationUnit, exchange_units
from resattn_tutorial.models.resnet import ResidualNetwork
from resattn_tutorial.models.stem_and_head import CifarStem, ImageNetStem


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


def _larger() -> nn.Module:
    stages = [Stage(8, 1, 1, leave=1), Stage(16, 2, 2, leave=1)]
    return ResidualAttentionNetwork(_LongStem(), stages, 10, p=2, t=3, r=2)


NETWORKS = {
    "a narrow Attention-56": (lambda: _imagenet((1, 1, 1)), 56),
    "a narrow Attention-92": (lambda: _imagenet((1, 2, 3)), 92),
    "p = 2, t = 3, r = 2, a stem of 2 layers": (_larger, 2 + 3 * (3 * 7 + 4) + 1),
    "a BN after each projection": (
        lambda: exchange_units(_imagenet((1, 1, 1)), PostActivationUnit), 56),
    "a network of 5 units, no masks": (
        lambda: ResidualNetwork(CifarStem(), [(8, 2), (16, 3)], 10), 17),
}
"""How each is built, and its depth."""


@cache
def built(name: str) -> nn.Module:
    """The network of this name; it refuses to be run."""
    network = NETWORKS[name][0]()
    network.forward = _not_run
    return network


def _not_run(*_: Any) -> None:
    raise RuntimeError("the network was run")
