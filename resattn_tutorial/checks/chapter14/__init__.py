"""The checks of chapter 14: a merge with another way back, a noisy validation set."""

from __future__ import annotations

from resattn_tutorial.checks.chapter14.noisy_errors import CLEAN_ERROR
from resattn_tutorial.checks.chapter14.ways_back import WAYS_BACK
from resattn_tutorial.checks.engine.judge import checked

filtered = checked(WAYS_BACK)
clean_error = checked(CLEAN_ERROR)
