"""The banks of chapter 14, *Noisy labels*."""

from __future__ import annotations

from tests.banks import noisy_errors, ways_back

EXERCISES = (ways_back, noisy_errors)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
