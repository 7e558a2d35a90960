"""The banks of chapter 9, *Data*."""

from __future__ import annotations

from tests.banks import (
    chapter09_agreement,
    chapter09_labels,
    chapter09_orders,
    chapter09_windows,
)

EXERCISES = (
    chapter09_windows, chapter09_orders, chapter09_labels, chapter09_agreement,
)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
