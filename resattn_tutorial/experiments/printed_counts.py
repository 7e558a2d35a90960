"""Every count that the paper prints: parameters and multiply-adds of its networks.

One row for each network of Tables 2, 6 and 7. The paper calls multiply-adds FLOPs.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

from resattn_tutorial.experiments.printed import NO_GRAPH, QUOTED
from resattn_tutorial.names import require_word

MET, CUT_OFF = "met", "met, cut off"


class PrintedCount(NamedTuple):
    """What the paper prints of a network's size.

    Attributes:
        table: such as ``"Table 2"``.
        row: the network, as the paper calls it.
        parameters: in millions, as printed.
        multiply_adds: in billions, as printed; ``None`` where there is none.
        network: the one of the registry that answers it; ``None`` where none does.
        why_not: why there is none.
    """

    table: str
    row: str
    parameters: str
    multiply_adds: str | None = None
    network: str | None = None
    why_not: str | None = None


COUNTS = (
    PrintedCount("Table 2", "Attention-56", "31.9", "6.2", "attention56"),
    PrintedCount("Table 2", "Attention-92", "51.3", "10.4", "attention92"),
    PrintedCount("Table 6", "ResNet-164", "1.7", None, "cifar_resnet164"),
    PrintedCount("Table 6", "ResNet-1001", "10.3", None, None, QUOTED),
    PrintedCount("Table 6", "WRN-16-8", "11.0", None, None, QUOTED),
    PrintedCount("Table 6", "WRN-28-10", "36.5", None, None, QUOTED),
    PrintedCount("Table 6", "Attention-92", "1.9", None, "cifar_attention92"),
    PrintedCount("Table 6", "Attention-236", "5.1", None, "cifar_attention236"),
    PrintedCount("Table 6", "Attention-452", "8.6", None, "cifar_attention452"),
    PrintedCount("Table 7", "ResNet-152", "60.2", "11.3", "imagenet_resnet152"),
    PrintedCount("Table 7", "Attention-56", "31.9", "6.3", "attention56"),
    PrintedCount("Table 7", "ResNeXt-101", "44.5", "7.8", None, QUOTED),
    PrintedCount("Table 7", "AttentionNeXt-56", "31.9", "6.3", "attentionnext56"),
    PrintedCount("Table 7", "AttentionInception-56", "31.9", "6.3", None, NO_GRAPH),
    PrintedCount("Table 7", "ResNet-200", "64.7", "15.0", "imagenet_resnet200"),
    PrintedCount("Table 7", "Attention-92", "51.3", "10.4", "attention92"),
)


def how_met(printed: str, counted: float) -> str:
    """Whether a count is what was printed, to its digit; else by how much it differs.

    Args:
        printed: such as ``"6.2"``.
        counted: in the same unit.

    Returns:
        ``"met"``, ``"met, cut off"`` where the paper must have cut off digits, or the
        difference in per cent of what is printed, such as ``"+2.3 %"``.
    """
    digits = len(printed.partition(".")[2])
    if f"{counted:.{digits}f}" == printed:
        return MET
    if f"{floor(counted * 10**digits) / 10**digits:.{digits}f}" == printed:
        return CUT_OFF
    return f"{100 * (counted / float(printed) - 1):+.1f} %"


def best_met(printed: str, counted: dict[str, float]) -> tuple[str, str]:
    """The kind of count that comes nearest to what was printed, and how.

    Args:
        printed: such as ``"31.9"``.
        counted: several counts of one network, by what is counted.

    Returns:
        the kind and what :func:`how_met` says of it; an exact one comes first.

    Raises:
        ValueError: there is no count.
    """
    if not counted:
        raise ValueError("counted must hold at least one count, got none.")
    near = min(counted, key=lambda kind: abs(counted[kind] - float(printed)))
    for word in (MET, CUT_OFF):
        for kind in (near, *counted):
            if how_met(printed, counted[kind]) == word:
                return kind, word
    return near, how_met(printed, counted[near])


def counts_of(table: str) -> tuple[PrintedCount, ...]:
    """The rows of a table; ValueError where it prints no counts."""
    require_word("table", table, dict.fromkeys(one.table for one in COUNTS))
    return tuple(one for one in COUNTS if one.table == table)
