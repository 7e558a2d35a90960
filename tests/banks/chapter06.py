"""Answers to the exercises of chapter 6, each exercise's in modules of its own."""

from __future__ import annotations

from tests.banks import (
    Answer,
    assembled_modules,
    local_ratios,
    mended_masks,
    module_counts,
)

ROOMS = (
    ("count_module", module_counts),
    ("local_ratio", local_ratios),
    ("mended_mask", mended_masks),
    ("run_module", assembled_modules),
)
RIGHT = [Answer(name, *row) for name, room in ROOMS for row in room.RIGHT]
WRONG = [Answer(name, *row) for name, room in ROOMS for row in room.WRONG]
