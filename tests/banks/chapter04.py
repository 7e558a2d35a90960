"""Answers to the exercises of chapter 4, each exercise's in a module of its own."""

from __future__ import annotations

from tests.banks import (
    Answer,
    channel_gradients,
    mask_origins,
    set_factors,
    spatial_masks,
)

ROOMS = {
    "spatial": spatial_masks,
    "set_factor": set_factors,
    "channel_gradient": channel_gradients,
    "which_activation": mask_origins,
}
RIGHT = [Answer(name, *row) for name, room in ROOMS.items() for row in room.RIGHT]
WRONG = [Answer(name, *row) for name, room in ROOMS.items() for row in room.WRONG]
