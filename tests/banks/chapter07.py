"""The banks of chapter 7, *The networks*."""

from __future__ import annotations

from tests.banks import depths, ratios, smallest_maps, stage_lists

EXERCISES = (depths, smallest_maps, stage_lists, ratios)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
