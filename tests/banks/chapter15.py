"""The banks of chapter 15, *Limits*."""

from __future__ import annotations

from tests.banks import calibration_errors, rare_classes

EXERCISES = (calibration_errors, rare_classes)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
