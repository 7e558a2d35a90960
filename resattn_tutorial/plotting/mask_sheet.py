"""The masks of a network over an image, one row a module (chapter 13).

A mask has a map for each channel, and there is no one picture of it. A sheet shows a
few of its maps, and says which: their mean, the channels that vary most from place to
place, one that was asked for. These are choices. Which of them points at anything is a
question for data with outlines, as chapter 13 asks it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from resattn_tutorial.files import replacing, require_place
from resattn_tutorial.models.soft_mask import stretch
from resattn_tutorial.names import PICTURES
from resattn_tutorial.plotting._svg.arrays import as_bytes
from resattn_tutorial.plotting._svg.svg import FONT, Drawing, words
from resattn_tutorial.plotting._svg.text import wrapped
from resattn_tutorial.plotting.overlays import overlaid, show_overlays
from resattn_tutorial.validation import require_count

# Pixels of a saved picture: each panel, the room between two, and a title's line.
SIDE, GAP, LINE = 224, 12, 22
KEY_LINE = 1.25 * FONT
NOTE = (
    "A mask has a map for each channel. Its mean and the channels that vary most are "
    "choices of what to show; none of them is the mask."
)
# What the colours say, in a picture and beside it.
KEY = "In each map yellow is its highest value, violet its lowest."
COLOURS = (
    "Each map has a colour scale of its own: yellow is its highest value, violet "
    "its lowest."
)


class MaskMaps(NamedTuple):
    """What is shown of each mask.

    Attributes:
        titles: what each map is, row by row, the image's own first.
        maps: ``(modules, maps, H, W)``, at the image's size.
    """

    titles: list[str]
    maps: Tensor


def mask_maps(
    masks: Mapping[str, Tensor],
    size: tuple[int, int],
    most: int = 3,
    channel: int | None = None,
) -> MaskMaps:
    """Choose maps of each module's mask, and stretch them to an image's size.

    Args:
        masks: one image's, by module: ``(C, h, w)``, as ``with_masks`` gives them.
        size: height and width of the image.
        most: so many channels that vary most over the positions.
        channel: a channel to show besides, counted from 0.

    Raises:
        TypeError: a number is no whole one.
        ValueError: there is no mask, or a mask has fewer channels than asked for.
    """
    if not masks:
        raise ValueError("masks must hold at least one module's, got none.")
    require_shown({name: len(mask) for name, mask in masks.items()}, most, channel)
    titles, rows = [], []
    for module, mask in masks.items():
        chosen = most_varying(mask, most)
        if channel is not None:
            chosen.append(channel)
        few = torch.cat([mask.mean(dim=0, keepdim=True), mask[chosen]])  # (M, h, w)
        rows.append(stretch(few[None].float(), size)[0])                 # (M, H, W)
        titles += [module, "mean of all", *(f"channel {number}" for number in chosen)]
    return MaskMaps(titles, torch.stack(rows))


def require_shown(channels: Mapping[str, int], most: int, channel: int | None) -> None:
    """Refuse to show more of a mask, or another channel, than it has.

    Args:
        channels: how many each module's mask has.
        most: so many that vary most over the positions.
        channel: one to show besides, counted from 0.

    Raises:
        TypeError: a number is no whole one; ValueError: a mask has fewer channels.
    """
    for module, count in channels.items():
        require_count("most", most, at_least=0, at_most=count)
        if channel is not None:
            if require_count("channel", channel, at_least=0) >= count:
                raise ValueError(
                    f"channel must be below {count}, the channels of {module}, "
                    f"got {channel}."
                )


def most_varying(mask: Tensor, most: int) -> list[int]:
    """The channels of a mask, ``(C, h, w)``, whose maps vary most over the positions.

    The largest variance comes first; of equal ones, the lower channel.
    """
    variances = mask.float().var(dim=(1, 2), correction=0)               # (C,)
    return variances.argsort(descending=True, stable=True)[:most].tolist()


def mask_drawing(image: Tensor, shown: MaskMaps, alt: str) -> Drawing:
    """The sheet as a drawing, for a page or a notebook.

    Args:
        image: bytes, ``(3, H, W)``.
        shown: what to lay over it.
        alt: what the picture shows, for who cannot see it.

    Raises:
        TypeError, ValueError: as
            :func:`~resattn_tutorial.plotting.overlays.show_overlays`.
    """
    images = image[None].expand(len(shown.maps), *image.shape)
    drawn = show_overlays(images, shown.maps, alt=alt, titles=shown.titles)
    lines = wrapped(KEY, drawn.width)
    key = [
        words(0, drawn.height + (number + 1) * KEY_LINE, line)
        for number, line in enumerate(lines)
    ]
    height = drawn.height + (len(lines) + 0.5) * KEY_LINE
    return Drawing(f"{alt}. {KEY}", drawn.width, height, (*drawn.marks, *key))


def mask_picture(image: Tensor, shown: MaskMaps) -> Image.Image:
    """The sheet as pixels: the image in each row's first panel, then its maps.

    Args:
        image: bytes, ``(3, H, W)``.
        shown: what to lay over it.
    """
    pixels = as_bytes(image[None])[0]                                    # (H, W, 3)
    rows = [
        [pixels, *(overlaid(pixels, one) for one in maps)]
        for maps in shown.maps.numpy()
    ]
    return panel_picture(rows, shown.titles, KEY)


def panel_picture(
    rows: Sequence[Sequence[np.ndarray]], titles: Sequence[str], key: str = ""
) -> Image.Image:
    """Panels in rows, with a title above each.

    Args:
        rows: of as many panels each; a panel is bytes, ``(H, W, 3)``.
        titles: row by row.
        key: what the colours say, in a line at the foot.
    """
    foot = GAP + len(rows) * (LINE + SIDE + GAP)
    picture = Image.new("RGB", (
        GAP + len(rows[0]) * (SIDE + GAP), foot + (LINE if key else 0)
    ), "white")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(15)
    waiting = iter(titles)
    for row, panels in enumerate(rows):
        for column, panel in enumerate(panels):
            x, y = GAP + column * (SIDE + GAP), GAP + row * (LINE + SIDE + GAP)
            draw.text((x, y), next(waiting), fill="black", font=font)
            large = Image.fromarray(panel).resize((SIDE, SIDE))
            picture.paste(large, (x, y + LINE))
    draw.text((GAP, foot), key, fill="black", font=font)
    return picture


def save_sheet(
    path: str | PathLike[str], image: Tensor, shown: MaskMaps, alt: str
) -> None:
    """Write the sheet as PNG or as SVG, by the file's ending.

    Raises:
        ValueError: the ending is another one, or it is a folder; OSError: it cannot be
            written.
    """
    path = require_place("to", path, PICTURES)
    with replacing(path) as file:
        if path.suffix.lower() == ".svg":
            file.write(mask_drawing(image, shown, alt).svg.encode())
        else:
            mask_picture(image, shown).save(file, format="PNG")
