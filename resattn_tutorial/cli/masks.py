"""``resattn masks``: the masks of a trained network over an image (chapter 13)."""

from __future__ import annotations

from pathlib import Path

import torch

from resattn_tutorial.data.image_files import read_image, shown
from resattn_tutorial.plotting.mask_sheet import NOTE, SIDE, mask_maps, save_sheet
from resattn_tutorial.training.trained_network import TrainedNetwork


@torch.inference_mode()
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
    if not hasattr(trained.network, "with_masks"):
        raise ValueError(f"{trained.name} has no masks.")
    image = torch.from_numpy(read_image(file)).permute(2, 0, 1)      # (3, H, W)
    logits, masks = trained.network.with_masks(trained.transform(image)[None])
    if not masks:
        raise ValueError(f"{trained.told}: its masks were left out.")
    first = {module: mask[0] for module, mask in masks.items()}
    named = trained.classes[logits.argmax()]
    maps = mask_maps(first, (SIDE, SIDE), most, channel)
    alt = f"{file.name}, taken for {named}: maps of the masks of {trained.name}"
    save_sheet(to, trained.transform.seen(image, SIDE), maps, alt)
    return [
        f"{shown(file)} is taken for {named}.",
        f"The masks of {len(first)} modules are in {shown(to)}.",
        NOTE,
    ]
