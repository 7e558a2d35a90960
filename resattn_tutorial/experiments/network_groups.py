"""The networks whose cost is measured, in groups that stand side by side (chapter 15).

The first network of a group is the one that the others are compared with: a ResNet of
about the same error, the arm whose trunk was given the masks' multiply-adds, or a
network that keeps all its maps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor, nn

from resattn_tutorial.models.recompute import recompute_modules, recompute_stages
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.models.save_memory import save_memory
from resattn_tutorial.names import AttentionName, NetworkName
from resattn_tutorial.validation import require_kind

LAYOUT = torch.channels_last                         # as the trainer has it


class Entrant(NamedTuple):
    """A network to be measured.

    Attributes:
        network: its name in the registry.
        attention: what stands where its masks stand.
        change: what is done to it once it is built, such as ``recompute_modules``.
    """

    network: str
    attention: str = AttentionName.RESIDUAL.value
    change: Callable[[nn.Module], nn.Module] | None = None

    @property
    def image_size(self) -> int:
        """Height and width of its images; ValueError where no network is so called."""
        return NetworkName(self.network).size

    def built(self, seed: int, device: torch.device) -> nn.Module:
        """The network in training mode; raises as ``build_network`` does."""
        classes = NetworkName(self.network).classes
        with device:
            network = build_network(self.network, classes, seed, self.attention)
        network = self.change(network) if self.change else network
        return network.to(memory_format=LAYOUT)

    def batch(
        self, count: int, seed: int, device: torch.device
    ) -> tuple[Tensor, Tensor]:
        """Images of random numbers, ``(N, 3, H, W)``, and labels, ``(N,)``."""
        size, classes = self.image_size, NetworkName(self.network).classes
        draw = torch.Generator().manual_seed(seed)
        images = torch.randn(count, 3, size, size, generator=draw)
        labels = torch.randint(classes, (count,), generator=draw)
        return images.to(device, memory_format=LAYOUT), labels.to(device)


Group = Mapping[str, Entrant]
"""Networks by what a page calls them."""


def named(*networks: str) -> Group:
    """A group of networks under their own names."""
    return {name: Entrant(name) for name in networks}


GROUPS: dict[str, tuple[str, Group]] = {
    "ImageNet size": ("imagenet_batch", named(
        "imagenet_resnet152", "attention56", "attention92", "imagenet_resnet200",
    )),
    "CIFAR size": ("cifar_batch", named(
        "cifar_resnet164", "cifar_attention56", "cifar_attention92",
        "cifar_attention236", "cifar_attention452",
    )),
    "mini": ("mini_batch", {
        attention.value: Entrant("mini1", attention.value)
        for attention in (
            AttentionName.TRUNK, AttentionName.RESIDUAL, AttentionName.NONE
        )
    }),
    "recomputing": ("cifar_batch", {"plain": Entrant("cifar_attention92")} | {
        change.__name__: Entrant("cifar_attention92", change=change)
        for change in (save_memory, recompute_modules, recompute_stages)
    }),
}
"""The groups that are measured, by title, each with the setting for its batch.

:meta hide-value:
"""


def require_group(group: Group) -> int:
    """The size of the images that all networks of a group are for.

    Raises:
        TypeError: it holds something else than an ``Entrant``.
        ValueError: a network has a name that is none, there is no network, or they are
            for images of several sizes.
    """
    for entrant in group.values():
        require_kind("each network", entrant, Entrant, "an Entrant")
    sizes = sorted({entrant.image_size for entrant in group.values()})
    if len(sizes) != 1:
        raise ValueError(
            "group must hold networks for images of one size, got "
            f"{' and '.join(map(str, sizes)) or 'no network'}."
        )
    return sizes[0]
