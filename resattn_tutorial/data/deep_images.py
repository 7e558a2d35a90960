"""Images of more than 8 bits a colour, rounded to 8 (chapter 9).

Pillow keeps the upper byte of 16-bit colours when it opens a file, which shows only in
the file's own header: in byte 24 of a PNG file, in a tag of a TIFF file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL import Image

DEPTH, COLOUR_TYPE, GREY = 24, 25, 0
BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
BLACK_IS_ZERO, UNSIGNED = 1, 1
# How Pillow unpacks 16-bit colours, and how to have it unpack the other byte of each;
# grey with alpha has four bytes a pixel, which it can hand out all.
OTHER_BYTES = {"RGB;16B": "RGB;16L", "RGBA;16B": "RGBA;16L", "LA;16B": "RGBA"}


def eight_bits(image: Image.Image, file: str | Path | None) -> Image.Image:
    """An image that was loaded, with 8 bits a colour: 65535 becomes 255, by rounding.

    ``file`` is where it was read just now; None if only what Pillow holds is known.
    The image is then left as it was.

    Raises:
        ValueError: it holds numbers of which nobody says what is white.
    """
    if image.format == "PNG" and file is not None:
        return _of_png(image, Path(file))
    if image.format == "TIFF":
        tags = image.tag_v2
        bits = tags.get(BITS_PER_SAMPLE, (1,))
        if max(bits) <= 8:
            return image
        kind = tags.get(PHOTOMETRIC), tags.get(SAMPLE_FORMAT, (UNSIGNED,))
        if tuple(bits) != (16,) or kind != (BLACK_IS_ZERO, (UNSIGNED,)):
            raise ValueError(f"it holds {max(bits)} bits a colour, not 8")
        return _rounded(np.array(image))
    # Pillow stretches grey of a PGM file to 16 bits, and rounds colours itself.
    if image.format == "PPM" and image.mode == "I":
        return _rounded(np.array(image))
    return image if file is not None else _held(image)


def _held(image: Image.Image) -> Image.Image:
    """By what is known without the file: its numbers, and what Pillow calls them."""
    hidden = image.info.get("transparency")
    if image.mode.startswith("I;16") or (image.mode, image.format) == ("I", "PNG"):
        pixels = np.array(image, dtype=np.int64)[..., None]
        return _rounded(_with_alpha(pixels, hidden))
    if image.mode == "RGB" and isinstance(hidden, tuple) and max(hidden) > 255:
        raise ValueError("its transparent colour has 16 bits, and its colours only 8")
    if (image.mode, image.format) == ("L", "PNG") and hidden in range(1, 16):
        # Of 2 or 4 bits? Then Pillow stretched the levels, and not this one.
        if not (np.array(image) % 17).any():
            raise ValueError(f"its transparent level, {hidden}, may be of 4 bits or 8")
    return image


def _of_png(image: Image.Image, file: Path) -> Image.Image:
    with file.open("rb") as opened:
        head = opened.read(COLOUR_TYPE + 1)
    depth, hidden = head[DEPTH], image.info.get("transparency")
    if depth == 16:
        return _rounded(_with_alpha(_deep_png(image, file), hidden))
    if head[COLOUR_TYPE] == GREY and depth in (2, 4) and hidden is not None:
        # Pillow stretches the levels, and not the one that is transparent.
        image.info["transparency"] = hidden * 255 // (2**depth - 1)
    return image


def _deep_png(image: Image.Image, file: Path) -> np.ndarray:
    """The numbers in a PNG file of 16 bits, ``(H, W, C)``."""
    from PIL import Image

    if image.mode.startswith("I"):                       # grey, which Pillow keeps
        return np.array(image, dtype=np.int64)[..., None]
    with Image.open(file, formats=["PNG"]) as again:
        ((codec, box, offset, order),) = again.tile
        again.tile = [(codec, box, offset, OTHER_BYTES[order])]
        other = np.array(again)
    if order == "LA;16B":
        return other.view(">u2")                         # (H, W, 4) to (H, W, 2)
    return np.array(image) * np.int64(256) + other


def _with_alpha(pixels: np.ndarray, hidden: int | tuple[int, ...] | None) -> np.ndarray:
    """The same, where one colour is called transparent, with a channel that says so."""
    if hidden is None:
        return pixels
    shows = (pixels != np.array(hidden)).any(axis=2, keepdims=True)
    return np.concatenate([pixels, shows * 65535], axis=2)


def _rounded(pixels: np.ndarray) -> Image.Image:
    from PIL import Image

    # 65535 is 257 times 255.
    rounded = ((pixels.astype(np.uint32) + 128) // 257).astype(np.uint8)
    return Image.fromarray(rounded.squeeze(2) if rounded.shape[2:] == (1,) else rounded)
