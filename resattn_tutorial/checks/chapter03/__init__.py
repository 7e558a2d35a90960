"""The checks of chapter 3: weighing a trunk, one step of training, scoring a mask."""

from __future__ import annotations

from resattn_tutorial.checks.chapter03.choice import CHOICE
from resattn_tutorial.checks.chapter03.one_step import STEPPING
from resattn_tutorial.checks.chapter03.scoring import SCORING
from resattn_tutorial.checks.chapter03.weighing import WEIGHING
from resattn_tutorial.checks.engine.judge import checked

weigh = checked(WEIGHING)
train_step = checked(STEPPING)
auc = checked(SCORING)
choose_channel = checked(CHOICE)
