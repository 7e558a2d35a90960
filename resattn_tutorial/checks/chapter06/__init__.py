"""The checks of chapter 6 and its aside: a module, two looks at masks, a ratio."""

from __future__ import annotations

from resattn_tutorial.checks.chapter06.local_costs import RATIO
from resattn_tutorial.checks.chapter06.mending import MENDING
from resattn_tutorial.checks.chapter06.module import MODULE
from resattn_tutorial.checks.chapter06.reading import READING
from resattn_tutorial.checks.engine.judge import checked

module = checked(MODULE)
mended_mask = checked(MENDING)
mask_reads = checked(READING)
local_ratio = checked(RATIO)
