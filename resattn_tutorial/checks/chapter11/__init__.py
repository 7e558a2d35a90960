"""The checks of chapter 11: unit, mask, module, network, and a loop."""

from __future__ import annotations

from resattn_tutorial.checks.chapter11.loop import LOOP
from resattn_tutorial.checks.chapter11.mask import MASK
from resattn_tutorial.checks.chapter11.module import MODULE
from resattn_tutorial.checks.chapter11.network import NETWORK
from resattn_tutorial.checks.chapter11.unit import UNIT
from resattn_tutorial.checks.engine.judge import checked

unit = checked(UNIT)
mask = checked(MASK)
module = checked(MODULE)
network = checked(NETWORK)
loop = checked(LOOP)
