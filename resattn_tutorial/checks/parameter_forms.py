"""A network's parameters, counted rightly and wrongly in three ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from torch import Tensor, nn

from resattn_tutorial.mask import SoftMaskBranch
from resattn_tutorial.residual import ResidualUnit

NAMES = ("weights", "learnable", "stored")
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
Forms = dict[str, Callable[[nn.Module], float]]


def networks() -> dict[str, nn.Module]:
    """Networks to count, plain ones first, each with something that trips a count."""
    classifier = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(72, 5)
    )
    frozen = ResidualUnit(8)
    for parameter in frozen.bn2.parameters():
        parameter.requires_grad_(False)
    frozen.conv1.weight.requires_grad_(False)
    shared = nn.Conv2d(6, 6, 3, padding=1)
    bare = nn.Sequential(
        nn.Conv2d(3, 10, 1), nn.BatchNorm2d(10, affine=False),
        nn.Conv2d(10, 4, 1), nn.BatchNorm2d(4, track_running_stats=False),
    )
    flat = nn.Sequential(nn.Linear(9, 7), nn.BatchNorm1d(7), nn.Linear(7, 3))
    return {
        "a small classifier": classifier,
        "a residual unit with a projection": ResidualUnit(12, 32, 2),
        "a mask on the meta device": SoftMaskBranch(16, 1).to("meta"),
        "a unit with frozen parts": frozen,
        "a network that uses a layer twice": nn.Sequential(shared, nn.ReLU(), shared),
        "a network for vectors": flat,
        "batch norms without scales or without statistics": bare,
    }


def size(tensors: Iterable[Tensor]) -> int:
    """How many numbers the tensors hold."""
    return sum(x.numel() for x in tensors)


def norms(network: nn.Module, kinds: tuple[type, ...] = NORMS) -> list[nn.Module]:
    """The batch norms of a network."""
    return [part for part in network.modules() if isinstance(part, kinds)]


def scales(network: nn.Module, kinds: tuple[type, ...] = NORMS) -> int:
    """Scales and shifts of the batch norms."""
    return size(p for norm in norms(network, kinds) for p in norm.parameters())


def learnable(network: nn.Module) -> int:
    """Everything that is learned."""
    return size(network.parameters())


def weights(network: nn.Module) -> int:
    """What is learned outside of batch norms."""
    return learnable(network) - scales(network)


def statistics(network: nn.Module) -> int:
    """Running means and variances."""
    return size(x for x in network.buffers() if x.is_floating_point())


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
        lambda n: listed(n) + statistics(n)),
    "the scales and shifts are missing": lambda n: weights(n) + statistics(n),
    "not every batch norm has as many statistics as scales: count its buffers": (
        lambda n: learnable(n) + scales(n)),
    "batch norms without scales have statistics, too: go by their buffers": (
        lambda n: weights(n) + 2 * scales(n)),
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
