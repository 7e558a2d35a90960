"""The banks of chapter 10, *Training*."""

from __future__ import annotations

from tests.banks import batch_shares, rates, run_states, scaled_steps, whole_files

EXERCISES = (run_states, rates, batch_shares, scaled_steps, whole_files)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
