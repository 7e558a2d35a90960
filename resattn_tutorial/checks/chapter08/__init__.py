"""The checks of chapter 8: three counts, a mask, two tools, and a printed number."""

from __future__ import annotations

from resattn_tutorial.checks.chapter08.gap_table import TOOLS
from resattn_tutorial.checks.chapter08.mask_costs import MASKS
from resattn_tutorial.checks.chapter08.parameters import PARAMETERS
from resattn_tutorial.checks.chapter08.printed_counts import READING
from resattn_tutorial.checks.engine.judge import checked

three_counts = checked(PARAMETERS)
count_mask = checked(MASKS)
tool_gap = checked(TOOLS)
read_count = checked(READING)
