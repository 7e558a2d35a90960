"""The banks of chapter 1, *Residual units*."""

from __future__ import annotations

from tests.banks import growths, identity_units, projection_units

EXERCISES = (growths, identity_units, projection_units)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
