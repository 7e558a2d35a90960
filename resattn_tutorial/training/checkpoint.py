"""Everything a run needs to go on: its checkpoint, and whose it is (chapter 10)."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from resattn_tutorial.config import differences
from resattn_tutorial.models.state_dicts import require_same_weights
from resattn_tutorial.runtime.tensor_file import (
    TensorFileError,
    read_tensors,
    write_tensors,
)
from resattn_tutorial.training.checkpoint_form import FORM, faults_of
from resattn_tutorial.validation import require_path

FORMAT = 9
# What an optimizer would take over from a checkpoint; the rate is set at each step.
OPTIONS = ("momentum", "dampening", "weight_decay", "nesterov", "maximize")
CHECKPOINT = "checkpoint.pt"
# Bytes; the largest network here needs a tenth of it. More is not even read.
LARGEST = 8 * 2**30


class CheckpointError(TensorFileError):
    """A checkpoint that this run cannot use; says why, and what to do."""


def file_stamp(path: Path) -> tuple[int, ...] | None:
    """What changes whenever a file is written anew; ``None`` if there is none."""
    if not path.exists():
        return None
    told = path.stat()
    return told.st_ino, told.st_size, told.st_mtime_ns


def save_checkpoint(path: str | PathLike[str], state: dict[str, Any]) -> None:
    """Write a run's state, whole or not at all; raises as ``write_tensors``."""
    write_tensors(path, {"format": FORMAT, **state})


def load_checkpoint(path: str | PathLike[str]) -> dict[str, Any]:
    """Read a run's state, onto the CPU.

    Raises:
        OSError, TensorFileError: as
            :func:`~resattn_tutorial.runtime.tensor_file.read_tensors`.
        CheckpointError: another version of this package wrote it, it is no training's,
            something is missing, or a number in it is invalid.
    """
    path = require_path("path", path)
    _require_readable(path)
    state = read_tensors(path)
    _require_training(path, state)
    if faults := faults_of(state):
        raise CheckpointError(
            f"{path} is not a complete checkpoint: {'; '.join(faults[:4])}. Delete it, "
            "or give another folder, to start over."
        )
    return state


def _require_readable(path: Path) -> None:
    """Refuse what would be read without end, or into more memory than there is."""
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(f"{path} is no file that could be read.")
    if path.exists() and path.stat().st_size > LARGEST:
        raise CheckpointError(
            f"{path} has {path.stat().st_size:,} bytes: no checkpoint of ours has "
            f"more than {LARGEST:,}. Give another folder, to start over."
        )


def _require_training(path: Path, state: Mapping[str, Any]) -> None:
    """Refuse weights alone, and the checkpoint of another version."""
    if FORM.keys() & state.keys() == {"network"}:
        raise CheckpointError(
            f"{path} holds a network's weights, as the package's own files do, and no "
            "training that could go on. Give the run a folder of its own; resattn "
            "evaluate tests packaged weights by the network's name."
        )
    if (found := state.get("format")) != FORMAT:
        earlier = isinstance(found, int) and found < FORMAT
        raise CheckpointError(
            f"{path} was written by {'an earlier' if earlier else 'another'} version "
            f"of this package: it has the format {found!r}, and this version reads "
            f"{FORMAT}. Finish the run with the version that began it, or give this "
            "one a folder of its own."
        )


def require_same_run(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], path: Path
) -> None:
    """Refuse the checkpoint of another run.

    Raises:
        CheckpointError: names every difference.
    """
    faults = differences(theirs, ours)
    if any("fingerprints" in fault for fault in faults):
        faults.append("a fingerprint tells that files have other names or sizes")
    if any(fault.startswith("frozen") for fault in faults):
        faults.append("with the same parts frozen it goes on")
    if faults:
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
    pairs = zip(state["param_groups"], optimizer.param_groups, strict=False)
    faults = [
        f"{name}: {theirs.get(name)!r} in it, {ours[name]!r} here"
        for theirs, ours in pairs
        for name in OPTIONS if theirs.get(name) != ours.get(name)
    ]
    if faults:
        raise CheckpointError(
            f"{path} holds another optimizer's state: {'; '.join(faults)}."
        )


def require_momentum(
    network: nn.Module, state: Mapping[str, Any], path: Path
) -> None:
    """Refuse a state that has lost the momentum of a weight.

    A weight that has moved has momentum. One that never met a gradient has none, and
    stands where the network began.

    Args:
        network: ours, as it begins.
        state: a checkpoint's, of the same network and optimizer.
        path: the checkpoint's.

    Raises:
        CheckpointError: names the first such weights.
    """
    kept, groups = state["optimizer"]["state"], state["optimizer"]["param_groups"]
    if not state["step"] or not any(group["momentum"] for group in groups):
        return
    learning = [
        named for named in network.named_parameters() if named[1].requires_grad
    ]
    lost = [
        name for number, (name, own) in enumerate(learning)
        if kept.get(number, {}).get("momentum_buffer") is None
        and not torch.equal(own.detach().cpu(), state["network"][name].to(own.dtype))
    ]
    if lost:
        more = f" and {len(lost) - 3} more" if len(lost) > 3 else ""
        raise CheckpointError(
            f"{path} has lost the momentum of {', '.join(lost[:3])}{more}: no run "
            "could go on from it as if it had not been stopped."
        )


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
    try:
        require_same_weights(network, weights, whose)
    except ValueError as error:
        raise CheckpointError(str(error)) from None
