"""The banks of chapter 10, *Training*."""

from __future__ import annotations

from tests.banks import micro_batches, rates, run_states, scaled_steps, whole_files

EXERCISES = (run_states, rates, micro_batches, scaled_steps, whole_files)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
