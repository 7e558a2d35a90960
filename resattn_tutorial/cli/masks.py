"""``resattn masks``: the masks of a trained network over an image (chapter 13)."""

from __future__ import annotations

from pathlib import Path

from resattn_tutorial.cli.predict import trained_network
from resattn_tutorial.data.image_files import check_image, shown
from resattn_tutorial.files import require_place
from resattn_tutorial.names import PICTURES, NetworkName
from resattn_tutorial.plotting.mask_sheet import (
    COLOURS,
    NOTE,
    SIDE,
    mask_maps,
    require_shown,
    save_sheet,
)
from resattn_tutorial.training.answering import answer_with_masks, mask_channels
from resattn_tutorial.training.trained_network import TrainedNetwork


def lines(
    image: Path,
    to: Path,
    weights: str | None,
    folder: Path | None,
    most: int,
    channel: int | None,
) -> list[str]:
    """Draw the masks of a run's network, or of the packaged one; all in words.

    What can be refused without the network is refused before it is loaded.

    Args:
        image: the file.
        to: the picture, ``.png`` or ``.svg``.
        weights: what packaged weights are called; the default ones if ``None``.
        folder: a run's, instead.
        most: so many channels that vary most, of each mask.
        channel: one to show besides.

    Raises:
        ValueError, OSError: as :func:`~resattn_tutorial.cli.predict.trained_network`
            and :func:`write_masks`.
    """
    require_place("to", to, PICTURES)
    check_image(image)
    if folder is None:
        packaged = NetworkName.CIFAR_ATTENTION56
        require_shown(mask_channels(packaged), most, channel)
    trained = trained_network(weights, folder)
    return [f"By {trained.told}.", *write_masks(trained, image, to, most, channel)]


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
    require_shown(mask_channels(trained.name, trained.attention), most, channel)
    answer = answer_with_masks(trained, file)
    maps = mask_maps(answer.masks, (SIDE, SIDE), most, channel)
    alt = f"{file.name}, taken for {answer.name}: maps of the masks of {trained.name}"
    save_sheet(to, trained.transform.seen(answer.image, SIDE), maps, alt)
    return [
        f"{shown(file)} is taken for {answer.name}.",
        f"The masks of {len(answer.masks)} modules are in {shown(to)}.",
        COLOURS,
        NOTE,
    ]
