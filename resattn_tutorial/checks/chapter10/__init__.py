"""The checks of chapter 10: a run's state, a file, a training, parts, a scaled step."""

from __future__ import annotations

from resattn_tutorial.checks.chapter10.micro_batches import ACCUMULATION
from resattn_tutorial.checks.chapter10.run_states import RUN_STATE
from resattn_tutorial.checks.chapter10.scaled_steps import SCALED_STEP
from resattn_tutorial.checks.chapter10.trainings import TRAINING
from resattn_tutorial.checks.chapter10.whole_files import WHOLE_FILE
from resattn_tutorial.checks.engine.judge import checked

run_state = checked(RUN_STATE)
accumulation = checked(ACCUMULATION)
scaled_step = checked(SCALED_STEP)
whole_file = checked(WHOLE_FILE)
training = checked(TRAINING)
