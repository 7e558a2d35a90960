"""The package's whole networks beside the authors' tables.

A network is a block like any other, whose layers are all the layers. It also has
parts, one after another: the stem, each unit and each attention module, the head. Its
table is cut behind the rows that these end on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import torch
from layer_blocks import (
    MASKS,
    Block,
    UnitLayers,
    calibrate,
    mask_layers,
    unit_layers,
)
from layer_tables import Row, read_table, run
from torch import Tensor, nn

from resattn_tutorial.models import zoo

# Attention modules in stages 1 to 3, which the files call A, B and C.
NETWORKS = {"attention56": (1, 1, 1), "attention92": (1, 2, 3)}
NETWORKS["attentionnext56"] = (1, 1, 1)


@dataclass
class Network(Block):
    """A whole network: a block that reads the image, in parts by their names.

    ``parts`` maps the package's parts to the tensors that they put out, in order.
    """

    parts: dict[str, str] = field(default_factory=dict)

    def cut(self, size: int) -> Iterator[tuple[str, list[Row]]]:
        """The rows of each part, for images of ``size`` pixels.

        The released files average over 7 by 7 pixels, which is the whole map of an
        image of 224 pixels and of no other. For other sizes the window is widened to
        the whole map.
        """
        last = -(-size // 32)
        rows = [
            replace(row, kernel=last) if row.type == "Pooling-AVE" else row
            for row in self.rows
        ]
        for part, top in self.parts.items():
            end = 1 + max(i for i, row in enumerate(rows) if row.top == top)
            yield part, rows[:end]
            rows = rows[end:]


def main_line(modules: tuple[int, ...]) -> dict[str, str]:
    """A network's parts in their order, and the tensor that each puts out."""
    line = {"stem": "pool1_3x3_s2"}
    for stage, (letter, count) in enumerate(zip("ABC", modules, strict=True)):
        line[f"stages.{stage}.0"] = f"pre_res_{stage + 1}"
        for number in range(1, count + 1):
            line[f"stages.{stage}.{number}"] = f"Attention{letter}_{number}"
    for number in range(3):
        line[f"stages.3.{number}"] = f"post_res_4_{number + 1}"
    return line | {"head": "cls"}


def next_unit_layers(
    module: str, unit: str, source: str, projects: bool
) -> dict[str, str]:
    """The layers of a unit of AttentionNeXt, whose batch norms follow."""
    layers = {}
    for number, conv in enumerate(("conv1_1x1", "conv2_3x3", "conv3_1x1"), 1):
        layers[f"{module}conv{number}"] = f"{unit}/branch1/{conv}"
        layers[f"{module}bn{number}"] = f"{unit}/branch1/{conv}/bn"
    if projects:
        layers[f"{module}projection.0"] = f"{unit}/branch2/conv1_1x1"
        layers[f"{module}projection.1"] = f"{unit}/branch2/conv1_1x1/bn"
    return layers


def module_layers(
    part: str, name: str, source: str, unit: UnitLayers
) -> dict[str, str]:
    """The layers of one attention module."""
    trunk = [source, *(f"{name}/trunk/res{number}" for number in (1, 2, 3))]
    layers = {}
    for place, at in {"before.0": 1, "trunk.0": 2, "trunk.1": 3}.items():
        layers |= unit(f"{part}.{place}.", trunk[at], trunk[at - 1], False)
    layers |= unit(f"{part}.after.0.", name, f"{name}/fusion", False)
    mask = f"{name}/mask"
    of_first = re.sub(r"\d", "1", mask)  # one map serves all modules of a stage
    found = mask_layers(mask, MASKS[of_first][2], unit)
    return layers | {f"{part}.mask.{layer}": row for layer, row in found.items()}


def network_layers(parts: dict[str, str], unit: UnitLayers) -> dict[str, str]:
    """The layers of a whole network: module names to row names."""
    layers = {"stem.conv": "conv1", "stem.bn": "conv1/bn"}
    names = list(parts.items())
    for (_, source), (part, name) in zip(names, names[1:-1], strict=False):
        if name.startswith("Attention"):
            layers |= module_layers(part, name, source, unit)
        else:
            projects = part.endswith(".0")
            layers |= unit(f"{part}.", name, source, projects)
    last = names[-2][1]
    return layers | {"head.bn": f"{last}/bn", "head.classify": "classifier"}


def build_network(name: str, device: str = "cpu") -> Network:
    """A network of the zoo, with its table.

    Units that end on a ReLU are followed by no batch norm of their own; and the file
    of AttentionNeXt says ``down`` and ``up`` for ``down_sample`` and ``up_sample``.
    """
    with torch.device(device):
        module = getattr(zoo, name)()
    parts, rows = main_line(NETWORKS[name]), read_table(name)
    layers = network_layers(parts, unit_layers)
    if name.startswith("attentionnext"):
        layers = network_layers(parts, next_unit_layers)
        layers = {
            layer: row.replace("_sample", "")
            for layer, row in layers.items()
            if not layer.endswith(("mask.bn1", "head.bn"))
        }
    return Network(module, layers, rows, "data", parts=parts)


@torch.no_grad()
def prepare_network(name: str) -> Network:
    """A network in float64 whose batch norms know the statistics of one image."""
    torch.manual_seed(0)
    network = build_network(name)
    network.module.double()
    for layer in network.module.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.3, 0.3)
    calibrate(network.module, network.random_input(batch=1))
    return network


@torch.no_grad()
def both(network: Network, images: Tensor) -> Iterator[tuple[str, Tensor, Tensor]]:
    """What the package and the table make of ``images``: after each part, each mask.

    Yields a name, the package's tensor and the table's. Each runs from end to end by
    itself; nothing is set right on the way.
    """
    found: dict[str, Tensor] = {}
    hooks = [
        network.module.get_submodule(name).register_forward_hook(
            lambda _, __, out, name=name: found.update({name: out})
        )
        for part in network.parts
        for name in (part, f"{part}.mask")
        if name in dict(network.module.named_modules())
    ]
    network.module(images)
    for hook in hooks:
        hook.remove()
    source, x, weights = network.source, images, network.weights()
    for part, rows in network.cut(images.shape[-1]):
        blobs = run(rows, {source: x}, weights)
        source = network.parts[part]
        x = blobs[source]
        if f"{part}.mask" in found:
            yield f"{part}.mask", found[f"{part}.mask"], blobs[f"{source}/mask"]
        out = found[part]
        yield part, out, x if part != "head" else blobs["classifier"].flatten(1)
