"""The checks of chapter 16: a block computed again, how long a training takes."""

from __future__ import annotations

from resattn_tutorial.checks.chapter16.recomputations import AGAIN
from resattn_tutorial.checks.chapter16.training_times import TRAINING_DAYS
from resattn_tutorial.checks.engine.judge import checked

again = checked(AGAIN)
training_days = checked(TRAINING_DAYS)
