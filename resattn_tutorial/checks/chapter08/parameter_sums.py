"""What usual mistakes count of a network's parameters."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
OTHER_NORMS = (nn.GroupNorm, nn.LayerNorm, nn.InstanceNorm2d)


def size(tensors: Iterable[Tensor]) -> int:
    """How many numbers the tensors hold."""
    return sum(x.numel() for x in tensors)


def of_kinds(network: nn.Module, *kinds: type) -> list[nn.Module]:
    """The parts of some kinds."""
    return [part for part in network.modules() if isinstance(part, kinds)]


def inside(parts: Iterable[nn.Module]) -> int:
    """What the parts learn, each of them alone."""
    return size(p for part in parts for p in part.parameters())


def once(parts: Iterable[nn.Module]) -> int:
    """What the parts learn, each number once."""
    return size(nn.ModuleList(parts).parameters())


def biases(network: nn.Module) -> int:
    """The biases of convolutions and linear layers."""
    parts = of_kinds(network, nn.Conv2d, nn.Linear)
    return size(part.bias for part in parts if part.bias is not None)


def trainable(network: nn.Module) -> int:
    """What is learned and not frozen."""
    return size(p for p in network.parameters() if p.requires_grad)


def channels(network: nn.Module) -> int:
    """The channels of all batch norms."""
    return sum(norm.num_features for norm in of_kinds(network, *NORMS))


def by_every_name(network: nn.Module) -> int:
    """What batch norms learn; one that is used twice is in it twice."""
    parts = [part for _, part in network.named_modules(remove_duplicate=False)]
    return inside(part for part in parts if isinstance(part, NORMS))


def listed(network: nn.Module) -> int:
    """The parameters by all their names."""
    return size(p for _, p in network.named_parameters(remove_duplicate=False))


def in_state(network: nn.Module, floats: bool = False) -> int:
    """The network's state; a layer used twice is in it twice."""
    state = network.state_dict().values()
    return size(x for x in state if not floats or x.is_floating_point())
