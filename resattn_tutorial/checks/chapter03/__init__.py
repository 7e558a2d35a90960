"""The checks of chapter 3: a stage, a network, one step of training, scores of masks.
"""

from __future__ import annotations

from resattn_tutorial.checks.chapter03.choice import CHOICE
from resattn_tutorial.checks.chapter03.first_network import NETWORK
from resattn_tutorial.checks.chapter03.one_step import STEPPING
from resattn_tutorial.checks.chapter03.scoring import SCORING
from resattn_tutorial.checks.chapter03.staging import STAGE
from resattn_tutorial.checks.engine.judge import checked

stage = checked(STAGE)
network = checked(NETWORK)
train_step = checked(STEPPING)
auc = checked(SCORING)
choose_channel = checked(CHOICE)
