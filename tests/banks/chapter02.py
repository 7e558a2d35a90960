"""Answers to the exercises of chapter 2, each exercise's in a module of its own."""

from __future__ import annotations

from tests.banks import Answer, halvings, influences, rejoinings, small_masks

ROOMS = {
    "halve": halvings,
    "influence": influences,
    "rejoin": rejoinings,
    "small_mask": small_masks,
}
RIGHT = [Answer(name, *row) for name, room in ROOMS.items() for row in room.RIGHT]
WRONG = [Answer(name, *row) for name, room in ROOMS.items() for row in room.WRONG]
