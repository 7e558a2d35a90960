"""The bank of chapter 0, *Ten minutes: what you will have built*."""

from __future__ import annotations

from tests.banks import first_maps

EXERCISES = (first_maps,)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
