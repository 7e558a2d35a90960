"""Whether a run can be taken up from a checkpoint, and what has changed since (ch. 10).

Another run's checkpoint is refused, and so is one that no run could go on from as if it
had not been stopped. What changes a run at most in the last digits may change on the
way, and each change is told in a line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from resattn_tutorial.config import IDENTITY, TrainingConfig, differences
from resattn_tutorial.runtime.distributed import this_process
from resattn_tutorial.training.checkpoint import (
    require_momentum,
    require_same_network,
    require_same_optimizer,
    require_same_run,
)
from resattn_tutorial.training.frozen import parts_at_rest
from resattn_tutorial.training.step import Stepper

# Where the data lies is no matter; what was left out, its fingerprint tells.
UNTOLD = ("data", "data_name", "skip_damaged", "save_every")


def require_ours(
    state: Mapping[str, Any],
    path: Path,
    config: TrainingConfig,
    data: Mapping[str, Any],
    stepper: Stepper,
) -> None:
    """Refuse a checkpoint that this run cannot go on from.

    Args:
        state: the checkpoint's.
        path: where it lies.
        config: ours.
        data: what our data was found to be.
        stepper: ours, as it begins.

    Raises:
        CheckpointError: another run's, with other parts frozen, of another network or
            optimizer, or without a weight's momentum.
    """
    theirs = {name: state["configuration"][name] for name in IDENTITY}
    require_same_run(
        {**theirs, "data": state["data"]}, {**config.identity, "data": data}, path
    )
    network = stepper.network
    for name in ("network", "average", "best"):
        if state[name]:
            require_same_network(network, state[name], str(path))
    frozen = parts_at_rest(network)
    require_same_run({"frozen": state["frozen"]}, {"frozen": frozen}, path)
    require_same_optimizer(stepper.optimizer, state["optimizer"], path)
    require_momentum(network, state, path)


def settings_of(config: TrainingConfig, stepper: Stepper) -> dict[str, Any]:
    """What may change between two parts of a run."""
    told = {
        name: value for name, value in config.as_dict().items()
        if name not in (*IDENTITY, *UNTOLD)
    }
    return told | {
        "accumulation": stepper.accumulation,
        "precision": stepper.precision,
        "device": stepper.device.type,
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),
        "world_size": this_process().world_size,
    }


def changes_since(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What of a run's settings is another one than in the part before, a line each."""
    return differences(then, now, ("the part before", "this part"))
