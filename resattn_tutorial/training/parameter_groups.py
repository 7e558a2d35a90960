"""Parameter groups: parts of a network that learn at rates of their own (chapter 10).

A new head on a trained network begins far from where it is going, and the rest does
not: the head may learn ten times as fast. None of this is the paper's recipe, which has
one rate, and one weight decay on every parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn
from torch.nn.modules.conv import _ConvNd

from resattn_tutorial.models.wrappers import unwrapped
from resattn_tutorial.training.frozen import learning_parameters, named_part
from resattn_tutorial.validation import require_flag, require_kind, require_number


def parameter_groups(
    network: nn.Module,
    rate: float,
    factors: Mapping[str, float] | None = None,
    weight_decay: float = 0.0,
    kernels_only: bool = False,
) -> list[dict[str, Any]]:
    """A network's parameters as torch's optimizers take them, each part at its rate.

    ``torch.optim.SGD(parameter_groups(network, 0.01, {"head": 10}), momentum=0.9)``
    moves the head at 0.1 and all else at 0.01. torch's schedules multiply each group's
    own rate. Frozen parameters are in no group.

    Args:
        network: whose parameters to divide.
        rate: of all parts that ``factors`` does not name.
        factors: by what a part's rate is multiplied, by its dotted name. Of two parts
            that hold a parameter the inner one counts.
        weight_decay: of every parameter, or of those that ``kernels_only`` leaves.
        kernels_only: whether only the weights of convolutions and linear layers decay:
            no bias, and nothing of batch norm. Then each rate may have two groups.

    Returns:
        groups with ``params``, ``lr`` and ``weight_decay``, none of them empty; within
        a group parameters stand in the network's order.

    Raises:
        TypeError: an argument is of another kind.
        ValueError: no part has such a name, and the nearest is named; a number is out
            of bounds; or no parameter learns.
    """
    require_number("rate", rate, above=0)
    require_number("weight_decay", weight_decay, at_least=0)
    require_flag("kernels_only", kernels_only)
    learning = learning_parameters(network)
    factor_of = _factor_by_parameter(network, factors or {})
    kernels = _kernels(network)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for weight in learning:
        decays = not kernels_only or id(weight) in kernels
        options = rate * factor_of.get(id(weight), 1.0), weight_decay * decays
        groups.setdefault(options, []).append(weight)
    return [
        {"params": weights, "lr": own, "weight_decay": decay}
        for (own, decay), weights in groups.items()
    ]


def _factor_by_parameter(
    network: nn.Module, factors: Mapping[str, float]
) -> dict[int, float]:
    """The factor of each parameter that lies in a named part, by the parameter's id."""
    require_kind("factors", factors, Mapping, "a mapping from names to numbers")
    found: dict[int, float] = {}
    parts = {name: named_part(network, name) for name in factors}
    for name in sorted(parts, key=lambda name: name.count(".")):     # inner ones last
        factor = require_number(f"factors[{name!r}]", factors[name], above=0)
        found |= dict.fromkeys(map(id, parts[name].parameters()), factor)
    return found


def _kernels(network: nn.Module) -> set[int]:
    """The ids of the weights of convolutions and linear layers."""
    return {
        id(module.weight) for module in unwrapped(network).modules()
        if isinstance(module, (_ConvNd, nn.Linear))
    }
