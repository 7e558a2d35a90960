"""A module's forward pass, written down as rows of a layer table.

Every operation that torch carries out is caught below all Python code, so nothing
depends on how the module is written: only on what it does, to which tensors, with
which weights. An operation that no table knows keeps its own name and fits no row.
"""

from __future__ import annotations

from math import prod

import torch
from layer_blocks import Block
from layer_tables import Row
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# What never puts out less than 0; and what does not if all that it reads is not.
RECTIFY = {"relu", "sigmoid"}
KEEP = {"max_pool2d_with_indices", "upsample_bilinear2d", "mean.dim"}
KEEP |= {"add.Tensor", "mul.Tensor"}


class Tracer(TorchDispatchMode):
    """Writes every operation of a forward pass down as a row of a layer table.

    Attributes:
        rows: what was done, in order; one entry as :func:`as_traced` makes them.
        idle: the tensors that went through a ReLU although no value in them can be
            below 0, which follows from the operations that made them. Such a ReLU
            does nothing, and is no row.
    """

    def __init__(self, block: Block, x: Tensor) -> None:
        super().__init__()
        self.table = block.rows
        self.layer_of = {
            id(block.module.get_submodule(name).weight): row
            for name, row in block.layers.items()
        }
        self.blob_of = {id(x): block.source}
        self.kept = [x]  # an id is a tensor's own only as long as the tensor lives
        self.rectified: set[int] = set()
        self.rows: list[tuple] = []
        self.idle: list[str] = []

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        result = op(*args, **(kwargs or {}))
        if op is not torch.ops.aten.empty.memory_format:  # scratch of batch norm
            out = result[0] if isinstance(result, tuple) else result
            self.kept.append(out)
            given = (*args, *(kwargs or {}).items())  # no row has any by name
            # A ReLU may overwrite what it reads, as all of the authors' files do.
            name = op.name().removeprefix("aten::").replace("relu_", "relu")
            self.write(name, given, out)
        return result

    def write(self, op: str, args: tuple, out: Tensor) -> None:
        """Add the row of one operation, and remember what its output is called."""
        reads = self.read_by(op, args)
        inputs = [self.blob_of.get(id(x)) for x in reads]
        if op == "t":  # the same weights, seen from the other side
            self.layer_of[id(out)] = self.layer_of.get(id(args[0]))
        elif op == "relu" and id(reads[0]) in self.rectified:
            self.idle += inputs
            self.blob_of[id(out)] = inputs[0]
        else:
            self.add(op, args, inputs, reads[0], out)
        known = op in KEEP and all(id(x) in self.rectified for x in reads)
        if op in RECTIFY or known:
            self.rectified.add(id(out))

    def add(
        self, op: str, args: tuple, inputs: list[str | None], x: Tensor, out: Tensor
    ) -> None:
        """Add the row of one operation that does something."""
        kind, geometry = self.kind(op, args), self.geometry(op, args)
        name = self.name(kind, inputs, args)
        self.blob_of[id(out)] = inputs[0] if kind == "ReLU" else name
        counts = self.counts(kind, args, out)
        shapes = (as_map(x), as_map(out))
        self.rows.append((name, kind, frozenset(inputs), *shapes, geometry, counts))

    @staticmethod
    def read_by(op: str, args: tuple) -> tuple:
        """The tensors that an operation reads, but for weights."""
        if op == "addmm":
            return args[1:2]
        return args[:2] if op in ("add.Tensor", "mul.Tensor") else args[:1]

    @staticmethod
    def kind(op: str, args: tuple) -> str:
        """The Caffe layer that does the same, or the operation as it is."""
        match op, args:
            case "convolution", (_, _, _, _, _, [1, 1], False, _, _):
                return "Convolution"
            case "native_batch_norm", (*_, 0.1, 1e-5):
                return "BN"
            case "relu", _:
                return "ReLU"
            case "sigmoid", _:
                return "Sigmoid"
            case "add.Tensor", (_, _):
                return "Eltwise-SUM"
            case "mul.Tensor", (_, _):
                return "Eltwise-PROD"
            case "max_pool2d_with_indices", (_, _, _, _, [1, 1], True):
                return "Pooling-MAX"
            case "mean.dim", (_, [2, 3]):
                return "Pooling-AVE"
            case "upsample_bilinear2d", (_, _, True):
                return "Interp"
            case "addmm", (_, _, _):
                return "InnerProduct"
        return f"{op}{[arg for arg in args if not isinstance(arg, Tensor)]}"

    @staticmethod
    def geometry(op: str, args: tuple) -> tuple:
        """Kernel, stride and padding along both axes, groups, bias."""
        if op == "convolution":
            _, weight, bias, stride, pad, *_, group = args
            return (*weight.shape[2:], *stride, *pad, group, bias is not None)
        if op == "max_pool2d_with_indices":
            return (*args[1], *args[2], *args[3], 0, False)
        if op == "mean.dim":  # a window as large as the map, in its only place
            return (*args[0].shape[2:], 1, 1, 0, 0, 0, False)
        return (0, 0, 0, 0, 0, 0, 0, op == "addmm")

    def name(self, kind: str, inputs: list[str | None], args: tuple) -> str:
        """A layer with weights is known by them, others by what they read."""
        if kind in ("Convolution", "BN", "InnerProduct"):
            weight = args[2 if kind == "InnerProduct" else 1]
            return self.layer_of.get(id(weight)) or "weights of no layer"
        reads = 1 if kind == "Interp" else None
        for row in self.table:
            if row.type == kind and set(row.bottoms[:reads]) == set(inputs):
                return row.name
        return "in no table"

    @staticmethod
    def counts(kind: str, args: tuple, out: Tensor) -> tuple[int, int, int]:
        """Learnt and unlearnt numbers, and multiply-adds of one image."""
        if kind == "Convolution":
            each = prod(args[1].shape[1:])  # multiply-adds for one number put out
            return args[1].numel(), 0, each * prod(out.shape[1:])
        if kind == "BN":
            _, scale, shift, mean, var, *_ = args
            return scale.numel() + shift.numel(), mean.numel() + var.numel(), 0
        if kind == "InnerProduct":
            bias, _, weight = args
            return bias.numel() + weight.numel(), 0, weight.numel()
        return 0, 0, 0


def as_map(x: Tensor) -> tuple[int, int, int]:
    """The shape ``(C, H, W)`` of one image's part; 1 for a missing axis."""
    return (*x.shape[1:], 1, 1, 1)[:3]


def as_traced(row: Row) -> tuple:
    """A row of the table in the form that the tracer writes."""
    reads = 1 if row.type == "Interp" else None
    sizes = (row.kernel, row.kernel, row.stride, row.stride, row.pad, row.pad)
    learnt = row.params_conv + row.params_bias + row.bn_affine
    geometry = (*sizes, row.group, row.bias)
    inputs = frozenset(row.bottoms[:reads])
    shapes = (row.in_shape, row.out_shape)
    counts = (learnt, row.bn_stats, row.macs)
    return row.name, row.type, inputs, *shapes, geometry, counts


def trace(block: Block) -> Tracer:
    """Follow one forward pass in eval mode, as the module carries it out."""
    place = next(block.module.parameters()).device
    x = block.random_input(batch=1).float().to(place)
    tracer = Tracer(block, x)
    with torch.no_grad(), tracer:
        block.module.eval()(x)
    return tracer
