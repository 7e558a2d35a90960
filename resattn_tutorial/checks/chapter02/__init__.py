"""The checks of chapter 2: a measurement, a pooling, and masks."""

from __future__ import annotations

from resattn_tutorial.checks.chapter02.halving import HALVE
from resattn_tutorial.checks.chapter02.levels import LEVELS
from resattn_tutorial.checks.chapter02.measuring import INFLUENCE
from resattn_tutorial.checks.chapter02.one_pooling import MASK
from resattn_tutorial.checks.engine.judge import checked

influence = checked(INFLUENCE)
halve = checked(HALVE)
small_mask = checked(MASK)
down_up = checked(LEVELS)
