"""The checks of chapter 7: a network, a depth, a mask judged; of its asides a ratio
and what a map of ones says."""

from __future__ import annotations

from resattn_tutorial.checks.chapter07.depths import DEPTHS
from resattn_tutorial.checks.chapter07.network import NETWORK
from resattn_tutorial.checks.chapter07.ones import ONES
from resattn_tutorial.checks.chapter07.pointing import POINTING
from resattn_tutorial.checks.chapter07.ratios import RATIOS
from resattn_tutorial.checks.engine.judge import checked

network = checked(NETWORK)
depth = checked(DEPTHS)
pointing = checked(POINTING)
ratio = checked(RATIOS)
ones = checked(ONES)
