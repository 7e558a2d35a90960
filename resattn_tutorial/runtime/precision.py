"""Which numbers to compute with: 32 bits, or 16 of the right kind (chapter 10).

Tensor cores multiply 16-bit numbers several times as fast as 32-bit ones. bfloat16
keeps the range of float32 and drops digits; float16 keeps more digits and a small
range, so that small gradients vanish unless the loss is scaled up first. A T4, the GPU
that Colab lends, has only float16.

On NVIDIA's GPUs since Ampere, float32 is less than it says: PyTorch lets convolutions
round what they multiply to TF32, whose ten binary digits are those of float16. That is
faster, and hardly matters for learning. ``float32-strict`` is float32 without it.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch

from resattn_tutorial.names import Precision, require_word
from resattn_tutorial.tensor_validation import require_device


def choose_precision(device: torch.device, precision: str = "auto") -> str:
    """The precision to train with.

    Args:
        device: where the network is.
        precision: one of :class:`~resattn_tutorial.names.Precision`. ``"auto"`` takes,
            on a GPU, bfloat16 where its hardware has it, else float16; elsewhere
            float32. bfloat16 that is only emulated does not count: it is slower than
            float32.

    Raises:
        TypeError: ``device`` is no :class:`torch.device`.
        ValueError: there is no such precision, or the device cannot use it.
    """
    require_device(device)
    if precision == "auto":
        if device.type != "cuda":
            return "float32"
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if native else "float16"
    precision = Precision(precision).value
    require_computed(device, precision)
    return precision


def require_computed(device: torch.device, precision: str) -> None:
    """Refuse a precision that a device does not compute in.

    Raises:
        ValueError: says what works there.
    """
    if precision == "float16" and device.type != "cuda":
        raise ValueError(
            f"precision float16 needs a GPU, got {device.type}; "
            "bfloat16 or float32 work there."
        )
    # On Apple's GPU an older PyTorch turns autocast off, and the run would not know.
    apple = device.type == "mps" and precision == "bfloat16"
    if apple and not _is_lowered(device, precision):
        raise ValueError(
            "precision bfloat16 is not computed on mps by PyTorch "
            f"{torch.__version__}, which would take float32 without a word; float32 "
            "works there."
        )


def _is_lowered(device: torch.device, precision: str) -> bool:
    """Whether autocast takes this precision on this device, or turns itself off."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")              # it warns where it turns off
        with torch.autocast(device.type, dtype=getattr(torch, precision)):
            return torch.is_autocast_enabled(device.type)


def autocast(
    device: torch.device, precision: str
) -> AbstractContextManager:
    """Where convolutions and products use the precision's 16 bits.

    Weights stay float32, and so does what is sensitive: batch norm's statistics, the
    loss and the sums of the optimizer.

    Raises:
        TypeError: ``device`` is no :class:`torch.device`; ValueError: there is no such
            precision, or it is ``"auto"``.
    """
    require_chosen(device, precision)
    lower = not precision.startswith("float32")
    dtype = getattr(torch, precision) if lower else None
    return torch.autocast(device.type, dtype=dtype, enabled=lower)


@contextlib.contextmanager
def strict_float32(precision: str) -> Iterator[None]:
    """Inside, no GPU rounds float32 to TF32, if the precision is ``float32-strict``.

    Forward and backward pass belong inside, as both multiply. Afterwards everything is
    as it was. Other precisions change nothing.
    """
    switches = tf32_switches() if precision == Precision.FLOAT32_STRICT else []
    before = [getattr(where, name) for where, name, _ in switches]
    try:
        for where, name, strict in switches:
            setattr(where, name, strict)
        yield
    finally:
        for (where, name, _), value in zip(switches, before, strict=True):
            setattr(where, name, value)


def tf32_switches() -> list[tuple[Any, str, Any]]:
    """PyTorch's switches of convolutions and products: where, name, what turns TF32
    off.

    PyTorch 2.9 brought new ones, and refuses to read the old where the new were set.
    """
    cudnn, products = torch.backends.cudnn, torch.backends.cuda.matmul
    if hasattr(torch.backends, "fp32_precision"):
        name, strict = "fp32_precision", "ieee"
        return [(cudnn.conv, name, strict), (products, name, strict)]
    return [(cudnn, "allow_tf32", False), (products, "allow_tf32", False)]


def has_tf32() -> bool:
    """Whether PyTorch's GPU would round float32 to TF32: NVIDIA's since Ampere do."""
    nvidia = torch.cuda.is_available() and torch.version.hip is None
    return nvidia and torch.cuda.get_device_capability() >= (8, 0)


def make_scaler(
    device: torch.device, precision: str
) -> torch.amp.GradScaler:
    """What keeps small float16 gradients from vanishing; does nothing for others.

    It multiplies the loss, divides the gradients again, skips a step whose gradients
    overflowed, and finds the factor by itself.

    Raises:
        TypeError, ValueError: as :func:`autocast`.
    """
    require_chosen(device, precision)
    return torch.amp.GradScaler(device.type, enabled=precision == "float16")


def require_chosen(device: torch.device, precision: str) -> None:
    """Refuse what is no device, and a precision that no number can have."""
    require_device(device)
    chosen = [one for one in Precision if one != Precision.AUTO]
    require_word("precision", precision, chosen)
