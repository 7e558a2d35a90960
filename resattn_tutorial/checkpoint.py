"""Everything a run needs to go on, in one file, written whole or not at all (ch. 10).

The new file is written beside the old one, forced to the disk, and then takes its
name, which the system does in one indivisible step. Whoever pulls the plug finds the
old checkpoint or the new one, never half of one.
"""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

FORMAT = 1


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; says why, and what to do."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write ``state`` to ``path``, whole or not at all.

    Args:
        path: of the file; what stood there is replaced.
        state: tensors, numbers, text, and lists and dictionaries of them.

    Raises:
        OSError: the disk is full, or refuses; the old file is still there then.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with draft.open("wb") as file:
            torch.save({"format": FORMAT, **state}, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
        _force_name_to_disk(path.parent)
    except RuntimeError as error:                    # torch's words for a full disk
        raise OSError(f"{path} could not be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)


def _force_name_to_disk(folder: Path) -> None:
    if os.name == "nt":                              # cannot open a folder
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, onto the CPU, without running any code that it may hold.

    Raises:
        FileNotFoundError: there is none.
        CheckpointError: the file is cut or altered, holds more than tensors and plain
            values, or comes from another version of this package.
    """
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} is no checkpoint of ours, or an altered one: it holds more than "
            "tensors and plain values. None of it was run."
        ) from error
    except (RuntimeError, EOFError, ValueError) as error:
        raise CheckpointError(
            f"{path} is not a whole checkpoint: {error} "
            "Delete it, or give another folder, to begin anew."
        ) from error
    found = state.get("format") if isinstance(state, dict) else None
    if found != FORMAT:
        raise CheckpointError(
            f"{path} has the format {found!r}, and this version reads {FORMAT}."
        )
    return state


def differences(
    theirs: dict[str, Any],
    ours: dict[str, Any],
    whose: tuple[str, str] = ("the checkpoint", "this run"),
    inside: str = "",
) -> list[str]:
    """What differs between two configurations, one line each.

    Args:
        theirs: one configuration, the checkpoint's for one.
        ours: the other, the present run's for one.
        whose: what to call the two.
        inside: what the names stand in.
    """
    found = []
    for name in sorted(theirs.keys() | ours.keys()):
        was, now = theirs.get(name), ours.get(name)
        if isinstance(was, dict) and isinstance(now, dict):
            found += differences(was, now, whose, f"{inside}{name}, ")
        elif was != now:
            found.append(
                f"{inside}{name}: {was!r} in {whose[0]}, {now!r} in {whose[1]}"
            )
    return found


def require_same_network(
    network: nn.Module, weights: dict[str, Tensor], whose: str
) -> None:
    """Refuse weights whose names or shapes are not the network's.

    Raises:
        CheckpointError: they are another network's; names the first differences.
    """
    own = network.state_dict()
    faults = [f"it lacks {name}" for name in own if name not in weights]
    faults += [f"it has {name} besides" for name in weights if name not in own]
    faults += [
        f"{name} is {tuple(weights[name].shape)} in it, {tuple(own[name].shape)} here"
        for name in own if name in weights and weights[name].shape != own[name].shape
    ]
    if faults:
        more = f"; and {len(faults) - 4} more" if len(faults) > 4 else ""
        raise CheckpointError(
            f"{whose} holds another network: {'; '.join(faults[:4])}{more}."
        )
