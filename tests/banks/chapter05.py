"""Answers to the exercises of chapter 5, each exercise's in a module of its own."""

from __future__ import annotations

from tests.banks import (
    Answer,
    filter_gradients,
    merge_backwards,
    module_repairs,
    stack_predictions,
)

ROOMS = {
    "predict": stack_predictions,
    "repaired_module": module_repairs,
    "send_back": merge_backwards,
    "filter_gradient": filter_gradients,
}
RIGHT = [Answer(name, *row) for name, room in ROOMS.items() for row in room.RIGHT]
WRONG = [Answer(name, *row) for name, room in ROOMS.items() for row in room.WRONG]
