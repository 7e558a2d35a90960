"""The reproduction page's table of counts, beside those of our networks."""

from __future__ import annotations

import functools

import torch

from resattn_tutorial.cost.flops import parameter_counts, torch_count
from resattn_tutorial.experiments.printed_counts import (
    COUNTS,
    PrintedCount,
    best_met,
    how_met,
)
from resattn_tutorial.models.registry import build_network
from resattn_tutorial.names import NetworkName


@functools.cache
def counted(network: str) -> tuple[dict[str, float], float]:
    """Millions of parameters by kind, and billions of multiply-adds of one image."""
    name = NetworkName(network)
    with torch.device("meta"):
        built = build_network(network, name.classes)
        image = torch.empty(1, 3, name.size, name.size)
    kinds = parameter_counts(built)._asdict()
    work = torch_count(built, image).total()
    return {kind: value / 1e6 for kind, value in kinds.items()}, work / 1e9


def count_rows() -> list[tuple[str, ...]]:
    """A row for each network whose size the paper prints, ready for a table."""
    return [(one.table, one.row, *cells(one)) for one in COUNTS]


def cells(one: PrintedCount) -> tuple[str, str, str, str]:
    """Printed parameters, ours, printed multiply-adds, ours."""
    work = "–" if one.multiply_adds is None else f"{one.multiply_adds} billion"
    if one.network is None:
        return f"{one.parameters} million", one.why_not or "–", work, "–"
    millions, billions = counted(one.network)
    kind, word = best_met(one.parameters, millions)
    ours = f"{millions[kind]:.2f} ({kind}): {word}"
    if one.multiply_adds is None:
        return f"{one.parameters} million", ours, work, "–"
    met = how_met(one.multiply_adds, billions)
    return f"{one.parameters} million", ours, work, f"{billions:.2f}: {met}"
