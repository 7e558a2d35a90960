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

    A row for each module: the image, the mean of its mask's maps, and the maps that
    vary most over the positions. Each map is laid over the image in grey. Yellow is
    its highest value, violet its lowest: each map has a scale of its own.
    """
    from resattn_tutorial.cli.masks import lines

    show(lines(image, to, weights, folder, most, channel))
