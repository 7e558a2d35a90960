"""What a checkpoint must hold, before anything of it is used (chapter 10).

A file may be whole, of the right format, and still be none that a training can go on
from: written by another program, edited, or put together by hand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor

from resattn_tutorial.config import TrainingConfig
from resattn_tutorial.training.recorded_form import (
    are_numbers,
    faults_of_data,
    faults_of_environment,
    is_curve,
)

# What a checkpoint holds, and what of.
FORM: dict[str, type] = {
    "configuration": dict, "environment": dict, "data": dict, "settings": dict,
    "changes": list, "step": int, "curve": list, "errors": list,
    "seconds": float, "testing": float, "losses": Tensor, "since_point": int,
    "network": dict, "optimizer": dict, "scaler": dict, "random": dict, "parts": int,
    "watched": dict, "frozen": dict,
    "average": dict, "best": dict,
}


def faults_of(state: Mapping[str, Any]) -> list[str]:
    """What a state lacks, and what in it is invalid; nothing if it can be used."""
    faults = [f"it lacks {name}" for name in FORM if name not in state]
    faults += [
        f"{name} must be {kind.__name__}, got {type(state[name]).__name__}"
        for name, kind in FORM.items()
        if name in state and not _is_of(kind, state[name])
    ]
    if faults:
        return faults
    try:
        recipe = TrainingConfig.from_dict(state["configuration"]).recipe
    except (LookupError, TypeError, ValueError) as error:
        return [f"its configuration is invalid: {error}"]
    step, parts, curve = state["step"], state["parts"], state["curve"]
    random = state["random"].get("cpu")
    rules = {
        f"step must be from 0 to {recipe.steps}, got {step}": 0 <= step <= recipe.steps,
        f"parts must divide the batch of {recipe.batch_size}, got {parts}":
            parts > 0 and recipe.batch_size % parts == 0,
        "since_point must be from 0 to the step": 0 <= state["since_point"] <= step,
        "seconds and testing must be numbers from 0":
            all(0 <= state[name] < math.inf for name in ("seconds", "testing")),
        "curve must be points up to the step, in order":
            is_curve(curve, step, recipe.batch_size),
        "errors must be four numbers": not state["errors"]
            or len(state["errors"]) == 4 and are_numbers(state["errors"]),
        "watched must be numbers by name, step by step":
            _are_watched(state["watched"]),
        "frozen must be lists of names":
            _are_names(state["frozen"]),
        "losses must be one number": state["losses"].shape == ()
            and _are_weights([state["losses"]]),
        "changes must be lines": all(isinstance(x, str) for x in state["changes"]),
        **{
            f"the {name} must be finite numbers by name": all(
                isinstance(one, str) for one in state[name]
            ) and _are_weights(state[name].values())
            for name in ("network", "average", "best")
        },
        "average must be there from the first step on with ema, and only then":
            bool(state["average"]) is bool(recipe.ema and step),
        "best must be there from the first point on with validation, and only then":
            bool(state["best"]) is bool(recipe.validation and curve),
        "the optimizer's state is not usable": _is_optimizer(state["optimizer"]),
        "the random state is not usable": _is_random(random),
    }
    faults = [fault for fault, kept in rules.items() if not kept]
    faults += faults_of_data(state["data"])
    # A trainer of its own need not tell of one; a run's must.
    surroundings = state["environment"]
    return faults + (faults_of_environment(surroundings) if surroundings else [])


def _is_of(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _are_weights(values: Iterable[Any]) -> bool:
    """Whether all are ordinary tensors that a computation with reals can go on from."""
    return all(
        isinstance(value, Tensor) and value.layout == torch.strided
        and value.device.type == "cpu" and not value.is_quantized
        and not value.is_complex() and bool(value.isfinite().all())
        for value in values
    )


def _are_watched(told: Mapping[Any, Any]) -> bool:
    """Whether it is groups of numbers by name, as a run file may hold them."""
    return all(
        isinstance(step, str) and isinstance(group, dict)
        and all(isinstance(name, str) for name in group)
        and are_numbers(list(group.values()))
        for step, group in told.items()
    )


def _are_names(told: Mapping[Any, Any]) -> bool:
    """Whether it is lists of names by name."""
    return all(
        isinstance(kind, str) and isinstance(names, list)
        and all(isinstance(name, str) for name in names)
        for kind, names in told.items()
    )


def _is_random(state: Any) -> bool:
    """Whether torch takes a state of its generator of random numbers."""
    if not isinstance(state, Tensor):
        return False
    try:
        torch.Generator().set_state(state)
    except (RuntimeError, TypeError):
        return False
    return True


def _is_optimizer(state: Mapping[str, Any]) -> bool:
    groups, kept = state.get("param_groups"), state.get("state")
    return (
        isinstance(kept, dict) and all(isinstance(x, dict) for x in kept.values())
        and all(_is_momentum(x.get("momentum_buffer")) for x in kept.values())
        and isinstance(groups, list) and all(isinstance(x, dict) for x in groups)
        and all(isinstance(x.get("params"), list) for x in groups)
    )


def _is_momentum(value: Any) -> bool:
    """Whether it is none yet, or numbers of a kind that momentum can have."""
    return value is None or _are_weights([value]) and value.is_floating_point()
