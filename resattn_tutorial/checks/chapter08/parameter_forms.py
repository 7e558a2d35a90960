"""A network's parameters, counted rightly and wrongly in three ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor, nn

NAMES = ("weights", "learnable", "stored")
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)
Forms = dict[str, Callable[[nn.Module], float]]


def size(tensors: Iterable[Tensor]) -> int:
    """How many numbers the tensors hold."""
    return sum(x.numel() for x in tensors)


def norms(network: nn.Module, kinds: tuple[type, ...] = NORMS) -> list[nn.Module]:
    """The batch norms of a network."""
    return [part for part in network.modules() if isinstance(part, kinds)]


def scales(network: nn.Module, kinds: tuple[type, ...] = NORMS) -> int:
    """Scales and shifts of the batch norms."""
    return size(nn.ModuleList(norms(network, kinds)).parameters())


def learnable(network: nn.Module) -> int:
    """Everything that is learned."""
    return size(network.parameters())


def weights(network: nn.Module) -> int:
    """What is learned outside of batch norms."""
    return learnable(network) - scales(network)


def statistics(network: nn.Module) -> int:
    """Running means and variances."""
    kept = nn.ModuleList(norms(network)).buffers()
    return size(x for x in kept if x.is_floating_point())


def biases(network: nn.Module) -> int:
    """The biases of convolutions and linear layers."""
    parts = [p for p in network.modules() if isinstance(p, (nn.Conv2d, nn.Linear))]
    return size(part.bias for part in parts if part.bias is not None)


def linear(network: nn.Module) -> int:
    """All that linear layers learn."""
    parts = [part for part in network.modules() if isinstance(part, nn.Linear)]
    return size(p for part in parts for p in part.parameters())


def trainable(network: nn.Module) -> int:
    """What is learned and not frozen."""
    return size(p for p in network.parameters() if p.requires_grad)


def under(parts: Iterable[nn.Module], kinds: tuple[type, ...] = NORMS) -> int:
    """What those of the parts that are batch norms learn, in whatever way listed."""
    norms_there = (part for part in parts if isinstance(part, kinds))
    return size(p for part in norms_there for p in part.parameters())


def in_parts(network: nn.Module) -> int:
    """All parameters of all parts, those of inner parts again and again."""
    return size(p for part in network.modules() for p in part.parameters())


def channels(network: nn.Module) -> int:
    """The channels of all batch norms."""
    return sum(norm.num_features for norm in norms(network))


def in_layers(network: nn.Module) -> int:
    """What convolutions and linear layers learn, and nothing else."""
    parts = [p for p in network.modules() if isinstance(p, (nn.Conv2d, nn.Linear))]
    return size(p for part in parts for p in part.parameters())


def in_state(network: nn.Module) -> int:
    """Every entry of the network's state; a layer used twice is in it twice."""
    return size(network.state_dict().values())


def listed(network: nn.Module) -> int:
    """The parameters by all their names."""
    return size(p for _, p in network.named_parameters(remove_duplicate=False))


TWICE = "a layer that is used twice counts once: network.parameters() sees to that"
FROZEN = "frozen parameters count, too: no requires_grad here"
BATCHES = (
    "num_batches_tracked, one whole number in each batch norm, is no statistic: only "
    "buffers with is_floating_point() count"
)
DEEP = (
    "a part's parameters() holds those of the parts inside it: summed over "
    "modules(), they count again and again"
)
MILLIONS = "the numbers themselves are asked for, not millions"
OTHER_NORMS = (nn.GroupNorm, nn.LayerNorm, nn.InstanceNorm2d)
WEIGHTS: Forms = {
    "the biases of convolutions and linear layers are missing": lambda n: (
        weights(n) - biases(n)),
    "the linear layers are missing": lambda n: weights(n) - linear(n),
    "scales and shifts of batch norms are in it. Go by type, isinstance(part, "
    "nn.BatchNorm2d), since names tell nothing": learnable,
    "nn.BatchNorm1d is a batch norm, too": lambda n: (
        learnable(n) - scales(n, (nn.BatchNorm2d,))),
    TWICE: lambda n: listed(n) - scales(n),
    FROZEN: lambda n: size(
        p for p in n.parameters() if p.requires_grad and p.dim() > 1),
    FROZEN + ".": lambda n: trainable(n) - scales(n),
    "scales and shifts alone: asked for is what is learned outside of them": scales,
    DEEP: lambda n: in_parts(n) - scales(n),
    "children() are the outermost parts only; modules() goes all the way down": (
        lambda n: learnable(n) - under(n.children())),
    "a batch norm that is used twice is in it twice: take each part once": lambda n: (
        learnable(n) - under(p for _, p in n.named_modules(remove_duplicate=False))),
    "a batch norm has scales or has none: count its parameters, not its channels": (
        lambda n: learnable(n) - 2 * channels(n)),
    "a batch norm has a scale and a shift: half of them are still in it": lambda n: (
        learnable(n) - scales(n) // 2),
    "other layers learn, too: take all that is no batch norm": in_layers,
    "only batch norms are left out; what other norms learn is in it": lambda n: (
        learnable(n) - scales(n, NORMS + OTHER_NORMS)),
    MILLIONS: lambda n: weights(n) / 1e6,
}
LEARNABLE: Forms = {
    "the scales and shifts of batch norms are missing": weights,
    "a batch norm learns two numbers a channel, a scale and a shift": lambda n: (
        weights(n) + scales(n) // 2),
    "the biases are missing": lambda n: learnable(n) - biases(n),
    FROZEN: trainable,
    TWICE: listed,
    "running means and variances are not learned": lambda n: (
        learnable(n) + statistics(n)),
    "the whole state is in it; statistics are not learned": in_state,
    DEEP: in_parts,
    MILLIONS: lambda n: learnable(n) / 1e6,
}
STORED: Forms = {
    BATCHES: lambda n: learnable(n) + size(n.buffers()),
    "running means and variances are missing": learnable,
    "each channel has a running mean and a running variance": lambda n: (
        learnable(n) + statistics(n) // 2),
    "the statistics alone: weights, scales and shifts are stored, too": statistics,
    "numbers are asked for, not bytes": lambda n: 4 * (learnable(n) + statistics(n)),
    FROZEN: lambda n: trainable(n) + statistics(n),
    "the state lists a layer that is used twice under both names; count it once": (
        lambda n: size(x for x in n.state_dict().values() if x.is_floating_point())),
    "the scales and shifts are missing": lambda n: weights(n) + statistics(n),
    "not every batch norm has as many statistics as scales: count its buffers": (
        lambda n: learnable(n) + scales(n)),
    "batch norms without scales have statistics, too: go by their buffers": (
        lambda n: weights(n) + 2 * scales(n)),
    "a batch norm that keeps no statistics stores none": lambda n: (
        learnable(n) + 2 * channels(n)),
}


def right(network: nn.Module) -> tuple[int, int, int]:
    """The three counts."""
    known = learnable(network)
    return weights(network), known, known + statistics(network)


def mistake(
    seen: Sequence[tuple[nn.Module, Sequence[float]]], place: int
) -> str | None:
    """The usual mistake that explains all that an answer said in this place so far."""
    for words, form in (WEIGHTS, LEARNABLE, STORED)[place].items():
        if all(form(network) == got[place] for network, got in seen):
            return words
    return None
