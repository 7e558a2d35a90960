"""Answers to the exercises of chapter 6, each exercise's in modules of its own."""

from __future__ import annotations

from tests.banks import (
    Answer,
    attention_modules,
    local_ratios,
    mask_readings,
    mended_masks,
)

ROOMS = (
    ("local_ratio", local_ratios),
    ("mask_reads", mask_readings),
    ("mended_mask", mended_masks),
    ("module", attention_modules),
)
RIGHT = [Answer(name, *row) for name, room in ROOMS for row in room.RIGHT]
WRONG = [Answer(name, *row) for name, room in ROOMS for row in room.WRONG]
