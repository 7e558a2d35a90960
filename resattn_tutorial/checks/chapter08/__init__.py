"""The checks of chapter 8 and of its aside: counters, and what counts are worth."""

from __future__ import annotations

from resattn_tutorial.checks.chapter08.fronts import WORTH
from resattn_tutorial.checks.chapter08.gap_table import TOOLS
from resattn_tutorial.checks.chapter08.layer_work import LAYERS
from resattn_tutorial.checks.chapter08.mask_costs import MASKS
from resattn_tutorial.checks.chapter08.parameters import PARAMETERS
from resattn_tutorial.checks.chapter08.printed_counts import READING
from resattn_tutorial.checks.engine.judge import checked

count_mask = checked(MASKS)
multiply_adds = checked(LAYERS)
worth_their_cost = checked(WORTH)
# The three of the aside on printed counts.
three_counts = checked(PARAMETERS)
tool_gap = checked(TOOLS)
read_count = checked(READING)
