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


class Tracer(TorchDispatchMode):
    """Writes every operation of a forward pass down as a row of a layer table."""

    def __init__(self, block: Block, x: Tensor) -> None:
        super().__init__()
        self.table = block.rows
        self.layer_of = {
            id(block.module.get_submodule(name).weight): row
            for name, row in block.layers.items()
        }
        self.blob_of = {id(x): block.source}
        self.kept = [x]  # an id is a tensor's own only as long as the tensor lives
        self.rows: list[tuple] = []

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        result = op(*args, **(kwargs or {}))
        if op is not torch.ops.aten.empty.memory_format:  # scratch of batch norm
            out = result[0] if isinstance(result, tuple) else result
            self.write(op.name().removeprefix("aten::"), args, out)
            self.kept.append(out)
        return result

    def write(self, op: str, args: tuple, out: Tensor) -> None:
        """Add the row of one operation, and remember what its output is called."""
        inputs = [self.blob_of.get(id(arg)) for arg in self.read_by(op, args)]
        kind, geometry = self.kind(op, args), self.geometry(op, args)
        name = self.name(kind, inputs, args)
        if kind == "ReLU":
            self.blob_of[id(out)] = inputs[0]
        else:
            self.blob_of[id(out)] = name
        counts = self.counts(kind, args, out)
        shapes = (tuple(args[0].shape[1:]), tuple(out.shape[1:]))
        self.rows.append((name, kind, frozenset(inputs), *shapes, geometry, counts))

    @staticmethod
    def read_by(op: str, args: tuple) -> tuple:
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
            case "max_pool2d_with_indices", (_, _, _, _, [1, 1], True):
                return "Pooling-MAX"
            case "upsample_bilinear2d", (_, _, True):
                return "Interp"
        return f"{op}{[arg for arg in args if not isinstance(arg, Tensor)]}"

    @staticmethod
    def geometry(op: str, args: tuple) -> tuple:
        """Kernel, stride and padding along both axes, groups, bias."""
        if op == "convolution":
            _, weight, bias, stride, pad, *_, group = args
            return (*weight.shape[2:], *stride, *pad, group, bias is not None)
        if op == "max_pool2d_with_indices":
            return (*args[1], *args[2], *args[3], 0, False)
        return (0, 0, 0, 0, 0, 0, 0, False)

    def name(self, kind: str, inputs: list[str | None], args: tuple) -> str:
        """A layer with weights is known by them, others by what they read."""
        if kind in ("Convolution", "BN"):
            return self.layer_of.get(id(args[1]), "weights of no layer")
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
        return 0, 0, 0


def as_traced(row: Row) -> tuple:
    """A row of the table in the form that the tracer writes."""
    reads = 1 if row.type == "Interp" else None
    sizes = (row.kernel, row.kernel, row.stride, row.stride, row.pad, row.pad)
    counts = (row.params_conv + row.bn_affine, row.bn_stats, row.macs)
    geometry = (*sizes, row.group, row.bias)
    inputs = frozenset(row.bottoms[:reads])
    shapes = (row.in_shape, row.out_shape)
    return row.name, row.type, inputs, *shapes, geometry, counts


def trace(block: Block) -> list[tuple]:
    """The rows of one forward pass in eval mode, as the module carries them out."""
    x = block.random_input(batch=1).float()
    tracer = Tracer(block, x)
    with torch.no_grad(), tracer:
        block.module.eval()(x)
    return tracer.rows
