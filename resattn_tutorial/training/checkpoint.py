"""Everything a run needs to go on: its checkpoint, and whose it is (chapter 10)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.config import differences
from resattn_tutorial.runtime.tensor_file import (
    TensorFileError,
    read_tensors,
    write_tensors,
)

FORMAT = 2


class CheckpointError(TensorFileError):
    """A checkpoint that this run cannot use; says why, and what to do."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a run's state, whole or not at all; raises as ``write_tensors``."""
    write_tensors(path, {"format": FORMAT, **state})


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a run's state, onto the CPU.

    Raises:
        OSError, TensorFileError: as
            :func:`~resattn_tutorial.runtime.tensor_file.read_tensors`.
        CheckpointError: another version of this package wrote it.
    """
    state = read_tensors(path)
    found = state.get("format")
    if found != FORMAT:
        whose = "an earlier" if found == 1 else "another"
        raise CheckpointError(
            f"{path} was written by {whose} version of this package: it has the format "
            f"{found!r}, and this version reads {FORMAT}. Finish the run with the "
            "version that began it, or give this one a folder of its own."
        )
    return state


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
