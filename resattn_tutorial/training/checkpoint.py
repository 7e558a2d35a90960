"""Everything a run needs to go on, in one file, written whole or not at all (ch. 10).

The new file is written beside the old one, forced to the disk, and then takes its
name, which the system does in one indivisible step. Whoever pulls the plug finds the
old checkpoint or the new one, never half of one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor, nn

from resattn_tutorial.config import differences
from resattn_tutorial.runtime.tensor_file import CheckpointError


def require_same_run(
    theirs: dict[str, Any], ours: dict[str, Any], path: Path
) -> None:
    """Refuse the checkpoint of a run that was configured otherwise.

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
