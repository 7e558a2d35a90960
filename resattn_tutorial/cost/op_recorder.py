"""Every operation of a forward pass, caught below all Python code (chapter 8).

PyTorch turns whatever a network does into calls of a few hundred basic operations.
It lets a *dispatch mode* see each of these calls, so nothing depends on how a network
is written. Shapes are enough: on PyTorch's ``meta`` device, where tensors have a shape
and hold no numbers, the largest network is recorded at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

from torch import Tensor

# PyTorch's own counter stands on this class, too, but PyTorch promises it to nobody:
# it has no public name. Whoever needs it takes it from here.
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.module_tracker import ModuleTracker

__all__ = [
    "KINDS", "MATRIX_PRODUCTS", "Operation", "Recorder",
    "kind_of", "tensors_in", "work_of",
]
KINDS = {
    "convolution": "convolution",
    "conv": "convolution",  # fvcore's name
    "linear": "linear",
    "addmm": "linear",
    "mm": "linear",
    "addmv": "linear",
    "mv": "linear",
    "batch_norm": "batch norm",
    "native_batch_norm": "batch norm",
    "cudnn_batch_norm": "batch norm",
    "_native_batch_norm_legit_no_training": "batch norm",
    "relu": "ReLU",
    "max_pool2d_with_indices": "max pooling",
    "upsample_bilinear2d": "interpolation",
    "add": "sum",
    "mul": "product",
}
"""From PyTorch's and fvcore's names to the field's. What is not here keeps its own,
as ``sigmoid`` and ``mean`` do.

:meta hide-value:
"""
MATRIX_PRODUCTS = (
    "addmm", "mm", "bmm", "baddbmm", "addbmm", "addmv", "mv", "dot", "vdot",
)
"""The operations whose last two tensors are multiplied as matrices or vectors."""


class Operation(NamedTuple):
    """One operation of a forward pass.

    Attributes:
        path: the part of the network that asked for it; ``""`` is the network itself.
        kind: the field's word for it, or PyTorch's name where :data:`KINDS` has none.
        shape: of what it puts out; ``()`` if that is no tensor.
        multiply_adds: of a convolution or a matrix product; 0 of all others.
        read: numbers that it reads, weights included.
        written: numbers that it puts out.
    """

    path: str
    kind: str
    shape: tuple[int, ...]
    multiply_adds: int
    read: int
    written: int


def kind_of(name: str) -> str:
    """The field's word for an operation; its own name if there is none."""
    name = name.removesuffix("_")  # relu_ is a ReLU that overwrites
    return KINDS.get(name, name)


def work_of(name: str, args: Sequence[Any], out: Tensor) -> int:
    """The multiply-adds of one of PyTorch's operations; 0 if it has none.

    Args:
        name: PyTorch's name for it.
        args: what it is called with.
        out: what it puts out.
    """
    if name == "convolution":
        x, weight, transposed = args[0], args[1], args[6]
        places = x if transposed else out
        return places.numel() * prod(weight.shape[1:])
    if name.removesuffix("_") in MATRIX_PRODUCTS:
        left, right = args[-2:]
        columns = right.shape[-1] if right.dim() > 1 else 1
        return left.numel() * columns
    return 0


def tensors_in(args: Any) -> list[Tensor]:
    """The tensors among an operation's arguments or results, lists opened."""
    if isinstance(args, Tensor):
        return [args]
    if isinstance(args, (tuple, list)):
        return [x for one in args for x in tensors_in(one)]
    return []


class Recorder(TorchDispatchMode):
    """A context in which every operation is noted, in order, in the list ``found``.

    Its ``tracker``, a context of PyTorch's that must be entered as well, knows which
    part of a network is at work. Of an operation with several results the first is
    noted. A view, which only looks at old numbers in a new way, reads and writes none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.tracker = ModuleTracker()
        self.found: list[Operation] = []

    def __torch_dispatch__(
        self, op: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        result = op(*args, **(kwargs or {}))
        name, view = op.overloadpacket.__name__, op.is_view
        out = next(iter(tensors_in(result)), None)
        parents = self.tracker.parents - {"Global"}
        at_work = max(parents, key=len, default="")
        read = sum(x.numel() for x in tensors_in(args))
        self.found.append(Operation(
            path=at_work.partition(".")[2],
            kind=kind_of(name),
            shape=() if out is None else tuple(out.shape),
            multiply_adds=0 if out is None else work_of(name, args, out),
            read=0 if view else read,
            written=0 if view or out is None else out.numel(),
        ))
        return result
