"""The banks of chapter 12, *Does attention help?*."""

from __future__ import annotations

from tests.banks import fair_rates, honest_words, item_intervals

EXERCISES = (fair_rates, item_intervals, honest_words)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
