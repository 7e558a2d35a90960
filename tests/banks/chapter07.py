"""The banks of chapter 7, *The networks*, and of its asides."""

from __future__ import annotations

from tests.banks import depths, listed_networks, ones, pointings, ratios

EXERCISES = (depths, listed_networks, ones, pointings, ratios)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
