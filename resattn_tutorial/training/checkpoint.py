"""Everything a run needs to go on: its checkpoint, and whose it is (chapter 10)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.config import TrainingConfig, differences
from resattn_tutorial.runtime.tensor_file import (
    TensorFileError,
    read_tensors,
    write_tensors,
)

FORMAT = 3
CHECKPOINT = "checkpoint.pt"
# Bytes; the largest network here needs a tenth of it. More is not even read.
LARGEST = 8 * 2**30
# What a checkpoint holds, and what of.
FORM: dict[str, type] = {
    "configuration": dict, "environment": dict, "data": dict, "settings": dict,
    "changes": list, "step": int, "curve": list, "errors": list,
    "seconds": float, "testing": float, "losses": Tensor, "since_point": int,
    "network": dict, "optimizer": dict, "scaler": dict, "random": dict, "parts": int,
}


class CheckpointError(TensorFileError):
    """A checkpoint that this run cannot use; says why, and what to do."""


def file_stamp(path: Path) -> tuple[int, ...] | None:
    """What changes whenever a file is written anew; ``None`` if there is none."""
    if not path.exists():
        return None
    told = path.stat()
    return told.st_ino, told.st_size, told.st_mtime_ns


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a run's state, whole or not at all; raises as ``write_tensors``."""
    write_tensors(path, {"format": FORMAT, **state})


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a run's state, onto the CPU.

    Raises:
        OSError, TensorFileError: as
            :func:`~resattn_tutorial.runtime.tensor_file.read_tensors`.
        CheckpointError: another version of this package wrote it, it is no training's,
            something is missing, or a number in it cannot be.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(f"{path} is no file that could be read.")
    if path.exists() and path.stat().st_size > LARGEST:
        raise CheckpointError(
            f"{path} has {path.stat().st_size:,} bytes: no checkpoint of ours has "
            f"more than {LARGEST:,}. Give another folder, to begin anew."
        )
    state = read_tensors(path)
    found = state.get("format")
    if found is None and "network" in state and "step" not in state:
        raise CheckpointError(
            f"{path} holds a network's weights and no training that could go on, as the "
            "package's own do. Give the run a folder of its own; resattn evaluate tests "
            "packaged weights by the network's name."
        )
    if found != FORMAT:
        earlier = isinstance(found, int) and found < FORMAT
        raise CheckpointError(
            f"{path} was written by {'an earlier' if earlier else 'another'} version "
            f"of this package: it has the format {found!r}, and this version reads "
            f"{FORMAT}. Finish the run with the version that began it, or give this "
            "one a folder of its own."
        )
    if faults := faults_of(state):
        raise CheckpointError(
            f"{path} is no whole checkpoint: {'; '.join(faults[:4])}. Delete it, or "
            "give another folder, to begin anew."
        )
    return state


def faults_of(state: Mapping[str, Any]) -> list[str]:
    """What a state lacks, and what in it cannot be; nothing if it can be used."""
    faults = [f"it lacks {name}" for name in FORM if name not in state]
    faults += [
        f"{name} must be {kind.__name__}, got {type(state[name]).__name__}"
        for name, kind in FORM.items()
        if name in state and type(state[name]) is not kind
    ]
    if faults:
        return faults
    try:
        recipe = TrainingConfig.from_dict(state["configuration"]).recipe
    except (LookupError, TypeError, ValueError) as error:
        return [f"its configuration cannot be: {error}"]
    step, parts, curve = state["step"], state["parts"], state["curve"]
    random = state["random"].get("cpu")
    rules = {
        f"step must be from 0 to {recipe.steps}, got {step}": 0 <= step <= recipe.steps,
        f"parts must divide the batch of {recipe.batch_size}, got {parts}":
            1 <= parts <= recipe.batch_size,
        "since_point must be from 0 to the step": 0 <= state["since_point"] <= step,
        "seconds and testing must be numbers from 0":
            all(0 <= state[name] < math.inf for name in ("seconds", "testing")),
        "curve must be points up to the step": all(map(_is_point, curve))
            and all(0 < point[0] <= step for point in curve),
        "errors must be four numbers": not state["errors"]
            or len(state["errors"]) == 4 and _are_numbers(state["errors"]),
        "losses must be one number": state["losses"].numel() == 1,
        "changes must be lines": all(isinstance(x, str) for x in state["changes"]),
        "the network must be tensors by name": _are_tensors(state["network"]),
        "the optimizer's state is none": _is_optimizer(state["optimizer"]),
        "the random state is none": isinstance(random, Tensor)
            and random.shape == torch.get_rng_state().shape,
    }
    return [fault for fault, kept in rules.items() if not kept]


def _are_numbers(values: Any) -> bool:
    return all(type(x) in (int, float) and math.isfinite(x) for x in values)


def _is_point(point: Any) -> bool:
    return isinstance(point, list) and len(point) == 5 and _are_numbers(point)


def _are_tensors(values: Mapping[Any, Any]) -> bool:
    return all(
        isinstance(name, str) and isinstance(value, Tensor)
        for name, value in values.items()
    )


def _is_optimizer(state: Mapping[str, Any]) -> bool:
    groups, kept = state.get("param_groups"), state.get("state")
    return (
        isinstance(kept, dict) and all(isinstance(x, dict) for x in kept.values())
        and isinstance(groups, list) and all(isinstance(x, dict) for x in groups)
    )


def require_same_run(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], path: Path
) -> None:
    """Refuse the checkpoint of another run.

    Raises:
        CheckpointError: names every difference.
    """
    if faults := differences(theirs, ours):
        raise CheckpointError(
            f"{path} is another run's: {'; '.join(faults)}. "
            "Give this run a folder of its own."
        )


def require_same_optimizer(
    optimizer: torch.optim.Optimizer, state: Mapping[str, Any], path: Path
) -> None:
    """Refuse an optimizer's state that does not fit the network's parameters.

    Raises:
        CheckpointError: it belongs to other parameters.
    """
    shapes = [
        tuple(weight.shape)
        for group in optimizer.param_groups for weight in group["params"]
    ]
    numbers = [number for group in state["param_groups"] for number in group["params"]]
    fits = numbers == list(range(len(shapes))) and all(
        number in numbers and _fits(kept.get("momentum_buffer"), shapes[number])
        for number, kept in state["state"].items()
    )
    if not fits:
        raise CheckpointError(f"{path} holds the momentum of another network.")


def _fits(momentum: Any, shape: tuple[int, ...]) -> bool:
    if momentum is None:
        return True
    return isinstance(momentum, Tensor) and tuple(momentum.shape) == shape


def require_same_network(
    network: nn.Module, weights: dict[str, Tensor], whose: str
) -> None:
    """Refuse weights whose names or shapes are not the network's.

    Raises:
        CheckpointError: they are another network's; names the first differences.
    """
    theirs = {name: tuple(value.shape) for name, value in weights.items()}
    own = network.state_dict()
    ours = {name: tuple(value.shape) for name, value in own.items()}
    faults = [f"it lacks {name}" for name in ours if name not in theirs]
    faults += [
        f"it has {name} besides" for name in theirs if name not in ours
    ]
    faults += [
        f"{name} is {theirs[name]} in it, {shape} here"
        for name, shape in ours.items() if theirs.get(name, shape) != shape
    ]
    if faults:
        more = f"; and {len(faults) - 4} more" if len(faults) > 4 else ""
        told = "; ".join(faults[:4]) + more
        raise CheckpointError(f"{whose} holds another network: {told}.")
