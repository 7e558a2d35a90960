"""The checks of chapter 2: a pooling, a measurement, a rejoining and a mask."""

from __future__ import annotations

from resattn_tutorial.checks.chapter02.halving import HALVE
from resattn_tutorial.checks.chapter02.measuring import INFLUENCE
from resattn_tutorial.checks.chapter02.one_pooling import MASK
from resattn_tutorial.checks.chapter02.rejoining import REJOIN
from resattn_tutorial.checks.engine.judge import checked

influence = checked(INFLUENCE)
halve = checked(HALVE)
rejoin = checked(REJOIN)
small_mask = checked(MASK)
