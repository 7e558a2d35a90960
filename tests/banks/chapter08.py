"""The banks of chapter 8, *Counting the cost*, and of its aside."""

from __future__ import annotations

from tests.banks import (
    cost_fronts,
    layer_counters,
    mask_costs,
    parameter_triples,
    printed_counts,
    tool_gaps,
)

EXERCISES = (
    mask_costs, layer_counters, cost_fronts, parameter_triples, tool_gaps,
    printed_counts,
)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
