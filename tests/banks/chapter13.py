"""The banks of chapter 13, *Where does it look?*."""

from __future__ import annotations

from tests.banks import class_maps, deletions, overlaps

EXERCISES = (class_maps, overlaps, deletions)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
