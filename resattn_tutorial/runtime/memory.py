"""Memory that runs out: to know it when it does, and to go on with less (chapter 10).

PyTorch has an error of its own for it. The libraries below it, which take memory for
themselves, tell it in other words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

# What an error of PyTorch says where cuDNN, cuBLAS, a driver or a system had no more.
WORDS = (
    "CUDNN_STATUS_ALLOC_FAILED",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUSOLVER_STATUS_ALLOC_FAILED",
    "DEVICE_ALLOCATION_FAILED",
    "CUDA error: out of memory",
    "MPS backend out of memory",
    "DefaultCPUAllocator: can't allocate memory",
    "DefaultCPUAllocator: not enough memory",
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that there was not enough memory, in whatever words."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(w in str(error) for w in WORDS)


@contextmanager
def memory_told() -> Iterator[None]:
    """Inside, a lack of memory is a ``torch.OutOfMemoryError``, whoever says it."""
    try:
        yield
    except RuntimeError as error:
        if isinstance(error, torch.OutOfMemoryError) or not is_out_of_memory(error):
            raise
        raise torch.OutOfMemoryError(str(error)) from error


def free_memory(device: torch.device) -> None:
    """Give back what PyTorch keeps of a device for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


class InParts:
    """Call a function of ``(N, …)`` with parts of its input that fit into memory.

    It must treat each of the N by itself, as a network does in evaluation mode. Once a
    part did not fit, those after it are as small as the one that did.

    Args:
        function: gives ``(N, …)`` for ``(N, …)``.
        device: where it works.
    """

    def __init__(
        self, function: Callable[[Tensor], Tensor], device: torch.device
    ) -> None:
        self.function, self.device = function, device
        self.most: int | None = None

    def __call__(self, inputs: Tensor) -> Tensor:
        """The function's values of all inputs.

        Raises:
            torch.OutOfMemoryError: a single one does not fit.
        """
        while True:
            parts = inputs.split(self.most or max(1, len(inputs)))
            try:
                with memory_told():
                    found = [self.function(part) for part in parts]
                return found[0] if len(found) == 1 else torch.cat(found)
            except torch.OutOfMemoryError:
                size = len(parts[0])
                if size < 2:
                    raise
            self.most = size // 2
            free_memory(self.device)
