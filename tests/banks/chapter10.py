"""The banks of chapter 10, *Training*."""

from __future__ import annotations

from tests.banks import micro_batches, run_states, scaled_steps, trainings, whole_files

EXERCISES = (run_states, whole_files, trainings, micro_batches, scaled_steps)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
