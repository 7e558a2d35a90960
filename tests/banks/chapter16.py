"""The banks of chapter 16, *Deep and large*."""

from __future__ import annotations

from tests.banks import recomputations, training_times

EXERCISES = (recomputations, training_times)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
