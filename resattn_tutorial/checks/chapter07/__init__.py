"""The checks of chapter 7: a depth, a smallest map, a list of stages, a ratio."""

from __future__ import annotations

from resattn_tutorial.checks.chapter07.depths import DEPTHS
from resattn_tutorial.checks.chapter07.family import FAMILY
from resattn_tutorial.checks.chapter07.ratios import RATIOS
from resattn_tutorial.checks.chapter07.sizes import SIZES
from resattn_tutorial.checks.engine.judge import checked

depth = checked(DEPTHS)
smallest_map = checked(SIZES)
stages = checked(FAMILY)
ratio = checked(RATIOS)
