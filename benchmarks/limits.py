"""What the device can do at most, and what a training step asks of it.

A step is held to two rates that are measured beside it: of plain matrix products, and
of plain copies. Its multiply-adds are known from the shapes. Its traffic is counted as
if every operation read its arguments from memory once and wrote its results once: what
an eager step does, unless a cache helps. A compiled step joins operations, so for it
no traffic is claimed.
"""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Callable, Iterator
from typing import Any

import torch

from benchmarks.ways import Bench
from resattn_tutorial.cost.flops import torch_count

# The package's recorder says why this class is taken from there.
from resattn_tutorial.cost.op_recorder import TorchDispatchMode, tensors_in
from resattn_tutorial.models.registry import build_network

# By kind of device: side of the matrices, and megabytes that a copy reads.
SIZES = {"cpu": (2048, 256), "cuda": (8192, 2048)}
SMALL_SIZES = (256, 4)


class Traffic(TorchDispatchMode):
    """A context that counts operations and the bytes that they read and write.

    Views, and tensors made without a value, move nothing.
    """

    def __init__(self) -> None:
        super().__init__()
        self.operations, self.bytes = 0, 0

    def __torch_dispatch__(
        self, op: Any, types: Any, args: tuple = (), kwargs: Any = None
    ) -> Any:
        result = op(*args, **(kwargs or {}))
        if not op.is_view and "empty" not in op.overloadpacket.__name__:
            self.operations += 1
            read = tensors_in([*args, *(kwargs or {}).values()])
            self.bytes += sum(x.nbytes for x in read + written(op, args, result))
        return result


def written(op: Any, args: tuple, result: Any) -> list[torch.Tensor]:
    """What an operation writes: new results, and arguments that it changes."""
    changed = [
        x for argument, x in zip(op._schema.arguments, args, strict=False)
        if argument.alias_info and argument.alias_info.is_write
    ]
    own = {id(x) for x in tensors_in(changed)}
    return tensors_in(changed) + [x for x in tensors_in(result) if id(x) not in own]


def demands(step: Callable[[], Any]) -> dict[str, int]:
    """The operations and the bytes of one eager step, its batch's making included."""
    with Traffic() as traffic:
        step()
    return {"operations": traffic.operations, "bytes": traffic.bytes}


def arithmetic(network: str) -> int:
    """Arithmetic operations for one image of 32 x 32, forward and backward.

    Six for each multiply-add: two forward, two for the gradient of the input, two for
    that of the weights.
    """
    with torch.device("meta"):
        images = torch.empty(1, 3, 32, 32)
        return 6 * torch_count(build_network(network, 10), images).total()


def rates(bench: Bench, precisions: list[str], small: bool) -> dict[str, float]:
    """Operations a second of a square matrix product by precision; bytes of a copy."""
    side, megabytes = SMALL_SIZES if small else SIZES[bench.device.type]
    found = {}
    for precision in precisions:
        dtype = getattr(torch, precision)
        a, b = torch.randn(2, side, side, device=bench.device, dtype=dtype)
        with tensor_cores(bench.device):
            found[precision] = 2 * side**3 / middle(bench, lambda a=a, b=b: a @ b)
    source = torch.zeros(megabytes * 2**20, dtype=torch.uint8, device=bench.device)
    target = torch.zeros_like(source)
    seconds = middle(bench, lambda: target.copy_(source))
    return found | {"copy": 2 * source.nbytes / seconds}


@contextlib.contextmanager
def tensor_cores(device: torch.device) -> Iterator[None]:
    """Inside, a GPU's float32 products use TF32, as its convolutions always do."""
    before = torch.get_float32_matmul_precision()
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        if device.type == "cuda":
            torch.set_float32_matmul_precision(before)


def middle(bench: Bench, work: Callable[[], Any], repeats: int = 7) -> float:
    """The median time of ``work``, after a first one that does not count."""
    work()
    return statistics.median(bench.timed(work) for _ in range(repeats))
