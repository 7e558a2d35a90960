"""One process or many: rank and world size (chapter 10).

``torchrun`` starts a process for each GPU and tells each, by environment variables, its
number and how many there are. Without it there is one process, and nothing to join.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from resattn_tutorial.runtime.device import choose_device
from resattn_tutorial.runtime.launch import (
    PLACE,
    our_gpu,
    require_torch,
    started_by_torchrun,
)


class Process(NamedTuple):
    """One of the processes that share each batch: its ``rank``, and the ``world_size``.

    The processes are numbered from 0; of every batch each takes an equal part.
    """

    rank: int = 0
    world_size: int = 1


ALONE = Process()


@contextlib.contextmanager
def joined_processes() -> Iterator[torch.device]:
    """Join the processes that ``torchrun`` started, if it did; give our device.

    Processes with a GPU each talk by NCCL, others by gloo.

    Raises:
        ValueError: what the environment tells of them is not whole, or contradicts
            itself; or PyTorch is too old for them.
        OSError: they cannot be reached.
    """
    if not started_by_torchrun():
        yield choose_device()
        return
    require_torch()
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", our_gpu(torch.cuda.device_count()))
        torch.cuda.set_device(device)
    join("nccl" if device.type == "cuda" else "gloo", device)
    try:
        yield device
    finally:
        dist.destroy_process_group()


def join(backend: str, device: torch.device) -> None:
    """Meet the other processes where the environment says.

    Args:
        backend: in which they talk.
        device: ours. NCCL is told which GPU it is, or would guess it by our number.

    Raises:
        OSError: nobody is to be met there, or the place is taken.
    """
    try:
        gpu = device if device.type == "cuda" else None
        dist.init_process_group(backend, device_id=gpu)
    except RuntimeError as error:                    # what torch calls its troubles
        place = ":".join(os.environ[name] for name in PLACE)
        raise OSError(
            f"the other processes cannot be reached at {place}: "
            f"{str(error).partition(chr(10))[0]}"
        ) from error


def this_process() -> Process:
    """Our rank among the processes, and how many there are."""
    if not dist.is_initialized():
        return ALONE
    return Process(dist.get_rank(), dist.get_world_size())


def distributed(network: nn.Module, device: torch.device) -> nn.Module:
    """The network, with its gradients averaged over all processes.

    Buffers are not copied from the first process, as they would be by default: batch
    norm's statistics follow the rule of
    :mod:`resattn_tutorial.training.grad_accumulation`.
    """
    if not dist.is_initialized():
        return network
    joined = DistributedDataParallel(
        network, device_ids=[device] if device.type == "cuda" else None
    )
    joined.broadcast_buffers = False     # as an argument, torch renamed it
    return joined


def sum_over_processes(values: list[float], device: torch.device) -> Tensor:
    """Each value's sum over all processes, float64 on the CPU; ours if we are alone."""
    # Apple's GPU has no float64, and is never one of several.
    if not dist.is_initialized():
        return torch.tensor(values, dtype=torch.float64)
    joined = torch.tensor(values, dtype=torch.float64, device=device)
    dist.all_reduce(joined)
    return joined.cpu()


def require_agreement(name: str, value: Any) -> None:
    """Refuse to begin if a process has another value than the others.

    Raises:
        ValueError: in each process; says what all of them have.
    """
    if not dist.is_initialized():
        return
    found = [value] * dist.get_world_size()
    dist.all_gather_object(found, value)
    if any(other != value for other in found):
        raise ValueError(
            f"{name} must be the same in all processes, got {found}. "
            "Do they see the same folder, and were they started alike?"
        )
