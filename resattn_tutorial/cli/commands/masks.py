"""``resattn masks ...``, as it is typed (chapter 13)."""

from __future__ import annotations

from resattn_tutorial.cli import options
from resattn_tutorial.cli.plainly import show

EXAMPLES = (
    "resattn masks photo.jpg --to masks.png",
    "resattn masks photo.jpg --to masks.svg --folder runs/mine --channel 5",
)


def command(
    image: options.OneImage,
    to: options.Picture,
    weights: options.Weights = None,
    folder: options.RunFolder = None,
    most: options.Most = 3,
    channel: options.Channel = None,
) -> None:
    """Draw the masks of every module over an image.

    For each mask its mean and the channels that vary most over the positions.
    """
    from resattn_tutorial.cli.masks import write_masks
    from resattn_tutorial.cli.predict import trained_network

    trained = trained_network(weights, folder)
    show([f"By {trained.told}.", *write_masks(trained, image, to, most, channel)])
