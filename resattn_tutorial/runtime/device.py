"""How much to run, and on what: QUICK, STANDARD or FULL (chapter 3).

QUICK is for two CPU cores and takes well under a minute a chapter. STANDARD is for
one GPU such as Colab lends, FULL for a real reproduction. The hardware chooses; the
environment variable ``RESATTN_MODE`` or an argument overrides it.
"""

from __future__ import annotations

import os

import torch

MODES = ("QUICK", "STANDARD", "FULL")


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
    if mode not in MODES:
        choices = ", ".join(MODES)
        raise ValueError(f"{asker} must be one of {choices}, got {mode!r}.")
    return mode
