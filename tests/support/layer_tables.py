"""The authors' networks as tables of layers, and a plain way to run them.

This is the reference that the package is tested against, so it uses nothing of the
package: a table is read from ``tests/data``, and ``run`` carries its rows out one by
one with functions of torch. What a table does not say (how Caffe rounds a pooling,
where ``Interp`` samples) is written out here and stated in ``tests/data/README.md``.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

DATA = Path(__file__).parents[1] / "data"

Weights = dict[str, dict[str, Tensor]]


@dataclass(frozen=True)
class Row:
    """One layer. Shapes are ``(C, H, W)``; a column that is empty in the file is 0."""

    name: str
    type: str
    bottoms: tuple[str, ...]
    top: str
    in_shape: tuple[int, int, int]
    out_shape: tuple[int, int, int]
    kernel: int
    stride: int
    pad: int
    group: int
    bias: bool
    params_conv: int
    params_bias: int
    bn_affine: int
    bn_stats: int
    macs: int
    elem: int


def read_table(network: str) -> list[Row]:
    """Read the table of ``attention56``, ``attention92`` or ``attentionnext56``."""
    with open(DATA / f"{network}_layers.csv", newline="") as file:
        return [row_of(fields) for fields in csv.DictReader(file)]


def row_of(fields: dict[str, str]) -> Row:
    """Turn one line of a table into a row."""
    counts = ("kernel", "stride", "pad", "group", "params_conv", "params_bias")
    counts += ("bn_affine", "bn_stats", "macs", "elem")
    return Row(
        name=fields["name"],
        type=fields["type"],
        bottoms=tuple(fields["bottom"].split(" + ")),
        top=fields["top"],
        in_shape=tuple(int(fields[f"in{axis}"]) for axis in "CHW"),
        out_shape=tuple(int(fields[f"out{axis}"]) for axis in "CHW"),
        bias=fields["bias"] == "True",
        **{count: int(fields[count] or 0) for count in counts},
    )


def weight_shapes(row: Row) -> dict[str, tuple[int, ...]]:
    """The shapes of a row's weights by torch's names; empty where it has none."""
    inputs, outputs = row.in_shape[0], row.out_shape[0]
    if row.type == "Convolution":
        return {"weight": (outputs, inputs // row.group, row.kernel, row.kernel)}
    if row.type == "BN":
        names = ("weight", "bias", "running_mean", "running_var")
        return {name: (outputs,) for name in names}
    if row.type == "InnerProduct":
        return {"weight": (outputs, inputs), "bias": (outputs,)}
    return {}


def run(
    rows: Sequence[Row],
    blobs: dict[str, Tensor],
    weights: Weights,
    training: bool = False,
) -> dict[str, Tensor]:
    """Carry out ``rows`` in order; return every tensor by its name.

    Args:
        rows: a whole table, or any part whose inputs are all in ``blobs``.
        blobs: the tensors to start from, by name, each ``(N, C, H, W)`` of any size.
        weights: for each row that has weights, its name and a dictionary with the
            names of :func:`weight_shapes`.
        training: batch norm takes the batch's statistics, and moves the running ones
            in ``weights`` in place.
    """
    blobs = dict(blobs)
    for row in rows:
        inputs = [blobs[bottom] for bottom in row.bottoms]
        blobs[row.top] = carry_out(row, inputs, weights.get(row.name, {}), training)
    return blobs


def carry_out(
    row: Row, inputs: list[Tensor], weights: dict[str, Tensor], training: bool
) -> Tensor:
    """Carry out one row."""
    match row.type, inputs:
        case "Convolution", [x]:
            weight = weights["weight"]
            return F.conv2d(x, weight, None, row.stride, row.pad, groups=row.group)
        case "BN", [x]:
            return batch_norm(x, weights, training)
        case "ReLU", [x]:
            return F.relu(x)
        case "Sigmoid", [x]:
            return torch.sigmoid(x)
        case "Pooling-MAX", [x]:
            return F.max_pool2d(x, row.kernel, row.stride, row.pad, ceil_mode=True)
        case "Pooling-AVE", [x]:
            return F.avg_pool2d(x, row.kernel, row.stride, row.pad, ceil_mode=True)
        case "Interp", [x, like]:
            return interpolate(x, like.shape[-2:])
        case "Eltwise-SUM", [x, y]:
            return x + y
        case "Eltwise-PROD", [x, y]:
            return x * y
        case "InnerProduct", [x]:
            y = F.linear(x.flatten(1), weights["weight"], weights["bias"])
            return y[:, :, None, None]
        case "Softmax", [x]:
            return torch.softmax(x, dim=1)
    raise ValueError(f"{row.name}: no rule for {row.type} of {len(inputs)} inputs.")


def batch_norm(x: Tensor, weights: dict[str, Tensor], training: bool) -> Tensor:
    """The Caffe layer ``BN``: statistics, scale and shift in one; epsilon 1e-5."""
    mean, var = weights["running_mean"], weights["running_var"]
    scale, shift = weights["weight"], weights["bias"]
    return F.batch_norm(x, mean, var, scale, shift, training, momentum=0.1, eps=1e-5)


def interpolate(x: Tensor, size: Sequence[int]) -> Tensor:
    """The Caffe layer ``Interp``: bilinear, the corners of one grid on the other's."""
    rows = sample_weights(x.shape[-2], size[0]).to(x)
    columns = sample_weights(x.shape[-1], size[1]).to(x)
    return rows @ x @ columns.T                      # (N, C, *size)


def sample_weights(old: int, new: int) -> Tensor:
    """What each of ``old`` points gives to each of ``new``: a matrix (new, old).

    New point ``i`` lies at ``i * (old - 1) / (new - 1)`` and takes from its two
    neighbours in proportion to their nearness.
    """
    step = (old - 1) / (new - 1) if new > 1 else 0.0
    places = torch.arange(new, dtype=torch.float64)[:, None] * step
    distances = (places - torch.arange(old, dtype=torch.float64)).abs()
    return (1 - distances).clamp(min=0)


def error(found: Tensor, expected: Tensor) -> float:
    """The relative distance of two tensors, by Euclidean norms."""
    return float((found - expected).norm() / expected.norm())
