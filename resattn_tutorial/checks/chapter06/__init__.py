"""The checks of chapter 6: a module's units, its wiring, a mended mask, a ratio."""

from __future__ import annotations

from resattn_tutorial.checks.chapter06.local_costs import RATIO
from resattn_tutorial.checks.chapter06.mending import MENDING
from resattn_tutorial.checks.chapter06.module_counts import COUNTS
from resattn_tutorial.checks.chapter06.running import RUNNING
from resattn_tutorial.checks.engine.judge import checked

count_module = checked(COUNTS)
run_module = checked(RUNNING)
mended_mask = checked(MENDING)
local_ratio = checked(RATIO)
