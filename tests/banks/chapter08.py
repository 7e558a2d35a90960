"""The banks of chapter 8, *Counting the cost*."""

from __future__ import annotations

from tests.banks import mask_costs, parameter_triples, printed_counts, tool_gaps

EXERCISES = (parameter_triples, mask_costs, tool_gaps, printed_counts)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
