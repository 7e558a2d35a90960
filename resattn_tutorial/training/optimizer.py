"""Stochastic gradient descent as our recipes take it, on a CPU and on a GPU (ch. 10).

On a GPU one kernel changes all weights, and the learning rate is a number that lies
there, so that a captured step (:mod:`resattn_tutorial.training.captured_step`) finds
each step's own in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from resattn_tutorial.recipes import Recipe
from resattn_tutorial.tensor_validation import device_of
from resattn_tutorial.training.frozen import learning_parameters
from resattn_tutorial.validation import require_kind

# How the steps are computed: by the device, and not by who wrote a checkpoint.
OURS = ("lr", "foreach", "fused")


def make_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """The optimizer of a recipe, for what learns of a network, where it lies.

    Raises:
        TypeError: an argument is of another kind; ValueError: no parameters, or all of
            them are frozen.
    """
    require_kind("recipe", recipe, Recipe, "a Recipe")
    device, rate = device_of(network), recipe.learning_rate
    on_gpu = device.type == "cuda"
    optimizer = torch.optim.SGD(
        learning_parameters(network),
        torch.full((), rate, device=device) if on_gpu else rate,
        momentum=recipe.momentum, nesterov=recipe.nesterov,
        weight_decay=recipe.weight_decay, fused=on_gpu or None,
    )
    if on_gpu and recipe.momentum:
        fill_momentum(optimizer)
    return optimizer


def fill_momentum(optimizer: torch.optim.SGD) -> None:
    """Give each weight that has none a momentum of 0, with which SGD begins.

    The fused kernel would leave whatever the memory held in it, should float16's first
    step overflow and be skipped.
    """
    for group in optimizer.param_groups:
        for weight in group["params"]:
            kept = optimizer.state[weight]
            if kept.get("momentum_buffer") is None:
                kept["momentum_buffer"] = torch.zeros_like(weight)


def set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    """Take the next step at this learning rate."""
    for group in optimizer.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)                  # a captured step reads it there
        else:
            group["lr"] = rate


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Its state for a checkpoint, the same on every device."""
    told = optimizer.state_dict()
    groups = [{**group, "lr": float(group["lr"])} for group in told["param_groups"]]
    return {**told, "param_groups": groups}


def load_optimizer_state(
    optimizer: torch.optim.SGD, state: Mapping[str, Any]
) -> None:
    """Take up a state that is known to be ours, whatever device it comes from."""
    own = [{name: group[name] for name in OURS} for group in optimizer.param_groups]
    optimizer.load_state_dict(dict(state))
    for group, options in zip(optimizer.param_groups, own, strict=True):
        group.update(options)
    set_rate(optimizer, state["param_groups"][0]["lr"])
    for weight, kept in optimizer.state.items():
        momentum = kept.get("momentum_buffer")
        if momentum is not None:                     # in memory as the weight lies
            kept["momentum_buffer"] = torch.empty_like(weight).copy_(momentum)
    if any(group["fused"] and group["momentum"] for group in optimizer.param_groups):
        fill_momentum(optimizer)
