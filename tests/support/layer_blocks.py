"""The package's modules beside the rows of the tables that they stand for.

A block is one residual unit or one soft mask of Attention-56. The map from the names
of its layers to the names of rows is written out here, unit by unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from layer_tables import Row, Weights, read_table
from torch import Tensor, nn

from resattn_tutorial.models.residual import ResidualUnit, he_initialise
from resattn_tutorial.models.soft_mask import SoftMaskBranch

# A residual unit, by the row of its sum: the row of its input, channels in and out,
# stride. A unit's first batch norm carries the name of its input.
UNITS = {
    "pre_res_1": ("pool1_3x3_s2", 64, 256, 1),
    "AttentionA_1/trunk/res1": ("pre_res_1", 256, 256, 1),
    "AttentionA_1/trunk/res2": ("AttentionA_1/trunk/res1", 256, 256, 1),
    "AttentionA_1/trunk/res3": ("AttentionA_1/trunk/res2", 256, 256, 1),
    "AttentionA_1": ("AttentionA_1/fusion", 256, 256, 1),
    "pre_res_2": ("AttentionA_1", 256, 512, 2),
    "AttentionB_1/trunk/res1": ("pre_res_2", 512, 512, 1),
    "AttentionB_1/trunk/res2": ("AttentionB_1/trunk/res1", 512, 512, 1),
    "AttentionB_1/trunk/res3": ("AttentionB_1/trunk/res2", 512, 512, 1),
    "AttentionB_1": ("AttentionB_1/fusion", 512, 512, 1),
    "pre_res_3": ("AttentionB_1", 512, 1024, 2),
    "AttentionC_1/trunk/res1": ("pre_res_3", 1024, 1024, 1),
    "AttentionC_1/trunk/res2": ("AttentionC_1/trunk/res1", 1024, 1024, 1),
    "AttentionC_1/trunk/res3": ("AttentionC_1/trunk/res2", 1024, 1024, 1),
    "AttentionC_1": ("AttentionC_1/fusion", 1024, 1024, 1),
    "post_res_4_1": ("AttentionC_1", 1024, 2048, 2),
}

# A mask, by the row of its sigmoid: channels, poolings, and for each of its residual
# units the row of the unit's sum and of its input, all below "<mask>/".
MASKS = {
    "AttentionA_1/mask": (256, 3, {
        "body.down.0": ("down_sample/res1_1", "down_sample/pool1_3x3_s2"),
        "body.skip": ("skip/res1", "down_sample/res1_1"),
        "body.below.down.0": ("down_sample/res2_1", "down_sample/pool2_3x3_s2"),
        "body.below.skip": ("skip/res2", "down_sample/res2_1"),
        "body.below.below.down.0": ("down_sample/res3_1", "down_sample/pool3_3x3_s2"),
        "body.below.below.up.0": ("down_sample/res3_2", "down_sample/res3_1"),
        "body.below.up.0": ("up_sample/res2_1", "up_sample2"),
        "body.up.0": ("up_sample/res1_1", "up_sample1"),
    }),
    "AttentionB_1/mask": (512, 2, {
        "body.down.0": ("down_sample/res1_1", "down_sample/pool1_3x3_s2"),
        "body.skip": ("skip/res1", "down_sample/res1_1"),
        "body.below.down.0": ("down_sample/res2_1", "down_sample/pool2_3x3_s2"),
        "body.below.up.0": ("down_sample/res2_2", "down_sample/res2_1"),
        "body.up.0": ("up_sample/res1_1", "up_sample1"),
    }),
    "AttentionC_1/mask": (1024, 1, {
        "body.down.0": ("down_sample/res1_1", "down_sample/pool1_3x3_s2"),
        "body.up.0": ("down_sample/res1_2", "down_sample/res1_1"),
    }),
}
BLOCKS = (*UNITS, *MASKS)

# The names of a unit's layers: its module, its sum's row, its input's, any projection.
UnitLayers = Callable[[str, str, str, bool], dict[str, str]]


def unit_layers(module: str, unit: str, source: str, projects: bool) -> dict[str, str]:
    """The layers of one unit: module names to row names."""
    layers = {
        "bn1": f"{source}/bn",
        "conv1": f"{unit}/branch1/conv1_1x1",
        "bn2": f"{unit}/branch1/conv1_1x1/bn",
        "conv2": f"{unit}/branch1/conv2_3x3",
        "bn3": f"{unit}/branch1/conv2_3x3/bn",
        "conv3": f"{unit}/branch1/conv3_1x1",
    }
    if projects:
        layers["projection"] = f"{unit}/branch2/conv1_1x1"
    return {f"{module}{layer}": row for layer, row in layers.items()}


def mask_layers(
    mask: str,
    units: dict[str, tuple[str, str]],
    unit_layers: UnitLayers = unit_layers,
) -> dict[str, str]:
    """The layers of one mask: module names to row names."""
    layers = {
        "bn1": f"{mask}/up_sample/interp_1/bn",
        "conv1": f"{mask}/linear_1",
        "bn2": f"{mask}/linear_1/bn",
        "conv2": f"{mask}/linear_2",
    }
    for module, (unit, source) in units.items():
        layers |= unit_layers(f"{module}.", f"{mask}/{unit}", f"{mask}/{source}", False)
    return layers


@dataclass
class Block:
    """A module, the rows it stands for, and which of its layers is which row.

    ``source`` is the tensor it reads. ``like`` is the one that only gives a size.
    """

    module: nn.Module
    layers: dict[str, str]
    rows: list[Row]
    source: str
    like: str | None = None

    def weights(self) -> Weights:
        """A copy of the module's weights, by row."""
        weights = {}
        for name, row in self.layers.items():
            tensors = self.module.get_submodule(name).state_dict()
            tensors.pop("num_batches_tracked", None)
            weights[row] = {key: tensor.clone() for key, tensor in tensors.items()}
        return weights

    def start(self, x: Tensor) -> dict[str, Tensor]:
        """What the rows start from. Values that must not be read are not numbers."""
        blobs = {self.source: x}
        if self.like is not None:
            blobs[self.like] = torch.full_like(x, torch.nan)
        return blobs

    def random_input(self, batch: int = 2) -> Tensor:
        """Values of the shape that the table says, in float64."""
        shape = next(r.in_shape for r in self.rows if r.bottoms[0] == self.source)
        return 0.5 + 2 * torch.randn(batch, *shape, dtype=torch.float64)


