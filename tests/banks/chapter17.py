"""The banks of chapter 17, *Your own images*."""

from __future__ import annotations

from tests.banks import nearest_images, real_gains

EXERCISES = (nearest_images, real_gains)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
