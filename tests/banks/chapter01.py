"""The banks of chapter 1, *Residual units*."""

from __future__ import annotations

from tests.banks import identity_units, projection_units, unit_counts

EXERCISES = (identity_units, unit_counts, projection_units)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
