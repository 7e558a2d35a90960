"""What ``torchrun`` tells the processes that it starts, read with care (chapter 10).

It tells each its number and how many there are by environment variables. A queue, or a
line left in a terminal, may set them as well; half of them would let a process train
alone, or wait for ever for others that do not exist.
"""

from __future__ import annotations

import os

from resattn_tutorial.validation import require_count

PLACE = ("MASTER_ADDR", "MASTER_PORT")
HOW = "Start with torchrun, which sets all of them, or unset it."
MOST = 10**6


def variable(name: str, default: int | None = None, least: int = 0) -> int:
    """A whole number that an environment variable holds.

    Args:
        name: the variable's.
        default: if it is not set; ``None`` if it must be.
        least: the smallest that it can be.

    Raises:
        ValueError: it holds no such number, or is not set and must be.
    """
    told = os.environ.get(name)
    if told is None and default is not None:
        return default
    if told is None:
        raise ValueError(f"{name} must be set where RANK is. {HOW}")
    if not (told.isascii() and told.isdecimal() and len(told) < 10):
        raise ValueError(f"{name} must be a whole number, got {told[:40]!r}. {HOW}")
    return require_count(name, int(told), at_least=least, at_most=MOST)


def started_by_torchrun() -> bool:
    """Whether we are one of several processes; a single one counts if it was told.

    Raises:
        ValueError: what was told is not whole, or contradicts itself.
    """
    if "RANK" not in os.environ:
        if variable("WORLD_SIZE", 1, least=1) > 1:
            raise ValueError(
                f"RANK must be set where WORLD_SIZE is {os.environ['WORLD_SIZE']}. "
                f"{HOW}"
            )
        return False
    rank, count = variable("RANK"), variable("WORLD_SIZE", least=1)
    if rank >= count:
        raise ValueError(
            f"RANK must be below WORLD_SIZE, {count}, got {rank}. {HOW}"
        )
    local = variable("LOCAL_RANK", rank)
    here = min(variable("LOCAL_WORLD_SIZE", count, least=1), count)
    if local > rank or local >= here:
        raise ValueError(
            f"LOCAL_RANK must be at most RANK, {rank}, and below the number of "
            f"processes here, {here}, got {local}. {HOW}"
        )
    for name in PLACE:
        if not os.environ.get(name):
            raise ValueError(f"{name} must be set where RANK is. {HOW}")
    require_count("MASTER_PORT", variable("MASTER_PORT"), at_most=65_535)
    return True


def processes_here() -> int:
    """How many processes share this machine; raises as :func:`variable`."""
    return variable("LOCAL_WORLD_SIZE", 1, least=1)


def our_gpu(gpus: int) -> int:
    """The number of our GPU out of ``gpus``, one for each process of this machine.

    Raises:
        ValueError: it is not told, or there are fewer.
    """
    number = variable("LOCAL_RANK")
    if number >= gpus:
        raise ValueError(
            f"LOCAL_RANK must be below the number of GPUs here, {gpus}, got {number}. "
            "Start with torchrun --nproc-per-node of as many processes as GPUs."
        )
    return number
