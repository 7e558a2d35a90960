"""The networks whose cost several tests count: as stages, and as operations."""

from __future__ import annotations

from functools import cache

import torch

from resattn_tutorial.cost.analytic import Cost, imagenet_stem_cost, network_costs
from resattn_tutorial.cost.flops import operations
from resattn_tutorial.cost.op_recorder import Operation
from resattn_tutorial.models import zoo
from resattn_tutorial.models.attention_network import Stage

NETWORKS = {"attention56": 224, "attention92": 224, "cifar_attention56": 32}


def table_2(first: int, second: int, third: int) -> list[Stage]:
    return [
        Stage(256, first, poolings=3),
        Stage(512, second, poolings=2),
        Stage(1024, third, poolings=1),
        Stage(2048, enter=3),
    ]


def imagenet(modules: tuple[int, int, int], size: int = 224) -> dict[str, Cost]:
    return network_costs(imagenet_stem_cost, table_2(*modules), size, 1000)


def cifar_stages(modules: int) -> list[Stage]:
    return [
        Stage(64, modules, poolings=3, leave=1),
        Stage(128, modules, poolings=2, leave=1),
        Stage(256, modules, poolings=1, leave=1),
    ]


def together(parts: dict[str, Cost]) -> Cost:
    return sum(parts.values(), Cost())


@cache
def traced(name: str) -> list[Operation]:
    """The operations of a network of the zoo, without a number computed."""
    size = NETWORKS[name]
    with torch.device("meta"):
        return operations(getattr(zoo, name)(), torch.empty(1, 3, size, size))