@cache
def attention56() -> tuple[Row, ...]:
    """The rows of Attention-56."""
    return tuple(read_table("attention56"))


def build(name: str) -> Block:
    """The package's module for a block, with the table's rows of it."""
    return build_unit(name) if name in UNITS else build_mask(name)


def build_unit(name: str) -> Block:
    """A residual unit: its own sum, its branches, the batch norm of its input."""
    source, channels_in, channels_out, stride = UNITS[name]
    module = ResidualUnit(channels_in, channels_out, stride)
    layers = unit_layers("", name, source, projects=channels_in != channels_out)
    own = (name, f"{source}/bn", f"{source}/bn/relu")
    within = (f"{name}/branch1/", f"{name}/branch2/")
    rows = [r for r in attention56() if r.name in own or r.name.startswith(within)]
    return Block(module, layers, rows, source)


def build_mask(name: str) -> Block:
    """A soft mask: all that is called after it. It reads the trunk's first unit."""
    channels, poolings, units = MASKS[name]
    module = SoftMaskBranch(channels, poolings)
    rows = [r for r in attention56() if f"{r.name}/".startswith(f"{name}/")]
    trunk = name.replace("/mask", "/trunk")
    layers = mask_layers(name, units)
    return Block(module, layers, rows, f"{trunk}/res1", f"{trunk}/res3")


def prepare(name: str) -> tuple[Block, Tensor]:
    """A block in float64 and an input; its batch norms are far from their start."""
    torch.manual_seed(0)
    block = build(name)
    he_initialise(block.module).double()
    for layer in block.module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.3, 0.3)
    x = block.random_input()
    calibrate(block.module, x)
    return block, x


@torch.no_grad()
def calibrate(module: nn.Module, x: Tensor) -> None:
    """Set the running statistics to those of one batch; leave the module in eval."""
    norms = [layer for layer in module.modules() if isinstance(layer, nn.BatchNorm2d)]
    usual = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    module.train()(x)
    for norm, momentum in zip(norms, usual, strict=True):
        norm.momentum = momentum
    module.eval()
