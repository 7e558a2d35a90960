"""The banks of chapter 3, *A first attention network*."""

from __future__ import annotations

from tests.banks import (
    channel_choices,
    first_networks,
    first_stages,
    map_scores,
    training_steps,
)

EXERCISES = (
    first_stages, first_networks, training_steps, map_scores, channel_choices,
)
RIGHT = [answer for bank in EXERCISES for answer in bank.RIGHT]
WRONG = [answer for bank in EXERCISES for answer in bank.WRONG]
