"""How much to run, and on what: QUICK, STANDARD or FULL (chapter 3).

QUICK is for two CPU cores and takes well under a minute a chapter. STANDARD is for
one GPU such as Colab lends, FULL for a real reproduction. The hardware chooses; the
environment variable ``RESATTN_MODE`` or an argument overrides it.
"""

from __future__ import annotations

import os

import torch

from resattn_tutorial.names import Mode, require_word
from resattn_tutorial.validation import require_count

# Far more than help; some hundred thousand end the process in a segmentation fault.
MOST_THREADS = 1024


def choose_device() -> torch.device:
    """The accelerator that torch finds here (a GPU, Apple's included), or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def choose_mode(mode: str | None = None) -> str:
    """Return the mode to run in: the argument, else the variable, else by hardware.

    Args:
        mode: ``"QUICK"``, ``"STANDARD"`` or ``"FULL"``; ``None`` looks at the
            environment variable ``RESATTN_MODE`` and, if it is not set, takes
            STANDARD where there is a GPU and QUICK elsewhere.

    Raises:
        ValueError: the mode asked for is none of the three; says who asked.
    """
    asker = "mode"
    if mode is None:
        asker, mode = "RESATTN_MODE", os.environ.get("RESATTN_MODE") or None
    if mode is None:
        return "QUICK" if choose_device().type == "cpu" else "STANDARD"
    return require_word(asker, mode, Mode)


def choose_threads(threads: int | None) -> None:
    """Compute with so many threads of the processor; ``None`` leaves it to torch.

    Raises:
        TypeError: it is no whole number; ValueError: there are none, or more than any
            processor has.
    """
    if threads is not None:
        require_count("threads", threads, at_most=MOST_THREADS)
        torch.set_num_threads(threads)


def make_deterministic() -> None:
    """Ask torch for operations that give the same bits every time, and say so."""
    # cuBLAS reads it once, at its first use.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # It would fill all new memory, for faults that read what nobody wrote.
    torch.utils.deterministic.fill_uninitialized_memory = False
    print("Deterministic: the same bits on the same hardware, at some cost of time.")
