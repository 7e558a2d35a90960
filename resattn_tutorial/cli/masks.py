"""``resattn masks``: the masks of a trained network over an image (chapter 13)."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.data.image_files import shown
from resattn_tutorial.plotting.mask_sheet import NOTE, SIDE, mask_maps, save_sheet
from resattn_tutorial.training.answering import answer_with_masks
from resattn_tutorial.training.trained_network import TrainedNetwork


def write_masks(
    trained: TrainedNetwork, file: Path, to: Path, most: int, channel: int | None
) -> list[str]:
    """Write a picture of every module's mask over an image; what was done, in words.

    Args:
        trained: the network with its transform.
        file: the image.
        to: the picture, ``.png`` or ``.svg``.
        most: so many channels that vary most, of each mask.
        channel: one to show besides.

    Raises:
        ValueError: the network has no masks, the image cannot be read, or a number does
            not fit; OSError: a file cannot be read or written.
    """
    answer = answer_with_masks(trained, file)
    maps = mask_maps(answer.masks, (SIDE, SIDE), most, channel)
    alt = f"{file.name}, taken for {answer.name}: maps of the masks of {trained.name}"
    save_sheet(to, trained.transform.seen(answer.image, SIDE), maps, alt)
    return [
        f"{shown(file)} is taken for {answer.name}.",
        f"The masks of {len(answer.masks)} modules are in {shown(to)}.",
        NOTE,
    ]
