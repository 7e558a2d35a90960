"""Answers to the exercises of chapter 2, each exercise's in a module of its own."""

from __future__ import annotations

from tests.banks import Answer, halvings, influences, mask_levels, small_masks

BANKS = {
    "halve": halvings,
    "influence": influences,
    "small_mask": small_masks,
}
RIGHT = [Answer(name, *row) for name, bank in BANKS.items() for row in bank.RIGHT]
RIGHT += mask_levels.RIGHT
WRONG = [Answer(name, *row) for name, bank in BANKS.items() for row in bank.WRONG]
WRONG += mask_levels.WRONG
