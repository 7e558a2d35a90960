"""The checks of chapter 5: a prediction, a repair, and two backward passes by hand."""

from __future__ import annotations

from resattn_tutorial.checks.chapter05.merging import MERGING
from resattn_tutorial.checks.chapter05.repair import REPAIR
from resattn_tutorial.checks.chapter05.stack_size import STACK
from resattn_tutorial.checks.chapter05.teaching import TEACHING
from resattn_tutorial.checks.engine.judge import checked

predict = checked(STACK)
repaired_module = checked(REPAIR)
send_back = checked(MERGING)
filter_gradient = checked(TEACHING)
